"""Certificates on record: read with care, since what they say lets content through unseen."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from komainu.domain import Certificate, Lapse
from komainu.errors import StoreError
from komainu.store.bodies.certificate import read_certificate, read_lapse
from komainu.store.bodies.text import pack, unpack
from komainu.store.entries import MALFORMED, Entry, read_entry
from komainu.store.tables import CERTIFICATES, HEAD, LAPSES, LEDGER


def find_certificates(connection: Connection, *, clause: str) -> tuple[Certificate, ...]:
    """All, of one clause where named, in the order recorded; StoreError where one of them was changed."""
    query = (
        select(LEDGER.c.seq, LEDGER.c.entry, LEDGER.c.hash)
        .join(CERTIFICATES, CERTIFICATES.c.seq == LEDGER.c.seq)
        .order_by(LEDGER.c.seq)
    )
    if clause:
        query = query.where(CERTIFICATES.c.clause == pack(clause))
    lapses = _lapses(connection)
    return tuple(_certificate(connection, found, lapses) for found in connection.execute(query).all())


def find_certificate(connection: Connection, certificate_id: str) -> int | None:
    """The number of its entry."""
    query = select(LEDGER.c.seq).where(LEDGER.c.id == pack(certificate_id), LEDGER.c.kind == "certificate")
    return connection.execute(query).scalar_one_or_none()


def certificate_problems(connection: Connection, entry: Entry) -> str:
    """What is wrong with an entry that takes a certificate back; empty where nothing is."""
    if entry.kind != "lapse":
        return ""
    same = LEDGER.c.id == entry.body["certificate"]
    query = select(LEDGER.c.seq).where(same, LEDGER.c.kind == "certificate", LEDGER.c.seq < entry.seq)
    if connection.execute(query).scalar_one_or_none() == entry.body["entry"]:
        return ""
    return f"the entry takes back certificate {unpack(entry.body['certificate'])}, which is not there"


def _certificate(connection: Connection, found: Any, lapses: dict[int, Lapse]) -> Certificate:
    entry = _whole(connection, found, "certificate")
    try:
        made = read_certificate(entry.id, entry.body)
    except MALFORMED as error:
        raise _damaged("certificate", found.seq) from error
    lapse = lapses.get(found.seq)
    return made if lapse is None else replace(made, lapsed_at=lapse.lapsed_at, lapsed_why=lapse.why)


def _lapses(connection: Connection) -> dict[int, Lapse]:
    """By the entry of the certificate; of several the first."""
    query = (
        select(LEDGER.c.seq, LEDGER.c.entry, LEDGER.c.hash, LAPSES.c.certificate)
        .join(LAPSES, LAPSES.c.seq == LEDGER.c.seq)
        .order_by(LEDGER.c.seq)
    )
    found: dict[int, Lapse] = {}
    for row in connection.execute(query).all():
        entry = _whole(connection, row, "lapse")
        found.setdefault(row.certificate, read_lapse(entry.id, entry.body))
    return found


def _whole(connection: Connection, found: Any, kind: str) -> Entry:
    """The entry, which has its own hash and is continued by the one behind it.

    An edited threshold must not wait for somebody to verify the whole ledger.
    """
    if sha256(found.entry.encode("utf-8", "surrogatepass")).hexdigest() != found.hash:
        raise _damaged(kind, found.seq)
    try:
        entry = read_entry(found.entry)
        behind = connection.execute(select(LEDGER.c.entry).where(LEDGER.c.seq == found.seq + 1)).scalar_one_or_none()
        continued = read_entry(behind).previous if behind is not None else _head(connection)
    except MALFORMED as error:
        raise _damaged(kind, found.seq) from error
    if (entry.kind, entry.seq) != (kind, found.seq) or continued != found.hash:
        raise _damaged(kind, found.seq)
    return entry


def _head(connection: Connection) -> str:
    return str(connection.execute(select(HEAD.c.hash)).scalar_one_or_none())


def _damaged(kind: str, seq: int) -> StoreError:
    return StoreError(
        f"the {kind} in entry {seq} was changed after it was recorded, and nothing can be cleared by it; "
        "`komainu ledger verify` shows what else was"
    )
