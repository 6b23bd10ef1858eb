"""The record on an SQL database."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from komainu.domain import Action, Appeal, Certificate, Claim, Content, Decision, Label, Lapse, Review, Step, Trace
from komainu.errors import StoreError, SuccessionError
from komainu.store import claims, queries
from komainu.store.append import Append, Appender, Change, Forget, Item
from komainu.store.bodies.text import pack
from komainu.store.certificates import find_certificate, find_certificates
from komainu.store.database import Database
from komainu.store.entries import (
    Draft,
    draft_appeal,
    draft_certificate,
    draft_decision,
    draft_label,
    draft_lapse,
    draft_review,
    draft_step,
)
from komainu.store.groups import GroupCommit
from komainu.store.problems import store_errors
from komainu.store.protocol import Checkpoint, Verification
from komainu.store.traces import TraceKeeper
from komainu.store.verify import Verifier

Args = ParamSpec("Args")
Found = TypeVar("Found")


class SqlStore:
    """The record on SQLite or PostgreSQL; any number of tasks, threads and processes may use it at once.

    A caller that is cancelled while it waits may find its entry on record all the same.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime], keeper: TraceKeeper | None = None) -> None:
        self._database, self._clock, self._keeper = database, clock, keeper
        self._commits: GroupCommit[Item] = GroupCommit(Appender(database, clock).carry_out)
        self._closed = False

    async def record(self, decision: Decision, content: Content, traces: Sequence[Trace] = ()) -> None:
        """Put a decision on record with the content it is about; StoreError where the id is already there."""
        entry, superseded = await self._superseded(decision) if decision.supersedes else (0, None)

        def drafts() -> tuple[Draft, ...]:
            draft = draft_decision(decision, content, superseded=superseded, entry=entry)
            sealed = self._keeper.sealed(decision.id, traces) if self._keeper is not None else None
            return (replace(draft, traces=sealed),)

        await self._commits.submit(Append(drafts=drafts))

    async def add_golden(self, decision: Decision, content: Content, labels: Sequence[Label]) -> None:
        """Put a golden item on record with its answers."""

        def drafts() -> tuple[Draft, ...]:
            return (draft_decision(decision, content, golden=True), *map(draft_label, labels))

        await self._commits.submit(Append(drafts=drafts))

    async def add_review(self, review: Review, labels: Sequence[Label] = (), *, after: int | None = None) -> None:
        """Put a review and the labels it makes on record; StoreError where it is not about a decision on record."""
        what = f"review {review.id}"
        entry, decision = await self._about(what, review.decision, review.rulings)
        appeal = await self._read(queries.find_number, review.appeal, "appeal") if review.appeal else 0
        if appeal is None:
            raise StoreError(f"{what} is made on appeal {review.appeal}, which is not on record")

        def drafts() -> tuple[Draft, ...]:
            draft = draft_review(review, decision=decision, entry=entry, appeal=appeal)
            return (replace(draft, after=after), *map(draft_label, labels))

        await self._commits.submit(Append(drafts=drafts))

    async def add_appeal(self, appeal: Appeal, *, after: int | None = None) -> None:
        """Put an appeal on record; StoreError where it is not about a decision on record."""
        entry, decision = await self._about(f"appeal {appeal.id}", appeal.decision, appeal.clauses)

        def drafts() -> tuple[Draft, ...]:
            return (replace(draft_appeal(appeal, decision=decision, entry=entry), after=after),)

        await self._commits.submit(Append(drafts=drafts))

    async def add_labels(self, labels: Sequence[Label]) -> None:
        """Put labels on record, together or not at all."""
        if labels:
            await self._commits.submit(Append(drafts=lambda: tuple(map(draft_label, labels))))

    async def add_certificates(self, certificates: Sequence[Certificate]) -> None:
        """Put certificates on record, together or not at all."""
        if certificates:
            await self._commits.submit(Append(drafts=lambda: tuple(map(draft_certificate, certificates))))

    async def lapse(self, lapses: Sequence[Lapse]) -> None:
        """Take certificates back, together or not at all; StoreError where one is not on record."""
        entries = []
        for one in lapses:
            entry = await self._read(find_certificate, one.certificate)
            if entry is None:
                raise StoreError(f"expected a certificate on record to take back; there is no {one.certificate}")
            entries.append(entry)
        if lapses:
            await self._commits.submit(Append(drafts=lambda: tuple(map(draft_lapse, lapses, entries))))

    async def certificates(self, *, clause: str = "") -> tuple[Certificate, ...]:
        """Certificates in the order recorded; StoreError where one was changed since."""
        return await self._read(find_certificates, clause=clause)

    async def add_steps(self, steps: Sequence[Step]) -> None:
        """Put steps on record, together or not at all."""
        if steps:
            await self._commits.submit(Append(drafts=lambda: tuple(map(draft_step, steps))))

    async def steps(self, *, subject: str = "") -> tuple[Step, ...]:
        """Steps in the order recorded, of one subject where named."""
        return await self._read(queries.find_steps, subject=subject)

    async def decision(self, decision_id: str) -> Decision | None:
        """The decision of that id; words that have been forgotten are empty."""
        found = await self._read(queries.find_decision, decision_id)
        return None if found is None else found[1]

    async def decisions(
        self, *, action: Action | None = None, since: datetime | None = None, after: str = "", limit: int = 100
    ) -> tuple[Decision, ...]:
        """Decisions in the order recorded, made at `since` or later, behind the decision `after`."""
        if since is not None and since.tzinfo is None:
            raise StoreError(f"`since` needs a time zone; got {since}")
        return await self._read(queries.find_decisions, action=action, since=since, after=after, limit=limit)

    async def held(self, *, after: str = "", limit: int = 100, golden: bool = False) -> tuple[Decision, ...]:
        """Decisions that wait for a person, oldest first; golden items, where these are wanted, else all others."""
        return await self._read(queries.find_held, after=after, limit=limit, golden=golden)

    async def golden(self) -> tuple[Decision, ...]:
        """All golden items, oldest first."""
        return await self._read(queries.find_golden)

    async def successor(self, decision_id: str) -> Decision | None:
        """The decision that supersedes that one, if any."""
        return await self._read(queries.find_successor, decision_id)

    async def traces(self, decision_id: str) -> tuple[Trace, ...]:
        """What models thought aloud before that decision; StoreError without the key."""
        sealed = await self._read(queries.find_traces, decision_id, self._clock())
        if sealed is None:
            return ()
        if self._keeper is None:
            raise StoreError("traces are sealed: expected their key in KOMAINU_TRACE_KEY; it is not set")
        return await asyncio.to_thread(self._keeper.opened, decision_id, sealed)

    async def reviews(self, decision_id: str) -> tuple[Review, ...]:
        """The reviews of a decision, oldest first."""
        return await self._read(queries.find_reviews, decision_id)

    async def history(self, decision_id: str) -> tuple[Review | Appeal, ...]:
        """The reviews of a decision and the appeals against it, in the order recorded."""
        return await self._read(queries.find_history, decision_id)

    async def histories(self, decisions: Sequence[str]) -> Mapping[str, tuple[Review | Appeal, ...]]:
        """The same of many decisions, by their ids; nothing for those without any."""
        return await self._read(queries.find_histories, decisions)

    async def reviewed(
        self, *, reviewer: str = "", since: datetime | None = None, after: str = "", limit: int = 1000
    ) -> tuple[Review, ...]:
        """Reviews in the order recorded, by one reviewer and made at `since` or later where given."""
        if since is not None and since.tzinfo is None:
            raise StoreError(f"`since` needs a time zone; got {since}")
        return await self._read(queries.find_reviewed, reviewer=reviewer, since=since, after=after, limit=limit)

    async def claim(self, decision_id: str, *, reviewer: str, lease_seconds: float, after: int) -> bool:
        """Give the decision to the reviewer for so long; False where it cannot be had."""
        if await self.decision(decision_id) is None:
            raise StoreError(f"expected the id of a decision on record; got {decision_id!r}")
        if not reviewer.strip() or not lease_seconds > 0:
            raise StoreError(f"a claim has a reviewer and a lease; got {reviewer!r} and {lease_seconds} seconds")
        make = partial(claims.take, decision=decision_id, reviewer=reviewer, lease_seconds=lease_seconds, after=after)
        return await self._commits.submit(Change(make=make))

    async def release(self, decision_id: str, *, reviewer: str) -> bool:
        """End a claim; False where that reviewer has none."""
        make = partial(claims.let_go, decision=decision_id, reviewer=reviewer)
        return await self._commits.submit(Change(make=make))

    async def claims(self) -> tuple[Claim, ...]:
        """The claims of now, and those that have lately expired or been let go."""
        return await self._read(claims.find_claims)

    async def labels(self, *, clause: str = "", content: str = "", limit: int = 1000) -> tuple[Label, ...]:
        """Labels in the order recorded, of one clause or one content where named."""
        return await self._read(queries.find_labels, clause=clause, content=content, limit=limit)

    async def content(self, digest: str) -> Content | None:
        """The content of that digest, or None where it was never kept or has been forgotten."""
        return await self._read(queries.find_content, digest)

    async def forget(self, digest: str) -> bool:
        """Delete a content, and all words about it; False where there was none.

        On SQLite what was deleted is overwritten in the file; on PostgreSQL that is up to the server's vacuum. Backups
        are the operator's.
        """
        return await self._commits.submit(Forget(digest=pack(digest)))

    async def head(self) -> Checkpoint:
        """The end of the ledger now."""
        return await self._read(queries.find_head)

    async def verify(
        self, *, expected: Checkpoint | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Verification:
        """Walk the whole ledger as it stands now; what is recorded meanwhile is left for the next time.

        Whoever can write the database can also make the whole ledger anew: only `expected`, kept elsewhere, shows that.
        """
        self._refuse_if_closed()
        with store_errors(self._database.place):
            connection = await asyncio.to_thread(self._database.reader.connect)
            with connection:
                verifier = Verifier(connection, expected)
                while await asyncio.to_thread(verifier.step):
                    if progress is not None:
                        progress(verifier.done, verifier.total)
                return await asyncio.to_thread(verifier.finish)

    async def close(self) -> None:
        """Finish what is being written and let go of the database; closing again does nothing."""
        self._closed = True
        await self._commits.close()
        await asyncio.to_thread(self._database.close)

    async def _about(self, what: str, named: str, clauses: Iterable[str]) -> tuple[int, Decision]:
        """The decision that a review or an appeal is about, and the number of its entry."""
        found = await self._read(queries.find_decision, named)
        if found is None:
            raise StoreError(f"{what} is of decision {named}, which is not on record")
        decision = found[1]
        if strangers := [key for key in clauses if key not in decision.rulings]:
            raise StoreError(
                f"{what} is about clauses that decision {decision.id} did not rule on: {', '.join(strangers)}; "
                f"expected some of {', '.join(decision.rulings)}"
            )
        return found

    async def _superseded(self, decision: Decision) -> tuple[int, Decision]:
        found = await self._read(queries.find_decision, decision.supersedes)
        if found is None:
            raise SuccessionError(f"decision {decision.id} supersedes {decision.supersedes}, which is not on record")
        before = found[1]
        if before.content != decision.content:
            raise SuccessionError(f"decision {decision.id} supersedes {before.id}, which is on another content")
        if left := [key for key in (*before.holding, *before.violated_clauses) if key not in decision.rulings]:
            raise SuccessionError(
                f"decision {decision.id} does not rule on {', '.join(dict.fromkeys(left))}, which decision {before.id} "
                "left open or found violated: a person must"
            )
        return found

    async def _read(
        self, find: Callable[Concatenate[Connection, Args], Found], *args: Args.args, **kwargs: Args.kwargs
    ) -> Found:
        self._refuse_if_closed()

        def run() -> Found:
            with store_errors(self._database.place), self._database.reader.connect() as connection:
                return find(connection, *args, **kwargs)

        return await asyncio.to_thread(run)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("the store is closed; open it again")
