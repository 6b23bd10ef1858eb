"""What any store of the record can do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from komainu.domain import Action, Appeal, Certificate, Claim, Content, Decision, Label, Lapse, Review, Step, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The end of the ledger at one moment; kept elsewhere, it proves later that nothing up to it was changed."""

    entries: int  # 0: the ledger is empty
    hash: str  # of the last entry, SHA-256 in hex; of an empty ledger: 64 zeros

    def __str__(self) -> str:
        return f"{self.entries}:{self.hash}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFault:
    """One thing that is wrong with the ledger."""

    entry: int  # sequence number of the entry, from 1
    problem: str  # what is wrong, in one sentence
    id: str = ""  # of the decision, review or label concerned, where it can be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a walk over the whole ledger found."""

    head: Checkpoint
    faults: tuple[LedgerFault, ...]  # empty: every entry is as it was written, none is missing


class Store(Protocol):
    """The record: decisions, what people and judges came to and why, on an append-only ledger, content beside it.

    A method that writes returns when what it wrote is durable; where it is cancelled, what it was to write may be on
    record all the same. Words about a content (rationales, details of abstentions, notes) are empty once the content
    has been forgotten. All methods raise StoreError (or a kind of it) where the record cannot be kept or read.
    """

    async def record(self, decision: Decision, content: Content, traces: Sequence[Trace] = ()) -> None:
        """Put a decision on record with the content it is about; StoreError where the id is already there.

        One that supersedes another settles all that holds that one back; StoreError where there is no such decision
        on that content, it has been superseded already, or a person has ruled on it or appealed against it. The traces
        are kept apart, where the store keeps any.
        """

    async def add_golden(self, decision: Decision, content: Content, labels: Sequence[Label]) -> None:
        """Put a golden item on record, a decision on what is known, with its answers; together or not at all.

        `decision` and `decisions` give it as any other; it is never among what is `held` unless asked for.
        """

    async def add_review(self, review: Review, labels: Sequence[Label] = (), *, after: int | None = None) -> None:
        """Put a review and the labels it makes on record, together or not at all; ends the claim of its reviewer.

        OvertakenError where somebody else's claim holds, the decision was judged again, another appeal is open than the
        review names, or, where `after` says how many reviews and appeals it took into account, there are others.
        """

    async def add_appeal(self, appeal: Appeal, *, after: int | None = None) -> None:
        """Put an appeal on record; OvertakenError as for a review, and where another appeal is open."""

    async def add_labels(self, labels: Sequence[Label]) -> None:
        """Put labels on record, together or not at all."""

    async def add_certificates(self, certificates: Sequence[Certificate]) -> None:
        """Put certificates on record, together or not at all."""

    async def lapse(self, lapses: Sequence[Lapse]) -> None:
        """Take certificates back, together or not at all; StoreError where one is not on record."""

    async def certificates(self, *, clause: str = "") -> tuple[Certificate, ...]:
        """Certificates in the order recorded, those taken back too; of one clause where named.

        StoreError where one was changed after it was recorded.
        """

    async def add_steps(self, steps: Sequence[Step]) -> None:
        """Put steps on record, together or not at all."""

    async def steps(self, *, subject: str = "") -> tuple[Step, ...]:
        """Steps in the order recorded, of one subject where named."""

    async def decision(self, decision_id: str) -> Decision | None:
        """The decision of that id."""

    async def decisions(
        self, *, action: Action | None = None, since: datetime | None = None, after: str = "", limit: int = 100
    ) -> tuple[Decision, ...]:
        """Decisions in the order recorded, those behind the decision `after` first; at most `limit` of them."""

    async def held(self, *, after: str = "", limit: int = 100, golden: bool = False) -> tuple[Decision, ...]:
        """Decisions that wait for a person, in the order recorded; none that is superseded.

        With `golden`, the golden items that wait; else all others.

        Those that hold, by a clause that people have not settled; those with any other clause that people ruled on
        and have not settled; and those with an open appeal. On a clause each person has one word, their last since
        the last appeal about it; it is settled when more say one thing than the other, and at least two where one of
        them was not enough (`Review.second`).
        """

    async def golden(self) -> tuple[Decision, ...]:
        """All golden items, in the order recorded."""

    async def successor(self, decision_id: str) -> Decision | None:
        """The decision that supersedes that one, if any."""

    async def traces(self, decision_id: str) -> tuple[Trace, ...]:
        """What models thought aloud before that decision; empty where it was not kept, or not for so long.

        StoreError where there is no key to open them with.
        """

    async def reviews(self, decision_id: str) -> tuple[Review, ...]:
        """The reviews of a decision, oldest first."""

    async def history(self, decision_id: str) -> tuple[Review | Appeal, ...]:
        """The reviews of a decision and the appeals against it, in the order recorded."""

    async def histories(self, decisions: Sequence[str]) -> Mapping[str, tuple[Review | Appeal, ...]]:
        """The same of many decisions, by their ids; nothing for those without any."""

    async def reviewed(
        self, *, reviewer: str = "", since: datetime | None = None, after: str = "", limit: int = 1000
    ) -> tuple[Review, ...]:
        """Reviews in the order recorded, those behind the review `after` first.

        Only those of one reviewer, and then only those made at `since` or later, where that is given.
        """

    async def claim(self, decision_id: str, *, reviewer: str, lease_seconds: float, after: int) -> bool:
        """Give a decision to a reviewer for so long, and to nobody else; or renew their claim.

        False where somebody else's claim holds, where it was judged again, or where there are other than `after`
        reviews of it and appeals against it by now. Claims are no part of the record: they may be lost with a restored
        backup, and then somebody else gets the decision.
        """

    async def release(self, decision_id: str, *, reviewer: str) -> bool:
        """End the claim of that reviewer; False where they have none that holds."""

    async def claims(self) -> tuple[Claim, ...]:
        """Who has claimed what; those that have expired or were let go are kept for a day."""

    async def labels(self, *, clause: str = "", content: str = "", limit: int = 1000) -> tuple[Label, ...]:
        """Labels in the order recorded, of one clause or one content where named."""

    async def content(self, digest: str) -> Content | None:
        """The content of that digest, or None where it was never kept or has been forgotten."""

    async def forget(self, digest: str) -> bool:
        """Delete a content, and all words about it; the ledger stays whole. False where there was none."""

    async def head(self) -> Checkpoint:
        """The end of the ledger now."""

    async def verify(
        self, *, expected: Checkpoint | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Verification:
        """Walk the whole ledger; `expected` is an earlier checkpoint that it must still contain.

        `progress` gets (entries done, entries in all) from time to time.
        """

    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
