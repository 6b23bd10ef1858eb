"""Which entries may be recorded: ids are used once, and what is on record has not overtaken what is to be."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, exists, func, select

from komainu.errors import OvertakenError, StoreError, SuccessionError
from komainu.store.bodies.text import unpack
from komainu.store.claims import live
from komainu.store.entries import Draft
from komainu.store.groups import Outcome
from komainu.store.tables import APPEALS, CLAIMS, CONTENTS, LEDGER, OUTCOMES, REVIEWS, RULED_CLAUSES, SUCCESSIONS

_AT_ONCE = 500  # SQLite takes a limited number of parameters
_MADE_NOW = -1  # an appeal that is admitted and has no number yet


def admitted(connection: Connection, groups: Sequence[tuple[Draft, ...]], now: datetime) -> list[Outcome]:
    """True for groups that may be recorded, after what is on record and after each other; else the error."""
    drafts = [draft for group in groups for draft in group]
    entries = [entry for draft in drafts for entry in (*_superseded(draft), *_about(draft))]
    reviewed = _counted(connection, REVIEWS.c.decision, entries)
    appealed = _counted(connection, APPEALS.c.decision, entries)
    taken = _Taken(
        ids=_among(connection, LEDGER.c.id, [draft.id for draft in drafts]),
        superseded=_among(connection, SUCCESSIONS.c.decision, entries),
        reviewed=set(reviewed),
        cases=reviewed + appealed,
        appeals=(appeals := _open_appeals(connection, list(appealed))),
        done=_ruled_before(connection, appeals),
        kept=_among(connection, CONTENTS.c.digest, [draft.body["content"] for draft in drafts if _superseded(draft)]),
        holders=_holders(connection, [draft.body["decision"] for draft in drafts if draft.kind == "review"], now),
    )
    return [taken.take(group) for group in groups]


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What nobody can have any more. Decisions are named by the number of their entry."""

    ids: set[str]
    superseded: set[int]
    reviewed: set[int]
    cases: Counter[int]  # how many reviews and appeals there are about a decision
    appeals: dict[int, int]  # the open appeal against a decision
    done: set[tuple[int, str]]  # who had ruled on a decision before it was appealed against
    kept: set[str]  # digests of contents that have not been forgotten
    holders: dict[str, str]  # who has claimed a decision, by its id

    def take(self, group: tuple[Draft, ...]) -> Outcome:
        own = Counter(draft.id for draft in group)
        for draft in group:
            if draft.id in self.ids or own[draft.id] > 1:
                return _used_again(draft)
            if problem := self._too_late(draft):
                return OvertakenError(problem.format(named=unpack(draft.body["decision"])))
            if problem := self._out_of_place(draft):
                return _out_of_place(draft, problem)
        for draft in group:
            self._add(draft)
        return True

    def _add(self, draft: Draft) -> None:
        self.ids.add(draft.id)
        self.superseded.update(_superseded(draft))
        for entry in _about(draft):
            self.cases[entry] += 1
            if draft.kind == "appeal":
                self.appeals[entry] = _MADE_NOW
                continue
            self.reviewed.add(entry)
            if "outcome" in draft.body.get("appeal", {}):
                del self.appeals[entry]

    def _too_late(self, draft: Draft) -> str:
        """Why a review or an appeal comes too late; empty where it does not, or is another kind of entry."""
        for entry in _about(draft):
            if entry in self.superseded:
                return "decision {named} was judged again since: go by the decision that stands in its place"
            if draft.after not in (None, self.cases[entry]):
                return "somebody has ruled on decision {named}, or appealed against it, since you looked: look again"
            opened = self.appeals.get(entry, 0)
            if draft.kind == "appeal":
                return "there is an open appeal against decision {named}: wait for its outcome" if opened else ""
            if draft.body.get("appeal", {}).get("entry", 0) != opened:
                return "the appeal against decision {named} was lodged or settled since you looked: look again"
            if opened and (entry, draft.body["reviewer"]) in self.done:
                return "an appeal goes to somebody who has not ruled on the decision: {named} needs another reviewer"
            holder = self.holders.get(draft.body["decision"])
            if holder is not None and holder != draft.body["reviewer"]:
                return f"{_escaped(unpack(holder))} works on decision {{named}}: it is theirs until they let it go"
        return ""

    def _out_of_place(self, draft: Draft) -> str:
        """Why the decision cannot stand in place of the one it names; empty where it can, or names none."""
        entries = _superseded(draft)
        if self.superseded.intersection(entries):
            return "decision {named} is superseded already"
        if self.reviewed.intersection(entries):
            return "a person has ruled on decision {named}"
        if any(self.cases[entry] for entry in entries):
            return "there is an appeal against decision {named}, on which a person must rule"
        if entries and draft.body["content"] not in self.kept:
            return "the content of decision {named} has been forgotten"
        return ""


def _superseded(draft: Draft) -> list[int]:
    return [draft.body["supersedes"]["entry"]] if "supersedes" in draft.body else []


def _about(draft: Draft) -> list[int]:
    """The decision that a person speaks about."""
    return [draft.body["entry"]] if draft.kind in {"review", "appeal"} else []


def _among(connection: Connection, column: Column[Any], wanted: Sequence[Any]) -> set[Any]:
    found: set[Any] = set()
    for some in _parts(wanted):
        found.update(connection.execute(select(column).where(column.in_(some))).scalars())
    return found


def _counted(connection: Connection, column: Column[int], wanted: Sequence[int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for some in _parts(wanted):
        query = select(column, func.count()).where(column.in_(some)).group_by(column)
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return found


def _open_appeals(connection: Connection, entries: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    settled = exists().where(OUTCOMES.c.appeal == APPEALS.c.seq)
    for some in _parts(entries):
        query = select(APPEALS.c.decision, APPEALS.c.seq).where(APPEALS.c.decision.in_(some), ~settled)
        found.update({row.decision: row.seq for row in connection.execute(query)})
    return found


def _ruled_before(connection: Connection, appeals: dict[int, int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for decision, appeal in appeals.items():
        ruled = RULED_CLAUSES.c.decision == decision, RULED_CLAUSES.c.seq < appeal
        query = select(RULED_CLAUSES.c.reviewer).where(*ruled).distinct()
        found.update((decision, reviewer) for reviewer in connection.execute(query).scalars())
    return found


def _holders(connection: Connection, decisions: Sequence[str], now: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in _parts(decisions):
        query = select(CLAIMS.c.decision, CLAIMS.c.reviewer).where(CLAIMS.c.decision.in_(some), live(now))
        found.update({row.decision: row.reviewer for row in connection.execute(query)})
    return found


def _parts(wanted: Sequence[Any]) -> Iterable[Sequence[Any]]:
    unique = list(dict.fromkeys(wanted))
    return (unique[first : first + _AT_ONCE] for first in range(0, len(unique), _AT_ONCE))


def _escaped(name: str) -> str:
    return name.replace("{", "{{").replace("}", "}}")


def _used_again(draft: Draft) -> StoreError:
    return StoreError(f"{draft.kind} {unpack(draft.id)} is already on record; each is recorded once, under its own id")


def _out_of_place(draft: Draft, why: str) -> SuccessionError:
    said = why.format(named=unpack(draft.body["supersedes"]["decision"]))
    return SuccessionError(f"{said}: decision {unpack(draft.id)} cannot stand in its place")
