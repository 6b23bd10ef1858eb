"""What somebody can do who has the database itself: everything, without asking its triggers."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, create_engine, make_url, text

from komainu.store.canonical import canonical
from komainu.store.tables import SEARCHED


@contextmanager
def direct(url: str) -> Iterator[Connection]:
    """A connection that no trigger or foreign key restrains; what is done is committed at the end."""
    address = make_url(url)
    postgres = address.drivername == "postgresql"
    engine = create_engine(address.set(drivername="postgresql+psycopg") if postgres else address)
    with engine.connect() as connection:
        if not postgres:
            connection.connection.driver_connection.isolation_level = None  # or its DDL is committed at once
            connection.execute(text("BEGIN"))
        for statement in _UNGUARDED[address.drivername]:
            connection.execute(text(statement))
        yield connection
        connection.commit()
    engine.dispose()


_UNGUARDED = {
    "postgresql": ("SET LOCAL session_replication_role = replica",),
    "sqlite": (
        "DROP TRIGGER IF EXISTS ledger_keeps_entries",
        "DROP TRIGGER IF EXISTS ledger_keeps_texts",
        "DROP TRIGGER IF EXISTS ledger_keeps_places",
    ),
}


def sql(statement: str) -> Callable[[Connection], None]:
    """Run it."""
    return lambda connection: _run(connection, statement)


def _run(connection: Connection, statement: str, **values: object) -> None:
    assert connection.execute(text(statement), values).rowcount != 0, f"nothing was changed by: {statement}"


def rewrite(seq: int, old: str, new: str, *, hashed: bool = False) -> Callable[[Connection], None]:
    """Replace part of an entry's text; `hashed` gives it the hash of its new text."""

    def change(connection: Connection) -> None:
        row = connection.execute(text("SELECT entry, hash FROM ledger WHERE seq = :seq"), {"seq": seq}).one()
        assert old in row.entry, f"{old} is not in {row.entry}"
        entry = row.entry.replace(old, new, 1)
        digest = hashlib.sha256(entry.encode()).hexdigest() if hashed else row.hash
        _run(
            connection,
            "UPDATE ledger SET entry = :entry, hash = :hash WHERE seq = :seq",
            entry=entry,
            hash=digest,
            seq=seq,
        )

    return change


def swap(one: int, other: int) -> Callable[[Connection], None]:
    """Let two entries change places."""

    def change(connection: Connection) -> None:
        for seq, place in ((one, -1), (other, one), (-1, other)):
            _run(connection, "UPDATE ledger SET seq = :place WHERE seq = :seq", seq=seq, place=place)

    return change


def cut(first: int, last: int) -> Callable[[Connection], None]:
    """Remove entries with everything that belongs to them."""

    def change(connection: Connection) -> None:
        for table in (*(table.name for table in SEARCHED), "words", "ledger"):
            connection.execute(text(f"DELETE FROM {table} WHERE seq BETWEEN {first} AND {last}"))

    return change


def forge(seq: int, old: str, new: str) -> Callable[[Connection], None]:
    """Change an entry and make the chain anew from there, head included, as only a checkpoint can show."""

    def change(connection: Connection) -> None:
        rewrite(seq, old, new, hashed=True)(connection)
        previous = ""
        for row in connection.execute(text("SELECT seq, entry FROM ledger ORDER BY seq")).all():
            entry = json.loads(row.entry)
            entry["previous"] = previous or entry["previous"]
            said = canonical(entry)
            previous = hashlib.sha256(said.encode()).hexdigest()
            values = {"entry": said, "hash": previous, "seq": row.seq}
            _run(connection, "UPDATE ledger SET entry = :entry, hash = :hash WHERE seq = :seq", **values)
        _run(connection, "UPDATE ledger_head SET hash = :hash", hash=previous)

    return change
