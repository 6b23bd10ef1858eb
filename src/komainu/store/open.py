"""Open the record, wherever it is kept."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path

from sqlalchemy import URL, make_url, select
from sqlalchemy.exc import ArgumentError

from komainu.errors import StoreError
from komainu.store.append import purge
from komainu.store.bodies.text import microseconds
from komainu.store.database import Database, postgres_database, sqlite_database
from komainu.store.problems import store_errors
from komainu.store.protocol import Store
from komainu.store.schema import migrate
from komainu.store.sql import SqlStore
from komainu.store.tables import TRACES
from komainu.store.traces import TraceKeeper

_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


def _now() -> datetime:
    return datetime.now(UTC)


async def open_store(
    place: str | PathLike[str],
    *,
    busy_timeout_seconds: float = 10.0,
    clock: Callable[[], datetime] = _now,
    keeper: TraceKeeper | None = None,
) -> Store:
    """The record at `place`: a path or `sqlite:///path` of a file, or `postgresql://user@host/database`.

    An empty place gets its tables, an older one is brought up to date. Each writer waits `busy_timeout_seconds` for
    the others before it gives up with StoreBusyError; `clock` says when an entry is recorded; `keeper` seals traces,
    which are not kept without one.
    """
    return await asyncio.to_thread(_open, fspath(place), busy_timeout_seconds, clock, keeper)


def _open(place: str, busy_timeout_seconds: float, clock: Callable[[], datetime], keeper: TraceKeeper | None) -> Store:
    database = _database(place, busy_timeout_seconds)
    ready = False
    try:
        migrate(database)
        _purge(database, clock())
        ready = True
    finally:
        if not ready:
            database.close()
    return SqlStore(database, clock, keeper)


def _purge(database: Database, now: datetime) -> None:
    """Delete traces whose time is over; where there are none, the database is not written."""
    with store_errors(database.place):
        with database.reader.connect() as connection:
            over = select(TRACES.c.decision).where(TRACES.c.expires_at <= microseconds(now)).limit(1)
            if connection.execute(over).one_or_none() is None:
                return
        with database.writer.begin() as connection:
            purge(connection, now)


def _database(place: str, busy_timeout_seconds: float) -> Database:
    if "://" not in place:
        return sqlite_database(_path(place), busy_timeout_seconds)
    url = _url(place)
    if url.drivername in _POSTGRES:
        return postgres_database(url.set(drivername="postgresql+psycopg"), busy_timeout_seconds)
    if url.drivername == "sqlite":
        return sqlite_database(_path(url.database or ""), busy_timeout_seconds)
    raise StoreError(f"expected a path, sqlite:///path or postgresql://user@host/database; got {url.drivername}://...")


def _url(place: str) -> URL:
    try:
        return make_url(place)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"expected an address like postgresql://user@host/database; {error}") from error


def _path(name: str) -> Path:
    if name in {"", ":memory:"}:
        raise StoreError(f"the record is kept in a file, so that it lasts; got {name!r} for its path")
    return Path(name).expanduser().absolute()
