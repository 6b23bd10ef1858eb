"""Answers of bounded size: a server that never stops writing must not fill the memory."""

from collections.abc import AsyncIterator

import httpx2

LONGEST_BYTES = 16 * 1024 * 1024  # of one answer, as it comes over the wire


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """Breaks off an answer that is longer, or compressed: what that unpacks to is not known before it is."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response; httpx2.DecodingError where it will not be read."""
        response = await super().handle_async_request(request)
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            await response.aclose()
            raise httpx2.DecodingError("expected an answer that is not compressed", request=request)
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream, request)
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream, request: httpx2.Request) -> None:
        self._stream, self._request = stream, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > LONGEST_BYTES:
                raise httpx2.DecodingError(
                    f"expected an answer of up to {LONGEST_BYTES // 2**20} MiB", request=self._request
                )
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
