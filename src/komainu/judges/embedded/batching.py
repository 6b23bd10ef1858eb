"""Concurrent small pieces of work, done together."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
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

    async def __call__(self, work: Work) -> Result:
        """The result for one piece of work; raises what `do` raised for its batch."""
        future: Future[Result] = Future()
        self._waiting.append((work, future))
        self._thread.submit(self._next_batch)
        return await asyncio.wrap_future(future)

    def _next_batch(self) -> None:
        batch: list[tuple[Work, Future[Result]]] = []
        while self._waiting and len(batch) < self._most:
            work, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                batch.append((work, future))
        if not batch:
            return
        try:
            results = self._do([work for work, _ in batch])
        except BaseException as error:
            # Whoever waits must hear of it; the cascade makes an abstention of it.
            for _, future in batch:
                future.set_exception(error)
            raise
        for (_, future), result in zip(batch, results, strict=True):
            future.set_result(result)
