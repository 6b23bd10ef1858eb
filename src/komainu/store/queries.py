"""Read the record: what is searched by comes from the tables beside the ledger, what is returned from the ledger."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Row, Select, and_, func, select

from komainu.domain import Action, Content, Decision, Label, Review, Step
from komainu.errors import StoreError
from komainu.store.bodies.decision import read_decision
from komainu.store.bodies.label import read_label
from komainu.store.bodies.review import read_review
from komainu.store.bodies.step import read_step
from komainu.store.bodies.text import microseconds, pack, read_content, read_words
from komainu.store.entries import MALFORMED, Entry, read_entry
from komainu.store.protocol import Checkpoint
from komainu.store.tables import (
    CONTENTS,
    DECISIONS,
    HEAD,
    LABELS,
    LEDGER,
    REVIEWS,
    SETTLED_CLAUSES,
    STEPS,
    SUCCESSIONS,
    TRACES,
    WORDS,
)

Noun = TypeVar("Noun")
_Found = Row[int, str, str | None]

_ENTRIES = select(LEDGER.c.seq, LEDGER.c.entry, WORDS.c.body).join_from(
    LEDGER, WORDS, LEDGER.c.seq == WORDS.c.seq, isouter=True
)


def find_decision(connection: Connection, decision_id: str) -> tuple[int, Decision] | None:
    """The decision, and the number of its entry."""
    query = _ENTRIES.where(LEDGER.c.id == pack(decision_id), LEDGER.c.kind == "decision")
    found = connection.execute(query).one_or_none()
    return None if found is None else (found.seq, _decision(found))


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


def find_held(connection: Connection, *, after: str, limit: int) -> tuple[Decision, ...]:
    """Decisions that hold, and by a clause that nothing since has settled, oldest first."""
    settled = (
        select(func.count(SETTLED_CLAUSES.c.clause.distinct()))
        .where(SETTLED_CLAUSES.c.decision == DECISIONS.c.seq)
        .scalar_subquery()
    )
    query = _decisions_after(connection, after, limit).where(
        DECISIONS.c.action == Action.HOLD.value, settled < DECISIONS.c.holding
    )
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
    number = select(LEDGER.c.seq).where(LEDGER.c.id == pack(decision_id), LEDGER.c.kind == "decision")
    query = (
        _ENTRIES.join(REVIEWS, REVIEWS.c.seq == LEDGER.c.seq)
        .where(REVIEWS.c.decision == number.scalar_subquery())
        .order_by(REVIEWS.c.seq)
    )
    return tuple(_review(found) for found in connection.execute(query))


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
    if not after:
        return query
    same = and_(LEDGER.c.id == pack(after), LEDGER.c.kind == "decision")
    number = connection.execute(select(LEDGER.c.seq).where(same)).scalar_one_or_none()
    if number is None:
        raise StoreError(f"expected `after` to be the id of a decision on record; got {after!r}")
    return query.where(DECISIONS.c.seq > number)


def _decision(found: _Found) -> Decision:
    def read(entry: Entry) -> Decision:
        return read_decision(entry.id, entry.body, read_words(found.body))

    return _read(found, read)


def _review(found: _Found) -> Review:
    return _read(found, lambda entry: read_review(entry.id, entry.body, read_words(found.body)))


def _label(found: _Found) -> Label:
    return _read(found, lambda entry: read_label(entry.id, entry.body))


def _read(found: _Found, read: Callable[[Entry], Noun]) -> Noun:
    return _readable(lambda: read(read_entry(found.entry)), f"entry {found.seq}")


def _readable(read: Callable[[], Noun], what: str) -> Noun:
    try:
        return read()
    except MALFORMED as error:
        raise StoreError(f"{what} cannot be read any more; `verify` tells whether it was changed ({error})") from error
