"""Verify entries that are about an earlier decision: that it is there, and is the one they name."""

from collections.abc import Iterator

from sqlalchemy import Connection, exists, select

from komainu.store.bodies.text import digest_of_text
from komainu.store.entries import MALFORMED, Entry, read_entry
from komainu.store.tables import APPEALS, LEDGER, OUTCOMES, REVIEWS, RULED_CLAUSES


def succession_problems(connection: Connection, entry: Entry) -> Iterator[str]:
    """What is wrong with what an entry says of the decision that it reviews, appeals against, or stands in place of.

    Where that one was edited nothing is said here: the fault is its own.
    """
    about = entry.body if entry.kind in {"review", "appeal"} else entry.body.get("supersedes")
    if about is None or entry.kind not in {"review", "appeal", "decision"}:
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
    elif entry.kind == "appeal":
        yield from _is_lodged(connection, entry, before)
    elif "appeal" in entry.body:
        yield from _is_made_on_appeal(connection, entry)


def _takes_its_place(connection: Connection, entry: Entry, before: Entry) -> Iterator[str]:
    keys = zip(before.body["clauses"], before.body["rulings"], strict=False)
    if [key for key, letter in keys if letter.isupper()] != entry.body["supersedes"]["holding"]:
        yield "it settles other clauses than those that held the decision in whose place it stands"
    ruled = select(REVIEWS.c.seq).where(REVIEWS.c.decision == before.seq, REVIEWS.c.seq < entry.seq).limit(1)
    if connection.execute(ruled).one_or_none() is not None:
        yield "it stands in place of a decision that a person had ruled on"
    appealed = select(APPEALS.c.seq).where(APPEALS.c.decision == before.seq, APPEALS.c.seq < entry.seq).limit(1)
    if connection.execute(appealed).one_or_none() is not None:
        yield "it stands in place of a decision that was appealed against"


def _is_lodged(connection: Connection, entry: Entry, before: Entry) -> Iterator[str]:
    """What is wrong with an appeal."""
    if strangers := [key for key in entry.body["clauses"] if key not in before.body["clauses"]]:
        yield f"it appeals against clauses that the decision did not rule on: {', '.join(strangers)}"
    settled = exists().where(OUTCOMES.c.appeal == APPEALS.c.seq, OUTCOMES.c.seq < entry.seq)
    another = select(APPEALS.c.seq).where(APPEALS.c.decision == before.seq, APPEALS.c.seq < entry.seq, ~settled)
    if connection.execute(another.limit(1)).one_or_none() is not None:
        yield "it appeals while another appeal against the decision is open"


def _is_made_on_appeal(connection: Connection, entry: Entry) -> Iterator[str]:
    """What is wrong with what a review says of its appeal; where that was edited, the fault is its own."""
    number, named = entry.body["appeal"]["entry"], entry.body["appeal"]["id"]
    appeal = connection.execute(
        select(APPEALS.c.decision, LEDGER.c.id).join_from(APPEALS, LEDGER).where(APPEALS.c.seq == number)
    ).one_or_none()
    if appeal is None or number > entry.seq or (appeal.decision, appeal.id) != (entry.body["entry"], named):
        yield f"it is made on appeal {named} in entry {number}, which is not there"
    settled = select(OUTCOMES.c.seq).where(OUTCOMES.c.appeal == number, OUTCOMES.c.seq < entry.seq)
    if connection.execute(settled.limit(1)).one_or_none() is not None:
        yield "it is made on an appeal that was settled before"
    ruled = select(RULED_CLAUSES.c.seq).where(
        RULED_CLAUSES.c.decision == entry.body["entry"],
        RULED_CLAUSES.c.reviewer == entry.body["reviewer"],
        RULED_CLAUSES.c.seq < number,
    )
    if connection.execute(ruled.limit(1)).one_or_none() is not None:
        yield "it is made on appeal by somebody who had ruled on the decision before"


def _decision(text: str) -> Entry | None:
    try:
        found = read_entry(text)
    except MALFORMED:
        return None
    return found if found.kind == "decision" else None
