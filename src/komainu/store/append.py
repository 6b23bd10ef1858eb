"""Write entries at the end of the ledger, with every row that goes with them, in one transaction."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Column, Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils import uuid7

from komainu.errors import StoreError, SuccessionError
from komainu.store.bodies.text import microseconds, unpack, write_moment
from komainu.store.database import Database
from komainu.store.entries import Draft, draft_forgotten, seal
from komainu.store.groups import Outcome
from komainu.store.problems import RefusedError, store_errors
from komainu.store.protocol import Checkpoint
from komainu.store.rows import Rows, rows_of
from komainu.store.tables import CONTENTS, HEAD, LEDGER, REVIEWS, SEARCHED, SUCCESSIONS, TRACES, WORDS

_KEEP_CONTENT = {  # a content that is there already stays as it is
    "sqlite": sqlite.insert(CONTENTS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(CONTENTS).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """Entries to record together or not at all."""

    drafts: Callable[[], tuple[Draft, ...]]  # writes them; that work belongs to the thread that records them


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """A content to delete, with all words about it."""

    digest: str  # packed


class Appender:
    """Carries out what group commit collected. `clock` says when an entry is recorded."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def carry_out(self, items: Sequence[Append | Forget]) -> list[Outcome]:
        """One outcome per item, in order; neighbouring appends share one transaction."""
        outcomes: list[Outcome] = []
        for kind, group in groupby(items, type):
            if kind is Append:
                outcomes.extend(self._append([item for item in group if isinstance(item, Append)]))
            else:
                outcomes.extend(self._forget(item) for item in group if isinstance(item, Forget))
        return outcomes

    def _append(self, items: Sequence[Append]) -> list[Outcome]:
        drafted = [_drafts(item) for item in items]
        outcomes = iter(self._write([drafts for drafts in drafted if not isinstance(drafts, StoreError)]))
        return [drafts if isinstance(drafts, StoreError) else next(outcomes) for drafts in drafted]

    def _write(self, groups: Sequence[tuple[Draft, ...]]) -> list[Outcome]:
        """One outcome per group of drafts; one that the database refuses does not take its neighbours with it."""
        if not groups:
            return []
        try:
            with store_errors(self._database.place), self._database.writer.begin() as connection:
                head = lock_head(connection)
                outcomes = _first_uses(connection, groups)
                taken = [
                    draft for group, outcome in zip(groups, outcomes, strict=True) if outcome is True for draft in group
                ]
                append(connection, taken, head=head, now=self._clock())
                return outcomes
        except RefusedError as problem:
            if len(groups) == 1:
                return [StoreError(str(problem))]
            return [outcome for group in groups for outcome in self._write([group])]
        except StoreError as problem:
            return [problem] * len(groups)

    def _forget(self, item: Forget) -> Outcome:
        try:
            with store_errors(self._database.place):
                with self._database.writer.begin() as connection:
                    head = lock_head(connection)
                    if not _delete(connection, item.digest):
                        return False
                    append(connection, [draft_forgotten(str(uuid7()), item.digest)], head=head, now=self._clock())
                self._database.scrub()
                return True
        except StoreError as problem:
            return problem


def lock_head(connection: Connection) -> Checkpoint:
    """The end of the ledger; nobody else can append until this transaction ends."""
    row = connection.execute(select(HEAD.c.entries, HEAD.c.hash).with_for_update()).one_or_none()
    if row is None:
        raise StoreError("the ledger has lost its head (table ledger_head is empty); restore the record from a backup")
    return Checkpoint(entries=row.entries, hash=row.hash)


def append(connection: Connection, drafts: Sequence[Draft], *, head: Checkpoint, now: datetime) -> None:
    """Write the entries behind `head`, and move it."""
    if not drafts:
        return
    rows: Rows = {table: [] for table in (LEDGER, *SEARCHED, WORDS, CONTENTS, TRACES)}
    seq, previous, recorded_at = head.entries, head.hash, write_moment(now)
    for seq, draft in enumerate(drafts, head.entries + 1):
        text, previous = seal(draft, seq=seq, previous=previous, recorded_at=recorded_at)
        rows[LEDGER].append({"seq": seq, "kind": draft.kind, "id": draft.id, "entry": text, "hash": previous})
        for table, some in rows_of(draft.kind, seq, draft.id, draft.body).items():
            rows[table].extend(some)
        if draft.words:
            rows[WORDS].append({"seq": seq, "content": draft.body["content"], "body": draft.words})
        if draft.content:
            kept = {"digest": draft.body["content"], "body": draft.content, "stored_at": microseconds(now)}
            rows[CONTENTS].append(kept)
        if draft.traces is not None:
            sealed = {"decision": draft.id, "content": draft.body["content"], "sealed": draft.traces.text}
            rows[TRACES].append(sealed | {"expires_at": microseconds(draft.traces.expires_at)})
    purge(connection, now)
    _insert(connection, rows)
    connection.execute(update(HEAD).values(entries=seq, hash=previous))


def purge(connection: Connection, now: datetime) -> None:
    """Delete the traces whose time is over."""
    connection.execute(delete(TRACES).where(TRACES.c.expires_at <= microseconds(now)))


def _insert(connection: Connection, rows: Rows) -> None:
    for table, some in rows.items():
        if some and table is CONTENTS:
            connection.execute(_KEEP_CONTENT[connection.dialect.name], some)
        elif some:
            connection.execute(insert(table), some)


def _drafts(item: Append) -> tuple[Draft, ...] | StoreError:
    try:
        return item.drafts()
    except StoreError as problem:
        return problem


def _first_uses(connection: Connection, groups: Sequence[tuple[Draft, ...]]) -> list[Outcome]:
    """True for groups whose ids are new, to the ledger and among each other; else the error that names the id.

    The same goes for the decisions that they supersede, on which nobody may have ruled either.
    """
    entries = [entry for group in groups for draft in group for entry in (*_superseded(draft), *_reviewed(draft))]
    taken = _Taken(
        ids=_ids_on_record(connection, (draft.id for group in groups for draft in group)),
        superseded=_among(connection, SUCCESSIONS.c.decision, entries),
        reviewed=_among(connection, REVIEWS.c.decision, entries),
        kept=_among(connection, CONTENTS.c.digest, _contents(groups)),
    )
    return [taken.take(group) for group in groups]


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What nobody can have any more."""

    ids: set[str]
    superseded: set[int]  # entries
    reviewed: set[int]  # entries
    kept: set[str]  # digests of contents that have not been forgotten

    def take(self, group: tuple[Draft, ...]) -> Outcome:
        own = Counter(draft.id for draft in group)
        for draft in group:
            if draft.id in self.ids or own[draft.id] > 1:
                return _used_again(draft)
            if self.superseded.intersection(_reviewed(draft)):
                return _ruled_too_late(draft)
            if problem := self._out_of_place(draft):
                return _out_of_place(draft, problem)
        self.ids.update(own)
        self.superseded.update(entry for draft in group for entry in _superseded(draft))
        self.reviewed.update(entry for draft in group for entry in _reviewed(draft))
        return True

    def _out_of_place(self, draft: Draft) -> str:
        """Why the decision cannot stand in place of the one it names; empty where it can, or names none."""
        entries = _superseded(draft)
        if self.superseded.intersection(entries):
            return "decision {named} is superseded already"
        if self.reviewed.intersection(entries):
            return "a person has ruled on decision {named}"
        if entries and draft.body["content"] not in self.kept:
            return "the content of decision {named} has been forgotten"
        return ""


def _superseded(draft: Draft) -> list[int]:
    return [draft.body["supersedes"]["entry"]] if "supersedes" in draft.body else []


def _reviewed(draft: Draft) -> list[int]:
    return [draft.body["entry"]] if draft.kind == "review" else []


def _contents(groups: Sequence[tuple[Draft, ...]]) -> list[str]:
    return [draft.body["content"] for group in groups for draft in group if _superseded(draft)]


def _among(connection: Connection, column: Column[Any], wanted: Sequence[Any]) -> set[Any]:
    found: set[Any] = set()
    for first in range(0, len(wanted), 500):
        found.update(connection.execute(select(column).where(column.in_(wanted[first : first + 500]))).scalars())
    return found


def _ruled_too_late(draft: Draft) -> StoreError:
    named = unpack(draft.body["decision"])
    return StoreError(f"decision {named} was judged again since: rule on the decision that stands in its place")


def _used_again(draft: Draft) -> StoreError:
    return StoreError(f"{draft.kind} {unpack(draft.id)} is already on record; each is recorded once, under its own id")


def _out_of_place(draft: Draft, why: str) -> SuccessionError:
    said = why.format(named=unpack(draft.body["supersedes"]["decision"]))
    return SuccessionError(f"{said}: decision {unpack(draft.id)} cannot stand in its place")


def _ids_on_record(connection: Connection, ids: Iterable[str]) -> set[str]:
    asked = list(ids)
    found: set[str] = set()
    for first in range(0, len(asked), 500):  # SQLite takes a limited number of parameters
        query = select(LEDGER.c.id).where(LEDGER.c.id.in_(asked[first : first + 500]))
        found.update(connection.execute(query).scalars())
    return found


def _delete(connection: Connection, digest: str) -> bool:
    contents = connection.execute(delete(CONTENTS).where(CONTENTS.c.digest == digest)).rowcount
    words = connection.execute(delete(WORDS).where(WORDS.c.content == digest)).rowcount
    connection.execute(delete(TRACES).where(TRACES.c.content == digest))
    return bool(contents or words)
