"""Read the record: what is searched by comes from the tables beside the ledger, what is returned from the ledger."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Row, Select, select, union_all

from komainu.domain import Action, Appeal, Content, Decision, Label, Review, Step
from komainu.errors import StoreError
from komainu.store.bodies.appeal import read_appeal
from komainu.store.bodies.decision import read_decision
from komainu.store.bodies.label import read_label
from komainu.store.bodies.review import read_review
from komainu.store.bodies.step import read_step
from komainu.store.bodies.text import microseconds, pack, read_content, read_words
from komainu.store.entries import MALFORMED, Entry, read_entry
from komainu.store.protocol import Checkpoint
from komainu.store.tables import (
    APPEALS,
    CONTENTS,
    DECISIONS,
    GOLDEN,
    HEAD,
    LABELS,
    LEDGER,
    REVIEWS,
    RULED_CLAUSES,
    STEPS,
    SUCCESSIONS,
    TRACES,
    WORDS,
)
from komainu.store.waiting import waiting_decisions

Noun = TypeVar("Noun")
_Found = Row[int, str, str | None]
_AT_ONCE = 500  # ids in one question

_ENTRIES = select(LEDGER.c.seq, LEDGER.c.entry, WORDS.c.body).join_from(
    LEDGER, WORDS, LEDGER.c.seq == WORDS.c.seq, isouter=True
)


def find_decision(connection: Connection, decision_id: str) -> tuple[int, Decision] | None:
    """The decision, and the number of its entry."""
    query = _ENTRIES.where(LEDGER.c.id == pack(decision_id), LEDGER.c.kind == "decision")
    found = connection.execute(query).one_or_none()
    return None if found is None else (found.seq, _decision(found))


def find_number(connection: Connection, entry_id: str, kind: str) -> int | None:
    """The number of the entry of that id and kind."""
    query = select(LEDGER.c.seq).where(LEDGER.c.id == pack(entry_id), LEDGER.c.kind == kind)
    return connection.execute(query).scalar_one_or_none()


def find_decisions(
    connection: Connection, *, action: Action | None, since: datetime | None, after: str, limit: int
) -> tuple[Decision, ...]:
    """Decisions in the order recorded."""
    query = _decisions_after(connection, after, limit)
    if action is not None:
        query = query.where(DECISIONS.c.action == action.value)
    if since is not None:
        query = query.where(DECISIONS.c.decided_at >= microseconds(since))
    return tuple(_decision(found) for found in connection.execute(query))


def find_held(connection: Connection, *, after: str, limit: int, golden: bool) -> tuple[Decision, ...]:
    """Decisions that wait for a person, in the order recorded: golden items, or all others."""
    low = _number(connection, after) if after else 0
    query = _decisions_after(connection, after, limit).where(DECISIONS.c.seq.in_(waiting_decisions(low, golden=golden)))
    return tuple(_decision(found) for found in connection.execute(query))


def find_golden(connection: Connection) -> tuple[Decision, ...]:
    """All golden items, in the order recorded."""
    query = _ENTRIES.join(GOLDEN, GOLDEN.c.seq == LEDGER.c.seq).order_by(GOLDEN.c.seq)
    return tuple(_decision(found) for found in connection.execute(query))


def find_successor(connection: Connection, decision_id: str) -> Decision | None:
    """The decision that stands in place of that one."""
    number = select(LEDGER.c.seq).where(LEDGER.c.id == pack(decision_id), LEDGER.c.kind == "decision")
    query = _ENTRIES.join(SUCCESSIONS, SUCCESSIONS.c.seq == LEDGER.c.seq).where(
        SUCCESSIONS.c.decision == number.scalar_subquery()
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else _decision(found)


def find_traces(connection: Connection, decision_id: str, now: datetime) -> str | None:
    """The sealed traces of that decision, unless they have expired."""
    query = select(TRACES.c.sealed).where(
        TRACES.c.decision == pack(decision_id), TRACES.c.expires_at > microseconds(now)
    )
    return connection.execute(query).scalar_one_or_none()


def find_reviews(connection: Connection, decision_id: str) -> tuple[Review, ...]:
    """The reviews of a decision, oldest first."""
    return tuple(each for each in find_history(connection, decision_id) if isinstance(each, Review))


def find_history(connection: Connection, decision_id: str) -> tuple[Review | Appeal, ...]:
    """The reviews of a decision and the appeals against it, in the order recorded."""
    return find_histories(connection, [decision_id]).get(decision_id, ())


def find_histories(connection: Connection, decisions: Sequence[str]) -> dict[str, tuple[Review | Appeal, ...]]:
    """The same of many decisions, by id; nothing for those without any."""
    found: dict[str, list[Review | Appeal]] = {}
    for first in range(0, len(decisions), _AT_ONCE):
        some = [pack(decision) for decision in decisions[first : first + _AT_ONCE]]
        numbers = select(LEDGER.c.seq).where(LEDGER.c.id.in_(some), LEDGER.c.kind == "decision")
        about = union_all(
            *(select(table.c.seq).where(table.c.decision.in_(numbers)) for table in (REVIEWS, APPEALS))
        ).subquery()
        entries = connection.execute(_ENTRIES.join(about, about.c.seq == LEDGER.c.seq)).all()
        for each in sorted(entries, key=lambda row: row.seq):
            made = _review_or_appeal(each)
            found.setdefault(made.decision, []).append(made)
    return {decision: tuple(history) for decision, history in found.items()}


def find_reviewed(
    connection: Connection, *, reviewer: str, since: datetime | None, after: str, limit: int
) -> tuple[Review, ...]:
    """Reviews in the order recorded, by that reviewer and made at `since` or later where given."""
    query = _ENTRIES.join(REVIEWS, REVIEWS.c.seq == LEDGER.c.seq).order_by(REVIEWS.c.seq).limit(max(limit, 0))
    if after:
        query = query.where(REVIEWS.c.seq > _number(connection, after, "review"))
    if reviewer:
        theirs = select(RULED_CLAUSES.c.seq).where(RULED_CLAUSES.c.reviewer == pack(reviewer))
        if since is not None:
            theirs = theirs.where(RULED_CLAUSES.c.reviewed_at >= microseconds(since))
        query = query.where(REVIEWS.c.seq.in_(theirs))
    found = (_review_or_appeal(each) for each in connection.execute(query))
    return tuple(each for each in found if isinstance(each, Review))


def find_labels(connection: Connection, *, clause: str, content: str, limit: int) -> tuple[Label, ...]:
    """Labels in the order recorded."""
    query = _ENTRIES.join(LABELS, LABELS.c.seq == LEDGER.c.seq).order_by(LABELS.c.seq).limit(max(limit, 0))
    if clause:
        query = query.where(LABELS.c.clause == pack(clause))
    if content:
        query = query.where(LABELS.c.content == pack(content))
    return tuple(_label(found) for found in connection.execute(query))


def find_steps(connection: Connection, *, subject: str) -> tuple[Step, ...]:
    """Steps in the order recorded."""
    query = _ENTRIES.join(STEPS, STEPS.c.seq == LEDGER.c.seq).order_by(STEPS.c.seq)
    if subject:
        query = query.where(STEPS.c.subject == pack(subject))
    return tuple(_read(found, lambda entry: read_step(entry.id, entry.body)) for found in connection.execute(query))


def find_content(connection: Connection, digest: str) -> Content | None:
    """The content of that digest; StoreError where what is kept under it has another."""
    body = connection.execute(select(CONTENTS.c.body).where(CONTENTS.c.digest == pack(digest))).scalar_one_or_none()
    if body is None:
        return None
    content = _readable(lambda: read_content(body), f"content {digest}")
    if content.digest != digest:
        raise StoreError(f"content {digest} was changed after it was recorded; `verify` shows what else was")
    return content


def find_head(connection: Connection) -> Checkpoint:
    """The end of the ledger."""
    found = connection.execute(select(HEAD.c.entries, HEAD.c.hash)).one_or_none()
    if found is None:
        raise StoreError("the ledger has lost its head (table ledger_head is empty); restore the record from a backup")
    return Checkpoint(entries=found.entries, hash=found.hash)


def _decisions_after(connection: Connection, after: str, limit: int) -> Select[int, str, str | None]:
    query = _ENTRIES.join(DECISIONS, DECISIONS.c.seq == LEDGER.c.seq).order_by(DECISIONS.c.seq).limit(max(limit, 0))
    return query.where(DECISIONS.c.seq > _number(connection, after)) if after else query


def _number(connection: Connection, after: str, kind: str = "decision") -> int:
    number = find_number(connection, after, kind)
    if number is None:
        raise StoreError(f"expected `after` to be the id of a {kind} on record; got {after!r}")
    return number


def _decision(found: _Found) -> Decision:
    def read(entry: Entry) -> Decision:
        return read_decision(entry.id, entry.body, read_words(found.body))

    return _read(found, read)


def _review_or_appeal(found: _Found) -> Review | Appeal:
    def read(entry: Entry) -> Review | Appeal:
        reader = read_appeal if entry.kind == "appeal" else read_review
        return reader(entry.id, entry.body, read_words(found.body))

    return _read(found, read)


def _label(found: _Found) -> Label:
    return _read(found, lambda entry: read_label(entry.id, entry.body))


def _read(found: _Found, read: Callable[[Entry], Noun]) -> Noun:
    return _readable(lambda: read(read_entry(found.entry)), f"entry {found.seq}")


def _readable(read: Callable[[], Noun], what: str) -> Noun:
    try:
        return read()
    except MALFORMED as error:
        raise StoreError(f"{what} cannot be read any more; `verify` tells whether it was changed ({error})") from error
