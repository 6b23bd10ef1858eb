"""A streamed completion, put together."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from komainu.models.answer import Answer
from komainu.models.chat import Fields, read_chat, reasoning_in, text_in
from komainu.models.failures import Failure, ModelError, of_error

_DONE = "[DONE]"


async def assembled(
    blocks: AsyncIterator[bytes], stall_seconds: float, started: float, *, unsaid: Sequence[str] = ()
) -> Answer:
    """The answer in server-sent events; ModelError where they stall, break off or report an error.

    Before the first event the server reads the prompt, which may take long and is no stall.
    """
    made = _Assembly(unsaid)
    patience: float | None = None
    async with aclosing(_data(blocks)) as events:
        while not made.is_done:
            try:
                made.take(await asyncio.wait_for(anext(events), patience))
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise ModelError(Failure.STALLED, f"the answer stopped coming for {stall_seconds:g} s") from None
            patience = stall_seconds
    if not made.finish_reason:
        raise ModelError(Failure.DROPPED, "the stream ended before the answer did")
    return read_chat(made.body(), time.perf_counter() - started)


async def _data(blocks: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """The data of each event. Only a line feed ends a line: JSON may hold U+2028 and its like as they are."""
    rest = b""
    async for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").decode("utf-8").strip()
    if rest.startswith(b"data:"):
        yield rest.removeprefix(b"data:").decode("utf-8").strip()


class _Assembly:
    """The chunks so far."""

    def __init__(self, unsaid: Sequence[str]) -> None:
        self.is_done = False
        self._unsaid = unsaid
        self.finish_reason = ""
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._logprobs: list[object] = []
        self._about: Fields = {}

    def take(self, data: str) -> None:
        if data == _DONE:
            self.is_done = True
            return
        chunk = json.loads(data)
        if not isinstance(chunk, dict):
            raise ValueError(f"a chunk is a JSON object; got {type(chunk).__name__}")
        if chunk.get("error"):
            raise of_error(data, unsaid=self._unsaid)
        self._about |= {name: chunk[name] for name in ("model", "usage", "timings") if chunk.get(name)}
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            self._text.append(text_in(delta.get("content")))
            self._reasoning.append(reasoning_in(delta))
            self._logprobs += (choice.get("logprobs") or {}).get("content") or []
            self.finish_reason = str(choice.get("finish_reason") or self.finish_reason)

    def body(self) -> Fields:
        """The completion that the chunks make."""
        message = {"content": "".join(self._text), "reasoning": "".join(self._reasoning)}
        logprobs = {"content": self._logprobs}
        choice = {"message": message, "finish_reason": self.finish_reason, "logprobs": logprobs}
        return self._about | {"choices": [choice]}
