"""What a batch run writes: a line per row judged, and beside it a line per bad row."""

import fcntl
import json
import os
import re
import threading
import time
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Self

from komainu.apps.batch.rows import BadRow
from komainu.apps.batch.run import sync_folder
from komainu.domain import Action
from komainu.errors import UsageError

COMMIT_SECONDS = 1.0
COMMIT_BYTES = 4 * 1024 * 1024
LINE = re.compile(rb'\{"row": (\d+), "action": "(allow|limit|hold|block)"')  # how each line must begin
_BAD_LINE = re.compile(rb'\{"row": (\d+), ')


class Output:
    """The two files of a run, written in the order of the rows.

    Lines gather in memory for COMMIT_SECONDS and are then made durable, bad rows first: whatever the moment of a crash,
    every bad row before the last row of the output is in the file of bad rows.
    """

    def __init__(self, path: Path, errors: Path, *, fresh: bool) -> None:
        self.path, self.errors = path, errors
        self.counts: Counter[Action] = Counter()  # rows by action, those of earlier attempts too
        self.bad = 0  # bad rows, those of earlier attempts too
        self.last_row = 0  # number of the last row in the output
        self._lines: list[bytes] = []
        self._bad_lines: list[bytes] = []
        self._gathered = 0  # bytes
        self._committed_at = time.monotonic()
        self._gathering, self._committing = threading.Lock(), threading.Lock()
        self._failed = False
        self._bad_file: int | None = None
        self._file = _opened(path, fresh=fresh)
        try:
            _lock(self._file, path)
            self._take_up()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def rows(self) -> int:
        """Rows in the output, those of earlier attempts too."""
        return self.counts.total()

    @property
    def due(self) -> bool:
        """Whether what has gathered should be made durable now."""
        waited = time.monotonic() - self._committed_at
        return self._gathered >= COMMIT_BYTES or (self._gathered > 0 and waited >= COMMIT_SECONDS)

    def add(self, row: int, action: Action, line: str) -> None:
        """Take a line for the next commit; `row` is its number."""
        self.counts[action] += 1
        self.last_row = row
        with self._gathering:
            self._lines.append(line.encode() + b"\n")
            self._gathered += len(self._lines[-1])

    def add_bad(self, row: BadRow) -> None:
        """Take a bad row for the next commit."""
        self.bad += 1
        line = json.dumps({"row": row.number, "line": row.line, "problem": row.problem})
        with self._gathering:
            self._bad_lines.append(line.encode() + b"\n")
            self._gathered += len(self._bad_lines[-1])

    def commit(self) -> None:
        """Make durable what has gathered. Blocks; UsageError where the disk refuses."""
        with self._committing:
            if self._failed:
                return  # behind a gap, nothing may follow
            with self._gathering:
                bad, self._bad_lines = self._bad_lines, []
                lines, self._lines = self._lines, []
                self._gathered = 0
            self._write_bad(bad)
            self._write(self._file, lines, self.path)
            self._committed_at = time.monotonic()

    def close(self) -> None:
        """Let go of the files; what was not committed is not written."""
        os.close(self._file)
        if self._bad_file is not None:
            os.close(self._bad_file)

    def _write_bad(self, lines: list[bytes]) -> None:
        if lines:
            if self._bad_file is None:
                self._bad_file = _opened(self.errors, fresh=True)
            self._write(self._bad_file, lines, self.errors)

    def _write(self, file: int, lines: list[bytes], path: Path) -> None:
        try:
            data = memoryview(b"".join(lines))
            while data:
                data = data[os.write(file, data) :]
            if lines:
                os.fsync(file)
        except OSError as error:
            self._failed = True
            raise UsageError(
                f"{path}: cannot be written: {error.strerror}; mend that, and run the same command with --resume"
            ) from error

    def _take_up(self) -> None:
        """Read what earlier attempts wrote, and cut off what the last one did not finish."""
        end = 0
        with self.path.open("rb") as written:
            for number, line in enumerate(written, start=1):
                if not line.endswith(b"\n"):
                    break
                match = LINE.match(line)
                if match is None or int(match[1]) <= self.last_row:
                    raise _changed(self.path, number)
                self.last_row = int(match[1])
                self._count(match)
                end += len(line)
        self._cut(end)
        if self.errors.exists():
            self._take_up_bad()

    def _count(self, match: re.Match[bytes]) -> None:
        self.counts[Action.of(match[2].decode())] += 1

    def _cut(self, end: int) -> None:
        """Cut off what stands behind `end`."""
        _cut(self._file, end)

    def _take_up_bad(self) -> None:
        """Keep the bad rows before the last row of the output: those behind it are about to be read again."""
        self._bad_file = _opened(self.errors, fresh=False)
        end = 0
        with self.errors.open("rb") as written:
            for number, line in enumerate(written, start=1):
                if not line.endswith(b"\n"):
                    break
                match = _BAD_LINE.match(line)
                if match is None:
                    raise _changed(self.errors, number)
                if int(match[1]) > self.last_row:
                    break
                self.bad += 1
                end += len(line)
        _cut(self._bad_file, end)


def _opened(path: Path, *, fresh: bool) -> int:
    """A handle for writing the file; a fresh one is made now, and must not be there yet."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | (os.O_EXCL if fresh else 0), 0o666)
        sync_folder(path.parent)
    except OSError as error:
        raise UsageError(f"{path}: expected a place for a file of output; {error.strerror}") from error
    return handle


def _changed(path: Path, line: int) -> UsageError:
    return UsageError(
        f"{path}:{line}: expected the next line of a batch run; the file was changed. "
        "Begin a new run with another --out."
    )


def _lock(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"{path}: another process is writing it; wait for it, or stop it") from None


def _cut(file: int, end: int) -> None:
    os.ftruncate(file, end)
    os.lseek(file, end, os.SEEK_SET)
