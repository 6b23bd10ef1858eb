"""Records in Parquet files, by batches of rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from komainu.apps.batch.formats import Found, Problem
from komainu.apps.batch.rows import Columns
from komainu.errors import InputError, MissingExtraError

BATCH_ROWS = 64
_BUFFER_BYTES = 1024 * 1024  # of a column; without it, the columns of a whole row group are read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Parquet:
    """An open Parquet file."""

    path: Path
    rows: int
    columns: tuple[str, ...]  # those that are there of those wanted
    file: Any  # pyarrow.parquet.ParquetFile
    error: type[Exception]  # what pyarrow raises at damage


@contextmanager
def open_parquet(path: Path, columns: Columns) -> Iterator[Parquet]:
    """The file; InputError where it is damaged or has no column of text, MissingExtraError without pyarrow."""
    try:
        from pyarrow import ArrowException  # noqa: PLC0415 - an optional dependency
        from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - an optional dependency
    except ImportError:
        raise MissingExtraError("reading Parquet files", "batch") from None
    with path.open("rb") as raw:
        try:
            file = ParquetFile(raw, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        except (ArrowException, OSError) as error:
            raise InputError(f"{path}: expected a whole Parquet file; {error}") from error
        there = file.schema_arrow.names
        if columns.text not in there:
            shown = ", ".join(f"{name!a:.40}" for name in there[:20])
            raise InputError(f"{path}: expected a column {columns.text!r} (see --text-field); got {shown}")
        wanted = tuple(column for _, column in columns.names if column in there)
        yield Parquet(path=path, rows=file.metadata.num_rows, columns=wanted, file=file, error=ArrowException)


def parquet_rows(parquet: Parquet, done: list[int]) -> Iterator[tuple[None, Found]]:
    """The fields of each row; `done[0]` counts the rows given out. InputError where the file is damaged."""
    batches = parquet.file.iter_batches(batch_size=BATCH_ROWS, columns=list(parquet.columns), use_threads=False)
    while True:
        try:
            batch = next(batches, None)
        except (parquet.error, OSError) as error:
            raise InputError(f"{parquet.path}: expected a whole Parquet file; {error}") from error
        if batch is None:
            return
        for fields in _fields(batch):
            done[0] += 1
            yield None, fields


def _fields(batch: Any) -> Iterator[Found]:
    try:
        found: list[Found] = batch.to_pylist()
    except (ValueError, OverflowError):
        # A row of the batch is no UTF-8, or no value of Python's: look at each by itself.
        found = [_one(batch.slice(row, 1)) for row in range(batch.num_rows)]
    yield from found


def _one(row: Any) -> Found:
    try:
        fields: Found = row.to_pylist()[0]
    except UnicodeDecodeError:
        return Problem(words="expected UTF-8; a byte of the row is none")
    except (ValueError, OverflowError) as error:
        return Problem(words=f"expected values that can be read; {error}")
    return fields
