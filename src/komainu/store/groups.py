"""Group commit: what is asked at the same time is carried out together, in one thread."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Generic, TypeVar

from komainu.errors import StoreError

Item = TypeVar("Item")
Outcome = bool | StoreError

_MOST = 256  # items carried out together: bounds how long the first one waits for the last


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting(Generic[Item]):
    item: Item
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[bool]


class GroupCommit(Generic[Item]):
    """Hands items, in the order they came, to `carry_out`; it gives one outcome per item and runs once at a time."""

    def __init__(self, carry_out: Callable[[Sequence[Item]], Sequence[Outcome]]) -> None:
        self._carry_out = carry_out
        self._queue: deque[_Waiting[Item]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="komainu-writer")
        self._lock = threading.RLock()  # guards `_idle`; entered again where a batch is done before its callback is set
        self._idle = threading.Event()
        self._idle.set()
        self._closed = False

    async def submit(self, item: Item) -> bool:
        """The outcome of the item, once it is durable; raises it where it is an error."""
        if self._closed:
            raise StoreError("the store is closed; open it again to write")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(item=item, loop=loop, answer=loop.create_future())
        self._queue.append(waiting)
        with self._lock:
            if self._idle.is_set():
                self._start()
        return await waiting.answer

    async def close(self) -> None:
        """Wait until everything submitted is carried out; nothing more is taken."""
        self._closed = True
        await asyncio.to_thread(self._idle.wait)
        await asyncio.to_thread(self._thread.shutdown)

    def _start(self) -> None:
        batch = [self._queue.popleft() for _ in range(min(len(self._queue), _MOST))]
        if not batch:
            self._idle.set()
            return
        self._idle.clear()
        doing = self._thread.submit(self._carry_out, [waiting.item for waiting in batch])
        doing.add_done_callback(partial(self._finish, batch))

    def _finish(self, batch: Sequence[_Waiting[Item]], done: Future[Sequence[Outcome]]) -> None:
        error = done.exception()
        _answer(batch, done.result() if error is None else _lost(error, len(batch)))
        with self._lock:
            self._start()


def _lost(error: BaseException, count: int) -> Sequence[Outcome]:
    """Whatever goes wrong, nobody is left waiting."""
    problem = StoreError("the record could not be written: a fault in Komainu itself, shown as the cause")
    problem.__cause__ = error
    return [problem] * count


def _answer(batch: Sequence[_Waiting[Item]], outcomes: Sequence[Outcome]) -> None:
    """One call into each event loop for all of its items: waking it once per item would cost more than the commit."""
    pairs = zip(batch, outcomes, strict=True)
    for loop, group in groupby(pairs, lambda pair: pair[0].loop):
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, [(waiting.answer, outcome) for waiting, outcome in group])


def _resolve(answers: Sequence[tuple[asyncio.Future[bool], Outcome]]) -> None:
    for answer, outcome in answers:
        if answer.done():
            continue  # whoever asked was cancelled
        if isinstance(outcome, StoreError):
            answer.set_exception(_own(outcome))
        else:
            answer.set_result(outcome)


def _own(problem: StoreError) -> StoreError:
    """A copy for each who waits: a shared one would gather everybody's traceback."""
    own = type(problem)(*problem.args)
    own.__cause__ = problem.__cause__
    return own
