"""Files of rows: JSON lines, CSV and Parquet, read piece by piece, so that memory does not grow with the file."""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from komainu.apps.batch.formats import Found, Lines, Problem, csv_rows, json_fields, json_rows
from komainu.apps.batch.parquet import open_parquet, parquet_rows
from komainu.apps.batch.rows import BadRow, Columns, Row, row_of
from komainu.errors import InputError, UsageError

FORMATS = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz", ".parquet")
CHUNK_ROWS = 64  # read in one go
CHUNK_CHARS = 1_000_000  # fewer rows are read in one go when they are long


class Rows:
    """The rows of an open file."""

    def __init__(self, records: "_Records", path: Path, columns: Columns) -> None:
        self.total = records.total  # of what `position` counts: bytes of the file, rows of a Parquet file
        self.position = records.position  # how far the file has been read
        self.after = 0  # rows up to this number are skipped; set it before the first chunk
        self._records, self._path, self._columns = records, path, columns
        self._rows = self._wanted()
        self._damage: InputError | None = None

    def next_chunk(self) -> list[Row | BadRow]:
        """The next rows; none at the end. Blocks. InputError where the file is damaged, behind all rows before that."""
        if self._damage is not None:
            raise self._damage
        chunk: list[Row | BadRow] = []
        chars = 0
        try:
            for row in self._rows:
                chunk.append(row)
                chars += row.chars if isinstance(row, Row) else 0
                if len(chunk) >= CHUNK_ROWS or chars >= CHUNK_CHARS:
                    break
        except InputError as damage:
            if not chunk:
                raise
            self._damage = damage
        return chunk

    def _wanted(self) -> Iterator[Row | BadRow]:
        with _explained(self._path):
            for number, (line, found) in enumerate(self._records.found, start=1):
                if number <= self.after:
                    continue
                fields = found if isinstance(found, Problem) else self._records.fields(found)
                if isinstance(fields, Problem):
                    yield BadRow(number=number, line=line, problem=fields.words)
                else:
                    yield row_of(fields, number=number, line=line, columns=self._columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    found: Iterator[tuple[int | None, Found]]  # starting line and record
    fields: Callable[[Found], object]  # of a record, read only where the row is wanted
    total: int
    position: Callable[[], int]


@contextmanager
def open_rows(path: Path, columns: Columns) -> Iterator[Rows]:
    """The rows of the file; the name's ending says what the file is.

    UsageError where the name ends otherwise; InputError where the file cannot be opened or has no column of text.
    """
    kind = format_of(path)
    with ExitStack() as stack:
        with _explained(path):
            records = _parquet(path, columns, stack) if kind == ".parquet" else _text(path, kind, columns, stack)
        yield Rows(records, path, columns)


def format_of(path: Path) -> str:
    """The ending, of those in FORMATS, that the file's name has."""
    for ending in sorted(FORMATS, key=len, reverse=True):
        if path.name.lower().endswith(ending):
            return ending
    raise UsageError(f"expected a file named {', '.join(f'*{ending}' for ending in FORMATS)}; got {path.name!r}")


def _text(path: Path, kind: str, columns: Columns, stack: ExitStack) -> _Records:
    raw = stack.enter_context(path.open("rb"))
    total = os.fstat(raw.fileno()).st_size
    stream: BinaryIO = raw
    if kind.endswith(".gz"):
        stream = cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=raw)))
    lines = Lines(stream)
    if kind.startswith(".csv"):
        return _Records(found=csv_rows(lines, path, columns), fields=_as_read, total=total, position=raw.tell)
    return _Records(found=json_rows(lines), fields=json_fields, total=total, position=raw.tell)


def _parquet(path: Path, columns: Columns, stack: ExitStack) -> _Records:
    file = stack.enter_context(open_parquet(path, columns))
    done = [0]
    return _Records(found=parquet_rows(file, done), fields=_as_read, total=file.rows, position=lambda: done[0])


def _as_read(found: Found) -> object:
    return found


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """What goes wrong with the file itself, as an InputError that names it."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{path}: expected a file to read; there is none") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: expected a whole gzip file; it is damaged or cut off ({error})") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
