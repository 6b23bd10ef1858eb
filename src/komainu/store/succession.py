"""Verify entries that are about an earlier decision: that it is there, and is the one they name."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from komainu.store.bodies.text import digest_of_text
from komainu.store.entries import MALFORMED, Entry, read_entry
from komainu.store.tables import LEDGER, REVIEWS


def succession_problems(connection: Connection, entry: Entry) -> Iterator[str]:
    """What is wrong with what an entry says of the decision that it reviews, or stands in place of.

    Where that one was edited nothing is said here: the fault is its own.
    """
    about = entry.body if entry.kind == "review" else entry.body.get("supersedes")
    if about is None or entry.kind not in {"review", "decision"}:
        return
    stored = connection.execute(select(LEDGER).where(LEDGER.c.seq == about["entry"])).one_or_none()
    if stored is not None and digest_of_text(stored.entry) != stored.hash:
        return
    before = _decision(stored.entry) if stored is not None and stored.seq < entry.seq else None
    if before is None or (before.id, before.body["content"]) != (about["decision"], entry.body["content"]):
        yield f"it is about decision {about['decision']} in entry {about['entry']}, which is not there"
        return
    if entry.kind == "decision":
        yield from _takes_its_place(connection, entry, before)


def _takes_its_place(connection: Connection, entry: Entry, before: Entry) -> Iterator[str]:
    keys = zip(before.body["clauses"], before.body["rulings"], strict=False)
    if [key for key, letter in keys if letter.isupper()] != entry.body["supersedes"]["holding"]:
        yield "it settles other clauses than those that held the decision in whose place it stands"
    ruled = select(REVIEWS.c.seq).where(REVIEWS.c.decision == before.seq, REVIEWS.c.seq < entry.seq).limit(1)
    if connection.execute(ruled).one_or_none() is not None:
        yield "it stands in place of a decision that a person had ruled on"


def _decision(text: str) -> Entry | None:
    try:
        found = read_entry(text)
    except MALFORMED:
        return None
    return found if found.kind == "decision" else None
