"""A streamed completion, put together."""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from komainu.models.answer import Answer
from komainu.models.chat import Fields, read_chat, reasoning_in, text_in
from komainu.models.failures import Failure, ModelError, of_status

_DONE = "[DONE]"


async def assembled(lines: AsyncIterator[str], stall_seconds: float, started: float) -> Answer:
    """The answer in server-sent events; ModelError where they stall, break off or report an error."""
    made = _Assembly()
    while not made.is_done:
        try:
            line = await asyncio.wait_for(anext(lines), stall_seconds)
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise ModelError(Failure.STALLED, f"the answer stopped coming for {stall_seconds:g} s") from None
        if line.startswith("data:"):
            made.take(line.removeprefix("data:").strip())
    if not made.finish_reason:
        raise ModelError(Failure.DROPPED, "the stream ended before the answer did")
    return read_chat(made.body(), time.perf_counter() - started)


class _Assembly:
    """The chunks so far."""

    def __init__(self) -> None:
        self.is_done = False
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
            raise of_status(500, data, {})
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
