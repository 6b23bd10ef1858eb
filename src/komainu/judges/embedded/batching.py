"""Concurrent small pieces of work, done together."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Generic, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


class MicroBatcher(Generic[Work, Result]):
    """Hands work from any event loop to one thread, which does whatever has gathered in one call.

    Nothing waits for a batch to fill: while one batch is being done, the next gathers by itself.
    """

    def __init__(self, do: Callable[[Sequence[Work]], Sequence[Result]], *, most: int) -> None:
        self._do = do
        self._most = most  # pieces of work in one call
        self._waiting: deque[tuple[Work, Future[Result]]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="micro-batch")
        self._lock = threading.RLock()  # guards `_busy`; entered again where a batch is done before its callback is set
        self._busy = False

    async def __call__(self, work: Work) -> Result:
        """The result for one piece of work; raises what `do` raised for its batch."""
        future: Future[Result] = Future()
        self._waiting.append((work, future))
        with self._lock:
            if not self._busy:
                self._start()
        return await asyncio.wrap_future(future)

    def _start(self) -> None:
        batch: list[tuple[Work, Future[Result]]] = []
        while self._waiting and len(batch) < self._most:
            work, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                batch.append((work, future))
        self._busy = bool(batch)
        if batch:
            doing = self._thread.submit(self._do, [work for work, _ in batch])
            doing.add_done_callback(partial(self._hand_out, [future for _, future in batch]))

    def _hand_out(self, futures: Sequence[Future[Result]], done: Future[Sequence[Result]]) -> None:
        error = done.exception()
        for place, future in enumerate(futures):
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(done.result()[place])
        with self._lock:
            self._start()
