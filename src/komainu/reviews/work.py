"""What waits, in which queue, and who gets it next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from komainu.domain import Claim, Decision, Label, Review, Rulebook
from komainu.errors import UsageError
from komainu.reviews.desk import Desk, Item, Reviewer, item_of, severest
from komainu.reviews.golden import known_of
from komainu.reviews.rule import needs_another
from komainu.reviews.votes import Count, History
from komainu.store import Store

DAY = timedelta(hours=24)  # over which exposure is limited
_ALL = 1_000_000_000
_ANOTHER = "it waits for somebody else's word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One decision that waits for a person, as the desk sees it."""

    decision: Decision
    history: History
    count: Count
    item: Item
    queue: str
    claim: Claim | None = None  # that holds
    is_golden: bool = False  # made to see how people rule on it; never shown to them

    @property
    def why(self) -> str:
        """Why it waits, in a word or two."""
        if self.count.appeal is not None:
            return "appeal"
        votes = [self.count.votes[key] for key in self.count.waiting if key in self.count.votes]
        if any(vote.is_tie for vote in votes):
            return "disagreement"
        return "second opinion" if votes else "first ruling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What `next_case` found."""

    case: Case | None  # None: there is nothing that this reviewer may have
    renewed: bool = False  # whether they had it already
    passed_over: Mapping[str, int]  # why others were not handed out, and how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A desk, the policies found here, and the record."""

    desk: Desk
    rulebook: Rulebook | None
    store: Store

    async def cases(self, now: datetime, *, decisions: Sequence[Decision] | None = None) -> list[Case]:
        """What waits, oldest first; or these decisions."""
        if decisions is None:
            waiting = *await self.store.held(limit=_ALL), *await self.store.held(limit=_ALL, golden=True)
            decisions = sorted(waiting, key=lambda decision: decision.decided_at)
        golden = {decision.id for decision in await self.store.golden()}
        histories = await self.store.histories([decision.id for decision in decisions])
        claims = {claim.decision: claim for claim in await self.store.claims() if claim.holds(now)}
        cases = []
        for decision in decisions:
            history = histories.get(decision.id, ())
            count = Count(decision, history)
            content = await self.store.content(decision.content) if self.desk.by_language else None
            item = item_of(decision, count, content, self.rulebook)
            cases.append(
                Case(
                    decision=decision,
                    history=history,
                    count=count,
                    item=item,
                    queue=self.desk.queue_of(item),
                    claim=claims.get(decision.id),
                    is_golden=decision.id in golden,
                )
            )
        return cases

    async def next_case(self, name: str, now: datetime, *, queue: str = "", chance: float = 1.0) -> Handed:
        """Claim one item for that reviewer: what they hold already, else the severest, and of these the oldest.

        Golden items come before all others where `chance`, drawn from 0 to 1, is under the share of the desk, else
        behind them. What they let go, or let expire, comes back to them last. UsageError for a reviewer or queue that
        is not known.
        """
        reviewer = self.desk.reviewer(name)
        if queue:
            self.desk.expect_queue(queue)
        cases = [case for case in await self.cases(now) if not queue or case.queue == queue]
        claims = {claim.decision for claim in await self.store.claims() if claim.reviewer == name}
        seen = await self._seen(name, now, [case for case in cases if case.decision.id in claims])
        known = await self._ruled_golden(name)
        golden_first = chance < self.desk.golden_share
        passed_over: Counter[str] = Counter()
        for case in sorted(cases, key=lambda case: _order(case, name, claims, golden_first=golden_first)):
            own = case.claim is not None and case.claim.reviewer == name
            why_not = self._why_not(case, reviewer, {} if own else seen, known)
            if why_not:
                passed_over[why_not] += 1
            elif await self.claim(case, name):
                claim = next(claim for claim in await self.store.claims() if claim.decision == case.decision.id)
                return Handed(case=replace(case, claim=claim), renewed=own, passed_over=passed_over)
            else:
                passed_over["somebody else took it just now"] += 1
        return Handed(case=None, passed_over=passed_over)

    async def claim(self, case: Case, reviewer: str) -> bool:
        """Claim that case for the lease of the desk, unless anything has happened to it since it was read."""
        return await self.store.claim(
            case.decision.id,
            reviewer=reviewer,
            lease_seconds=self.desk.lease_seconds,
            after=len(case.history),
        )

    def expect_may_rule(self, case: Case, name: str) -> None:
        """UsageError where that reviewer may not rule on this case: a stranger, another's claim, another's queue."""
        reviewer = self.desk.reviewer(name)
        if case.claim is not None and case.claim.reviewer != name:
            raise UsageError(
                f"{case.claim.reviewer} works on decision {case.decision.id} until "
                f"{case.claim.expires_at:%Y-%m-%d %H:%M:%SZ}: wait, or take another (`komainu review next`)"
            )
        if why_not := self.desk.why_not(reviewer, case.queue, case.item):
            raise UsageError(f"{name} does not rule on decision {case.decision.id}: {why_not}")

    async def known(self, case: Case) -> Mapping[str, bool]:
        """What is known of the content: by clause, whether it violates it. Nothing of a golden item, to stay blind."""
        return {} if case.is_golden else known_of(await self.store.labels(content=case.decision.content))

    async def add(self, case: Case, review: Review, labels: Sequence[Label]) -> None:
        """Put a review of that case on record, with its labels unless it is of a golden item.

        OvertakenError where anything has happened to the case since it was read.
        """
        await self.store.add_review(review, () if case.is_golden else labels, after=len(case.history))

    async def _ruled_golden(self, name: str) -> Mapping[str, set[str]]:
        """The golden items that the reviewer has ruled on, by the digest of their content."""
        golden = {decision.id: decision.content for decision in await self.store.golden()}
        found: dict[str, set[str]] = {}
        for review in await self.store.reviewed(reviewer=name, limit=_ALL) if golden else ():
            if review.decision in golden:
                found.setdefault(golden[review.decision], set()).add(review.decision)
        return found

    def _why_not(self, case: Case, reviewer: Reviewer, seen: Mapping[int, int], known: Mapping[str, set[str]]) -> str:
        """Why this person cannot have it; empty where they can."""
        if case.claim is not None and case.claim.reviewer != reviewer.name:
            return "somebody works on it"
        if case.is_golden and known.get(case.decision.content, set()) - {case.decision.id}:
            return _ANOTHER  # they would know it again
        if needs_another(case.count.appeal, reviewer.name, case.history) or not case.count.waiting_for(reviewer.name):
            return _ANOTHER
        if self.desk.why_not(reviewer, case.queue, case.item):
            return "other languages, skills or queues"
        for severity, most in reviewer.limits:
            if case.item.severity >= severity and seen.get(severity, 0) >= most:
                return f"the limit of {most} of severity {severity} or more in 24 hours is reached"
        return ""

    async def _seen(self, name: str, now: datetime, claimed: Sequence[Case]) -> Mapping[int, int]:
        """By severity, how many items of it or more the reviewer ruled on in 24 hours, or took and let go."""
        reviews = await self.store.reviewed(reviewer=name, since=now - DAY, limit=_ALL)
        severities = {review.decision: severest(review.rulings, self.rulebook) for review in reviews}
        severities |= {case.decision.id: case.item.severity for case in claimed}
        return {least: sum(severity >= least for severity in severities.values()) for least in range(1, 5)}


def _order(case: Case, name: str, claims: set[str], *, golden_first: bool) -> tuple[int, bool, int]:
    """What the reviewer holds first, what they let go last, the severest before others; the sort keeps the age."""
    if case.claim is not None and case.claim.reviewer == name:
        return 0, False, -case.item.severity
    return 2 if case.decision.id in claims else 1, case.is_golden is not golden_first, -case.item.severity
