"""What a batch run left to a judge that is asked later: its rows, and how they are settled."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from komainu.apps.batch.output import LINE, Output
from komainu.apps.batch.rows import BadRow, Row
from komainu.apps.batch.run import Run, read_run
from komainu.cascade import Cascade
from komainu.domain import Decision, Rulebook
from komainu.errors import InputError, NotJudgedError, SuccessionError, UsageError
from komainu.moderation import reconsider
from komainu.store import Store

_AT_ONCE = 16  # rows looked up in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class StillHeld(BadRow):
    """A row that its judge did not answer on: it can be asked again."""


class SettledOutput(Output):
    """The lines of what was settled, in the order in which it was; beside them, made anew each time, what was not."""

    def __init__(self, path: Path, errors: Path) -> None:
        self.done: set[int] = set()  # numbers of rows that have their line
        self.unanswered = 0  # rows that can be asked again
        super().__init__(path, errors, fresh=not path.exists())

    def add_bad(self, row: BadRow) -> None:
        """Take a row that is not settled for the next commit."""
        self.unanswered += isinstance(row, StillHeld)
        super().add_bad(row)

    def _take_up(self) -> None:
        end = 0
        with self.path.open("rb") as written:
            for number, line in enumerate(written, start=1):
                if not line.endswith(b"\n"):
                    break
                match = LINE.match(line)
                if match is None or int(match[1]) in self.done:
                    raise InputError(f"{self.path}:{number}: expected a line of `komainu settle`; the file was changed")
                self._count(match)
                self.done.add(int(match[1]))
                end += len(line)
        self._cut(end)
        self.errors.unlink(missing_ok=True)


class WaitingRows:
    """The rows of a run that were held and left to a later judge, with their contents, as far as these are kept."""

    def __init__(self, out: Path, run: Run, store: Store) -> None:
        """`run` wrote `out`. Make it inside the event loop of the store."""
        self.total = out.stat().st_size  # bytes
        self.done: set[int] = set()  # numbers of rows that are skipped; set it before the first chunk
        self._read_to = 0
        self._store, self._run = store, run
        self._loop = asyncio.get_running_loop()
        self._lines = self._read(out)

    def position(self) -> int:
        """How far the file has been read, in bytes."""
        return self._read_to

    def next_chunk(self) -> list[Row | BadRow]:
        """The next rows; none at the end. Blocks, in another thread than that of the event loop."""
        lines = list(islice(self._lines, _AT_ONCE))
        return asyncio.run_coroutine_threadsafe(self._looked_up(lines), self._loop).result() if lines else []

    def _read(self, out: Path) -> Iterator[dict[str, Any]]:
        with out.open("rb") as file:
            for number, raw in enumerate(file, 1):
                self._read_to += len(raw)
                try:
                    line = json.loads(raw)
                    wanted = line["action"] == "hold" and bool(line["later"]) and line["row"] not in self.done
                except (ValueError, LookupError, TypeError) as error:
                    raise InputError(
                        f"{out}:{number}: expected a line of a batch run with --later; the file was changed ({error!r})"
                    ) from error
                if wanted:
                    yield line

    async def _looked_up(self, lines: list[dict[str, Any]]) -> list[Row | BadRow]:
        return [await self._row(line["row"], line.get("id")) for line in lines]

    async def _row(self, number: int, row_id: str | int | float | None) -> Row | BadRow:
        decision_id = self._run.decision_id(number)
        decision = await self._store.decision(decision_id)
        if decision is None:
            raise InputError(f"row {number}: expected decision {decision_id} on record; name its record with --store")
        content = await self._store.content(decision.content)
        if content is None:
            there = await self._store.successor(decision_id)
            settled = f"; decision {there.id} had settled it" if there is not None else ""
            return BadRow(number=number, line=None, problem=f"its content has been forgotten{settled}")
        return Row(number=number, id=row_id, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Settles rows: a decision in place of each hold, unless something has come before."""

    run: Run  # that held them
    rulebook: Rulebook
    cascade: Cascade
    store: Store

    async def __call__(self, row: Row) -> Decision | BadRow:
        """The decision that stands in place of the hold, made now or before; else why there is none."""
        before = self.run.decision_id(row.number)
        held = await self.store.decision(before)
        there = await self.store.successor(before)
        if held is None or there is not None:
            return there or BadRow(number=row.number, line=None, problem=f"decision {before} is not on record")
        if await self.store.reviews(before):
            return BadRow(number=row.number, line=None, problem="a person has ruled on it")
        try:
            return await reconsider(held, row.content, rulebook=self.rulebook, cascade=self.cascade, store=self.store)
        except SuccessionError as error:  # somebody was quicker
            there = await self.store.successor(before)
            return there or BadRow(number=row.number, line=None, problem=str(error))
        except NotJudgedError as error:
            return StillHeld(number=row.number, line=None, problem=f"still held: {error}")


def accepted_run(out: Path) -> Run:
    """The finished run with `--later` that wrote the file; UsageError where it is none."""
    run = read_run(out)
    if run is None or not out.exists():
        raise UsageError(f"{out}: expected what `komainu batch … --later` wrote, and its run beside it; there is none")
    if not run.plan.later:
        raise UsageError(f"{out}: nothing waits here: this run asked every judge (it was made without --later)")
    if run.finish is None:
        raise UsageError(f"{out}: this run is not finished; finish it first: the same `komainu batch` with --resume")
    return run


def settled_path(out: Path) -> Path:
    """Where the lines go of what was settled."""
    return out.with_name(f"{out.name.removesuffix('.jsonl')}.settled.jsonl")
