"""A model on an OpenAI-compatible server."""

import asyncio
import json
import time
from pathlib import PurePosixPath

import httpx2
import openai

from komainu.models.answer import Answer
from komainu.models.breaker import Breaker
from komainu.models.chat import Fields, chat_fields, read_chat
from komainu.models.failures import Failure, ModelError, of_status
from komainu.models.request import Request
from komainu.models.responses import read_responses, responses_fields
from komainu.models.stream import assembled

APIS = ("chat", "responses")


class Endpoint:
    """Asks one model, at most `concurrency` requests at once; ValueError where an option cannot be."""

    def __init__(
        self,
        url: str,
        *,
        model: str,
        api_key: str = "",
        api: str = "chat",
        timeout_seconds: float = 60.0,
        stall_seconds: float = 30.0,
        stream: bool = False,
        concurrency: int = 8,
        effort_field: str = "",
        accepts_models: tuple[str, ...] = (),
        breaker: Breaker | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"expected the URL of a server, http://…/v1; got {url!r}")
        if api not in APIS:
            raise ValueError(f"expected an api ({', '.join(APIS)}); got {api!r}")
        if stream and api == "responses":
            raise ValueError("expected stream = false, since the Responses API is read whole here")
        if concurrency < 1:
            raise ValueError(f"expected a concurrency of at least 1; got {concurrency}")
        self._url, self._model, self._api_key, self._api = url.rstrip("/"), model, api_key, api
        self._timeout_seconds, self._stall_seconds, self._stream = timeout_seconds, stall_seconds, stream
        self._concurrency, self._effort_field = concurrency, effort_field
        self._models = {_plain(name) for name in (model, *accepts_models)}
        self._breaker = breaker or Breaker()
        self._here: _Here | None = None

    @property
    def model(self) -> str:
        """The model's name on the server."""
        return self._model

    async def ask(self, request: Request, *, timeout_seconds: float | None = None) -> Answer:
        """The answer to a request; ModelError where there is none that can be used."""
        here = self._client_here()
        async with here.gate:
            self._breaker.enter()
            try:
                answer = await self._asked(here.client, request, timeout_seconds or self._timeout_seconds)
            except ModelError as error:
                self._breaker.leave(error.failure)
                raise
            except asyncio.CancelledError:
                self._breaker.give_up()
                raise
            self._breaker.leave(None)
        return self._usable(answer)

    async def close(self) -> None:
        """Let go of the connections."""
        here, self._here = self._here, None
        if here is not None and here.loop is asyncio.get_running_loop():
            await here.client.close()

    async def _asked(self, client: openai.AsyncOpenAI, request: Request, timeout_seconds: float) -> Answer:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._read(client, request, started)
        except TimeoutError:
            raise ModelError(Failure.TIMED_OUT, f"no answer within {timeout_seconds:g} s") from None
        except openai.APIStatusError as error:
            raise of_status(error.status_code, error.response.content, error.response.headers) from error
        except openai.APITimeoutError as error:
            raise ModelError(Failure.TIMED_OUT, f"no answer within {timeout_seconds:g} s") from error
        except openai.APIConnectionError as error:
            raise _unconnected(error.__cause__ or error, self._url) from error
        except httpx2.HTTPError as error:
            raise _unconnected(error, self._url) from error
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError, openai.OpenAIError) as error:
            raise ModelError(Failure.GARBLED, f"expected an answer as the API says; {_short(error)}") from error

    async def _read(self, client: openai.AsyncOpenAI, request: Request, started: float) -> Answer:
        make, path = (chat_fields, "/chat/completions") if self._api == "chat" else (responses_fields, "/responses")
        fields = make(
            request, model=self._model, structured=request.schema is not None, effort_field=self._effort_field
        )
        if self._stream:
            return await self._streamed(client, fields, started)
        response = await client.post(path, cast_to=httpx2.Response, body=fields)
        body = json.loads(response.content.decode("utf-8"))
        if not isinstance(body, dict):
            raise ValueError(f"an answer is a JSON object; got {type(body).__name__}")
        if body.get("error") and "choices" not in body and "output" not in body:
            raise of_status(500, response.content, response.headers)
        read = read_chat if self._api == "chat" else read_responses
        return read(body, time.perf_counter() - started)

    async def _streamed(self, client: openai.AsyncOpenAI, fields: Fields, started: float) -> Answer:
        raw = client.chat.completions.with_streaming_response.create(
            model=self._model,
            messages=[],
            stream=True,
            stream_options={"include_usage": True},
            extra_body=fields,  # the whole request: it replaces what stands above
        )
        async with raw as response:
            return await assembled(response.iter_lines(), self._stall_seconds, started)

    def _usable(self, answer: Answer) -> Answer:
        """The answer, where there is one in its final channel, whole, and of the model that was asked."""
        if answer.model and _plain(answer.model) not in self._models:
            detail = f"expected an answer of {self._model}; got one of {answer.model[:80]}; name it with model"
            raise ModelError(Failure.OTHER_MODEL, detail, answer=answer)
        if answer.finish_reason == "content_filter":
            raise ModelError(Failure.CONTENT_FILTER, "the server's own filter kept the answer back", answer=answer)
        if answer.finish_reason == "length":
            detail = f"{answer.tokens.output} tokens ended before the answer did; raise max_tokens or lower the effort"
            raise ModelError(Failure.OUT_OF_BUDGET, detail, answer=answer)
        if not answer.text.strip():
            spent = " (it reasoned, and said nothing)" if answer.reasoning else ""
            raise ModelError(Failure.EMPTY, f"expected an answer; got an empty one{spent}", answer=answer)
        return answer

    def _client_here(self) -> "_Here":
        """The connections of the running event loop: they cannot be used in another."""
        loop = asyncio.get_running_loop()
        if self._here is None or self._here.loop is not loop:
            self._here = _Here(self._url, self._api_key, self._concurrency)
        return self._here


class _Here:
    """What belongs to one event loop."""

    def __init__(self, url: str, api_key: str, concurrency: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.gate = asyncio.Semaphore(concurrency)
        self.client = openai.AsyncOpenAI(
            base_url=url,
            api_key=api_key or "none",
            organization="",
            project="",
            max_retries=0,
            timeout=None,
            http_client=httpx2.AsyncClient(trust_env=False, timeout=None),
        )


def _unconnected(cause: BaseException, url: str) -> ModelError:
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
        return ModelError(Failure.UNREACHABLE, f"expected a server at {url}; nobody answers there")
    if isinstance(cause, httpx2.TimeoutException):
        return ModelError(Failure.TIMED_OUT, "the server took too long")
    return ModelError(Failure.DROPPED, f"the connection ended before the answer did: {_short(cause)}")


def _short(error: BaseException) -> str:
    """What kind of error it is: its words may hold words of the answer, and so of the content."""
    return type(error).__name__ if not isinstance(error, ValueError) else f"{type(error).__name__}: {str(error)[:80]}"


def _plain(model: str) -> str:
    """A model's name without folder, suffix and case."""
    return PurePosixPath(model.casefold()).name.removesuffix(".gguf").split(":latest")[0]
