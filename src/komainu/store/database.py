"""The two databases that can hold the record, and the little in which they differ."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from komainu.errors import MissingExtraError, StoreError
from komainu.store.problems import store_errors

_READERS = 4  # connections kept open for reading, per process


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One database, through two engines: one thread writes, any thread reads, from a snapshot."""

    place: str  # for messages: a path, or an address without its password
    writer: Engine
    reader: Engine
    scrub: Callable[[], None]  # wipes what was deleted off the disk, as far as the database lets a client

    def close(self) -> None:
        """Let go of all connections."""
        self.reader.dispose()
        self.writer.dispose()


def sqlite_database(path: Path, busy_timeout_seconds: float) -> Database:
    """A SQLite file; StoreError where there can be none."""
    if path.is_dir():
        raise StoreError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise StoreError(f"{path.parent} does not exist; create the folder first, Komainu creates the file")
    url = URL.create("sqlite", database=str(path))
    writer = create_engine(url, pool_size=1, max_overflow=0, hide_parameters=True)
    reader = create_engine(url, pool_size=_READERS, max_overflow=-1, hide_parameters=True)
    wait = f"PRAGMA busy_timeout = {int(busy_timeout_seconds * 1000)}"
    _on_connect(writer, (wait, *_WRITER_PRAGMAS))
    _on_connect(reader, (wait, "PRAGMA query_only = ON"))
    _begin_with(writer, "BEGIN IMMEDIATE")
    _begin_with(reader, "BEGIN")
    return Database(place=str(path), writer=writer, reader=reader, scrub=lambda: _checkpoint(writer))


_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is forgotten is overwritten
)


def _on_connect(engine: Engine, pragmas: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # Left to itself, sqlite3 begins transactions late, and an append that read first meets "database is locked".
        connection.isolation_level = None
        connection.text_factory = _lenient
        for pragma in pragmas:
            connection.execute(pragma)


def _lenient(raw: bytes) -> str:
    """Damaged text becomes text with another hash, not an error that stops the verification."""
    return raw.decode("utf-8", "surrogateescape")


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _checkpoint(writer: Engine) -> None:
    """Move the log into the file and empty it; where somebody is reading, the next commits do it."""
    with writer.connect() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, sqlite3.Connection):
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def postgres_database(url: URL, busy_timeout_seconds: float) -> Database:
    """A PostgreSQL database, reached with psycopg."""
    if find_spec("psycopg") is None:
        raise MissingExtraError("A record on PostgreSQL", "postgres")
    place = url.render_as_string(hide_password=True)
    settings = {"hide_parameters": True, "pool_pre_ping": True}
    with store_errors(place):
        writer = create_engine(url, pool_size=1, max_overflow=0, **settings)
        reader = create_engine(url, pool_size=_READERS, max_overflow=-1, isolation_level="REPEATABLE READ", **settings)
    lock_timeout = f"SET lock_timeout = {int(busy_timeout_seconds * 1000)}"
    for engine in (writer, reader):
        _on_postgres_connect(engine, (lock_timeout, _DURABLE))
    reading = reader.execution_options(postgresql_readonly=True)
    return Database(place=place, writer=writer, reader=reading, scrub=lambda: None)


# A server set to lose the last commits in a crash is told to keep ours; a stricter setting is left alone.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"


def _on_postgres_connect(engine: Engine, statements: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # psycopg.Connection, which may not be installed
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.commit()
