"""The rows of a batch run that wait for a judge which was to be asked later."""

import asyncio
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from komainu.apps.batch.rows import BadRow, Row
from komainu.apps.batch.run import Run, read_run
from komainu.errors import InputError, UsageError
from komainu.store import Store

_AT_ONCE = 16  # rows looked up in one go


class WaitingRows:
    """The rows of a finished run that were held and left to a later judge, with what is still kept of them.

    What has been settled meanwhile by a person, judged again or forgotten comes as a bad row that says so.
    """

    def __init__(self, out: Path, run: Run, store: Store, settled: Run) -> None:
        """`run` wrote `out`; `settled` is the run that asks now. Make it inside the event loop of the store."""
        self.total = out.stat().st_size  # bytes
        self.after = 0  # rows up to this number are skipped; set it before the first chunk
        self._done = 0
        self._store, self._run, self._settled = store, run, settled
        self._loop = asyncio.get_running_loop()
        self._lines = self._read(out)

    def position(self) -> int:
        """How far the file has been read, in bytes."""
        return self._done

    def decision(self, row: Row) -> str:
        """The id of the decision on the row as it was held."""
        return self._run.decision_id(row.number)

    def next_chunk(self) -> list[Row | BadRow]:
        """The next rows; none at the end. Blocks, in another thread than that of the event loop."""
        lines = list(islice(self._lines, _AT_ONCE))
        return asyncio.run_coroutine_threadsafe(self._looked_up(lines), self._loop).result() if lines else []

    def _read(self, out: Path) -> Iterator[dict[str, Any]]:
        with out.open("rb") as file:
            for number, raw in enumerate(file, 1):
                self._done += len(raw)
                try:
                    line = json.loads(raw)
                    wanted = line["action"] == "hold" and bool(line["later"]) and line["row"] > self.after
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
            raise InputError(f"row {number}: expected decision {decision_id} on record; this is another record")
        successor = await self._store.successor(decision_id)
        content = await self._store.content(decision.content)
        problem = ""
        if successor is not None and successor.id != self._settled.decision_id(number):
            problem = f"it was judged again meanwhile: decision {successor.id}"
        elif successor is None and await self._store.reviews(decision_id):
            problem = "a person has ruled on it meanwhile"
        elif content is None:
            problem = "its content has been forgotten"
        if problem or content is None:
            return BadRow(number=number, line=None, problem=problem)
        return Row(number=number, id=row_id, content=content)


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
