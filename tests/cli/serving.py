"""A model server beside commands that run event loops of their own."""

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.judges.safeguard.obedient import asked_labels, asked_text, verdict
from tests.models.fault_server import MODEL, FaultServer, Fields, completion, fault_server, reply

POLICY = "policies/house"
Serve = Callable[..., FaultServer]


async def spam(fields: Fields, writer: asyncio.StreamWriter) -> None:
    """Finds HR1 in talk of followers, nothing else in anything."""
    if not fields:
        await reply({"object": "list", "data": [{"id": MODEL, "object": "model"}]})(fields, writer)
        return
    text = asked_text(fields)
    quote = next((word for word in ("followers", "Followers", "Buy") if word in text), "")
    flags = {label: quote if label.endswith("HR1") else "" for label in asked_labels(fields)}
    await reply(completion(verdict(flags)))(fields, writer)


class _Serving(threading.Thread):
    """A fault server beside commands that run event loops of their own."""

    def __init__(self, *script: object) -> None:
        super().__init__(daemon=True)
        self._script, self.ready, self.served = script, threading.Event(), FaultServer(())
        self._loop, self._done = asyncio.new_event_loop(), asyncio.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        async with fault_server(*self._script) as self.served:  # type: ignore[arg-type]
            self.ready.set()
            await self._done.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._done.set)
        self.join()


@pytest.fixture
def serving() -> Iterator[Serve]:
    """Starts servers that answer by a script, and ends them."""
    started: list[_Serving] = []

    def serve(*script: object) -> FaultServer:
        started.append(_Serving(*script))
        started[-1].start()
        assert started[-1].ready.wait(10)
        return started[-1].served

    yield serve
    for one in started:
        one.stop()
