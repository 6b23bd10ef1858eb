"""What the databases complain about, in the words of Komainu's errors."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError

from komainu.errors import StoreBusyError, StoreError, StoreFullError, StoreReadOnlyError

_SQLITE = {
    sqlite3.SQLITE_BUSY: StoreBusyError,
    sqlite3.SQLITE_LOCKED: StoreBusyError,
    sqlite3.SQLITE_READONLY: StoreReadOnlyError,
    sqlite3.SQLITE_PERM: StoreReadOnlyError,
    sqlite3.SQLITE_FULL: StoreFullError,
}
_POSTGRES = {
    "25006": StoreReadOnlyError,  # read_only_sql_transaction
    "42501": StoreReadOnlyError,  # insufficient_privilege
    "40001": StoreBusyError,  # serialization_failure
    "40P01": StoreBusyError,  # deadlock_detected
    "55P03": StoreBusyError,  # lock_not_available
    "53100": StoreFullError,  # disk_full
}
_ADVICE = {
    StoreBusyError: "another process held the database beyond the busy timeout; nothing was written, try again",
    StoreReadOnlyError: "the database cannot be written; check who may write it and, for a file, its folder",
    StoreFullError: "the disk is full; nothing was written, free some space and try again",
}


class RefusedError(StoreError):
    """The database refused a row, not the whole transaction."""


@contextmanager
def store_errors(place: str) -> Iterator[None]:
    """Turn what the database at `place` raises into a StoreError that says what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise _translated(error, place) from error


def _translated(error: SQLAlchemyError | sqlite3.Error, place: str) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    kind = _kind(cause, place)
    said = next(iter(str(cause).splitlines()), type(cause).__name__)
    if kind in _ADVICE:
        return kind(f"{place}: {_ADVICE[kind]} ({said})")
    if isinstance(error, IntegrityError | DataError):
        return RefusedError(f"{place}: the database refused a row; `verify` tells whether the record is whole ({said})")
    return StoreError(f"{place}: expected a database that Komainu can use; it answered: {said}")


def _kind(cause: BaseException, place: str) -> type[StoreError]:
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the same
        if code == sqlite3.SQLITE_CANTOPEN and not os.access(Path(place).parent, os.W_OK):
            return StoreReadOnlyError
        return _SQLITE.get(code, StoreError)
    return _POSTGRES.get(getattr(cause, "sqlstate", None) or "", StoreError)
