"""Records in text files: JSON lines and CSV."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from komainu.apps.batch.rows import Columns
from komainu.errors import InputError

MAX_LINE_BYTES = 64 * 1024 * 1024  # also of one CSV field, in code points
_SKIP_BYTES = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a record, in place of the record."""

    words: str


Found = bytes | Mapping[str, object] | Problem  # a record, read as far as needed to find where the next begins


class Lines:
    """The lines of a file, each with its end; one that is too long is a problem, and is never held in memory whole."""

    def __init__(self, stream: BinaryIO, *, most: int = MAX_LINE_BYTES) -> None:
        self.number = 0  # of the line given last, from 1
        self._stream = stream
        self._most = most

    def __iter__(self) -> Iterator[bytes | Problem]:
        return self

    def __next__(self) -> bytes | Problem:
        line = self._stream.readline(self._most + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self._most and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = self._stream.readline(_SKIP_BYTES)
            return Problem(words=f"expected a line of {self._most:,} bytes at most; it is longer")
        return line.removeprefix(_BOM) if self.number == 1 else line


def json_rows(lines: Lines) -> Iterator[tuple[int, Found]]:
    """Line number and line of each record; lines without a character are none."""
    for line in lines:
        if isinstance(line, Problem) or (line and not line.isspace()):
            yield lines.number, line


def json_fields(line: Found) -> object:
    """What one line of JSON says, or what is wrong with it."""
    assert isinstance(line, bytes)  # noqa: S101 - what json_rows gives out
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Problem(words=f"expected UTF-8; byte {error.start + 1} of the line is none")
    except json.JSONDecodeError as error:
        where = f"{error.msg.removesuffix(' at')} at character {error.pos + 1}"
        return Problem(words=f"expected a JSON object on one line; {where}")
    except ValueError as error:
        return Problem(words=f"expected a JSON object on one line; {error}")  # a number of thousands of digits
    except RecursionError:
        return Problem(words="expected a JSON object on one line; it is nested too deeply")


def csv_rows(lines: Lines, path: Path, columns: Columns) -> Iterator[tuple[int, Found]]:
    """Starting line and fields of each record behind the header; a blank line is none.

    InputError, at once, where the header cannot be read or names no column of text.
    """
    csv.field_size_limit(MAX_LINE_BYTES)
    reader = csv.reader(_CsvLines(lines), strict=True)
    try:
        header = next((values for values in reader if values), None)
    except csv.Error as error:
        raise InputError(f"{path}: expected a line of column names; {error}") from None
    if header is None:
        return iter(())
    _check_header(header, path, columns)
    return _csv_records(reader, header, lines, columns)


def _csv_records(
    reader: Iterator[list[str]], header: list[str], lines: Lines, columns: Columns
) -> Iterator[tuple[int, Found]]:
    while True:
        start = lines.number + 1
        try:
            values = next(reader, None)
        except csv.Error as error:
            yield start, Problem(words=f"expected a row of CSV; {error}")
            continue
        if values is None:
            return
        if values:
            yield start, _csv_fields(header, values, columns)


class _CsvLines:
    """Lines as the csv module wants them; bytes that are no UTF-8 become lone surrogates, looked for afterwards."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if isinstance(line, Problem):
            raise csv.Error(line.words)
        return line.decode("utf-8", "surrogateescape")


def _check_header(header: list[str], path: Path, columns: Columns) -> None:
    there = ", ".join(f"{name!a:.40}" for name in header[:20])
    if columns.text not in header:
        raise InputError(f"{path}: expected a column {columns.text!r} (see --text-field); got {there}")
    for _, column in columns.names:
        if header.count(column) > 1:
            raise InputError(f"{path}: expected one column {column!r}; got {there}")


def _csv_fields(header: list[str], values: list[str], columns: Columns) -> Found:
    if len(values) != len(header):
        return Problem(words=f"expected {len(header)} fields, as in the header; got {len(values)}")
    if not all(map(_is_text, values)):
        return Problem(words="expected UTF-8; a byte of the row is none")
    cells = dict(zip(header, values, strict=True))
    # In CSV, an empty cell is how a value is left out; the text alone may be empty.
    fields: dict[str, object] = {
        column: cells[column] if column == columns.text else cells[column] or None
        for _, column in columns.names
        if column in cells
    }
    if isinstance(context := fields.get("context"), str):
        fields["context"] = _turns(context)
    return fields


def _is_text(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _turns(cell: str) -> list[object]:
    """A JSON list as what it lists, anything else as one turn."""
    if cell.lstrip().startswith("["):
        try:
            turns = json.loads(cell)
        except (ValueError, RecursionError):
            return [cell]
        if isinstance(turns, list):
            return turns
    return [cell]
