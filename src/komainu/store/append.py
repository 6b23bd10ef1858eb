"""Write entries at the end of the ledger, with every row that goes with them, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from uuid_utils import uuid7

from komainu.errors import StoreError
from komainu.store.admit import admitted
from komainu.store.bodies.text import microseconds, write_moment
from komainu.store.database import Database
from komainu.store.entries import Draft, draft_forgotten, seal
from komainu.store.groups import Outcome
from komainu.store.problems import RefusedError, store_errors
from komainu.store.protocol import Checkpoint
from komainu.store.rows import Rows, rows_of
from komainu.store.tables import CLAIMS, CONTENTS, HEAD, LEDGER, SEARCHED, TRACES, WORDS

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something to change beside the ledger, while nothing is appended."""

    make: Callable[[Connection, datetime], bool]  # gets the time it is; False where nothing was to be changed


Item = Append | Forget | Change


class Appender:
    """Carries out what group commit collected. `clock` says when an entry is recorded."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def carry_out(self, items: Sequence[Item]) -> list[Outcome]:
        """One outcome per item, in order; neighbouring appends share one transaction."""
        outcomes: list[Outcome] = []
        for kind, group in groupby(items, type):
            if kind is Append:
                outcomes.extend(self._append([item for item in group if isinstance(item, Append)]))
            else:
                outcomes.extend(self._alone(item) for item in group if not isinstance(item, Append))
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
                now = self._clock()
                outcomes = admitted(connection, groups, now)
                taken = [
                    draft for group, outcome in zip(groups, outcomes, strict=True) if outcome is True for draft in group
                ]
                append(connection, taken, head=head, now=now)
                return outcomes
        except RefusedError as problem:
            if len(groups) == 1:
                return [StoreError(str(problem))]
            return [outcome for group in groups for outcome in self._write([group])]
        except StoreError as problem:
            return [problem] * len(groups)

    def _alone(self, item: Forget | Change) -> Outcome:
        try:
            with store_errors(self._database.place):
                return self._change(item) if isinstance(item, Change) else self._forget(item)
        except StoreError as problem:
            return problem

    def _change(self, item: Change) -> bool:
        with self._database.writer.begin() as connection:
            lock_head(connection)
            return item.make(connection, self._clock())

    def _forget(self, item: Forget) -> bool:
        with self._database.writer.begin() as connection:
            head = lock_head(connection)
            if not _delete(connection, item.digest):
                return False
            append(connection, [draft_forgotten(str(uuid7()), item.digest)], head=head, now=self._clock())
        self._database.scrub()
        return True


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
    done = [draft.body["decision"] for draft in drafts if draft.kind == "review"]
    if done:
        connection.execute(delete(CLAIMS).where(CLAIMS.c.decision.in_(done)))
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


def _delete(connection: Connection, digest: str) -> bool:
    contents = connection.execute(delete(CONTENTS).where(CONTENTS.c.digest == digest)).rowcount
    words = connection.execute(delete(WORDS).where(WORDS.c.content == digest)).rowcount
    connection.execute(delete(TRACES).where(TRACES.c.content == digest))
    return bool(contents or words)
