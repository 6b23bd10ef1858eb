"""Judge rows, many at once, and write what comes of it in the order of the rows."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from komainu.apps.batch.output import Output
from komainu.apps.batch.rows import BadRow, Row
from komainu.apps.batch.run import Run
from komainu.cascade import Cascade
from komainu.domain import Decision, Rulebook
from komainu.errors import InputError
from komainu.moderation import moderate
from komainu.store import Store

WINDOW_ROWS = 256  # judged at once
# Long texts take their judges longer: with fewer of them at once, none waits so long that its judge times out.
WINDOW_CHARS = 128_000
_TICK_SECONDS = 0.2

Judging = Callable[[Row], Awaitable[Decision | BadRow]]  # a bad row where there is none, with the reason


class Source(Protocol):
    """Rows, some at a time."""

    def next_chunk(self) -> list[Row | BadRow]:
        """The next rows; none at the end. Blocks. InputError where no more can be read."""


class Judged:
    """Judges rows of a run, each once over all its attempts."""

    def __init__(
        self,
        run: Run,
        *,
        rulebook: Rulebook,
        cascade: Cascade,
        store: Store,
    ) -> None:
        self._run, self._rulebook, self._cascade, self._store = run, rulebook, cascade, store
        # An attempt leaves at most a window of rows unrecorded among those it took up; rows behind as many that are
        # not on record were never taken up.
        self._unsure = WINDOW_ROWS

    async def __call__(self, row: Row) -> Decision:
        """The decision on a row: from the record, where an earlier attempt got that far."""
        decision_id = self._run.decision_id(row.number)
        if self._unsure > 0:
            kept = await self._store.decision(decision_id)
            if kept is not None:
                return _same_content(kept, row)
            self._unsure -= 1
        return await moderate(
            row.content,
            rulebook=self._rulebook,
            cascade=self._cascade,
            store=self._store,
            decision_id=decision_id,
        )


def _same_content(kept: Decision, row: Row) -> Decision:
    if kept.content != row.content.digest:
        raise InputError(
            f"row {row.number}: expected the text that was judged before the interruption; the file was changed. "
            "Begin a new run with another --out."
        )
    return kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Rows in, lines out."""

    rows: Source
    judge: Judging
    output: Output
    line_of: Callable[[Row, Decision], str]
    tick: Callable[[], None] = lambda: None  # called now and then, to show how far it is

    async def run(self) -> None:
        """Judge all rows. Whatever ends it early, what was judged up to there in an unbroken row is written."""
        window = _Window(self)
        try:
            damage = await self._fill(window)
            while window:
                await window.write_next()
        finally:
            await window.give_up()
            await asyncio.to_thread(self.output.commit)
            self.tick()
        if damage is not None:
            raise damage

    async def _fill(self, window: "_Window") -> InputError | None:
        """Take up all rows; the damage that kept from reading more, if any."""
        while True:
            try:
                chunk = await asyncio.to_thread(self.rows.next_chunk)
            except InputError as damage:
                return damage
            if not chunk:
                return None
            for row in chunk:
                while not window.has_room_for(row):
                    await window.write_next()
                window.take(row)


class _Window:
    """The rows that are taken up and not yet written."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._chars = 0
        self._waiting: deque[tuple[Row, asyncio.Task[Decision | BadRow]] | BadRow] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def has_room_for(self, row: Row | BadRow) -> bool:
        if not self._waiting:
            return True
        chars = row.chars if isinstance(row, Row) else 0
        return len(self._waiting) < WINDOW_ROWS and self._chars + chars <= WINDOW_CHARS

    def take(self, row: Row | BadRow) -> None:
        if isinstance(row, BadRow):
            self._waiting.append(row)
        else:
            self._chars += row.chars
            self._waiting.append((row, asyncio.ensure_future(self._loop.judge(row))))

    async def write_next(self) -> None:
        """Wait for the first row, and hand it to the output."""
        first = self._waiting[0]
        if not isinstance(first, BadRow):
            while not first[1].done():
                await asyncio.wait({first[1]}, timeout=_TICK_SECONDS)
                await self._keep_up()
        self._write_first()
        await self._keep_up()

    async def give_up(self) -> None:
        """Write what is done, and stop the rest."""
        while self._waiting and _is_done(self._waiting[0]):
            self._write_first()
        tasks = [waiting[1] for waiting in self._waiting if not isinstance(waiting, BadRow)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _write_first(self) -> None:
        first = self._waiting[0]
        if isinstance(first, BadRow):
            self._loop.output.add_bad(first)
        else:
            row, task = first
            decision = task.result()
            self._chars -= row.chars
            if isinstance(decision, BadRow):
                self._loop.output.add_bad(decision)
            else:
                self._loop.output.add(row.number, decision.action, self._loop.line_of(row, decision))
        self._waiting.popleft()

    async def _keep_up(self) -> None:
        self._loop.tick()
        if self._loop.output.due:
            await asyncio.to_thread(self._loop.output.commit)


def _is_done(waiting: tuple[Row, asyncio.Task[Decision | BadRow]] | BadRow) -> bool:
    if isinstance(waiting, BadRow):
        return True
    task = waiting[1]
    return task.done() and not task.cancelled() and task.exception() is None
