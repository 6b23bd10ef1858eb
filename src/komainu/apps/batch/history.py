"""The rows of a file as history: what a changed policy would do to contents that were never decided on."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path

from komainu.apps.batch.files import open_rows
from komainu.apps.batch.rows import BadRow, Columns, Row
from komainu.evals.simulation import Group, Past, Unit


class FileHistory:
    """Rows by their numbers, in strata by role; the file is read anew each time, piece by piece."""

    def __init__(self, path: Path, columns: Columns) -> None:
        self.bad = 0  # rows that cannot be judged, once it has been read
        self._path, self._columns = path, columns

    async def units(self) -> AsyncIterator[Unit]:
        """Each row that can be judged; InputError where the file is damaged."""
        self.bad = 0
        with open_rows(self._path, self._columns) as rows:
            while chunk := await asyncio.to_thread(rows.next_chunk):
                self.bad += sum(isinstance(row, BadRow) for row in chunk)
                for row in chunk:
                    if isinstance(row, Row):
                        yield Unit(id=str(row.number), group=Group(ruling=row.content.role.value))

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Past]:
        """The rows of these numbers."""
        wanted = frozenset(ids)
        return await asyncio.to_thread(lambda: dict(self._found(wanted)))

    def _found(self, wanted: frozenset[str]) -> Iterator[tuple[str, Past]]:
        with open_rows(self._path, self._columns) as rows:
            while chunk := rows.next_chunk():
                for row in chunk:
                    if isinstance(row, Row) and str(row.number) in wanted:
                        yield str(row.number), Past(id=str(row.number), content=row.content)
