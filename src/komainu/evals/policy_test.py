"""A policy against its own test suite: what is right, wrong and held, and whether its targets are met."""

from collections.abc import Sequence
from dataclasses import dataclass

from komainu.cascade import Cascade
from komainu.domain import Policy, Ruling, Targets
from komainu.errors import InputError
from komainu.evals.run import Score, evaluate
from komainu.evals.suites import Suite
from komainu.policies import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A clause that was settled, and not as the case is labelled."""

    case: Case
    clause: str  # id
    ruling: Ruling
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseTest:
    """How one clause fared over all cases: each is right, wrong or held."""

    clause: str  # id
    cases: int
    violating: int  # of them, labelled as violating this clause
    right: int  # settled as labelled
    wrong: tuple[Wrong, ...]
    held: int  # left open, for a person
    found: int  # of the violating ones, ruled violated
    failures: tuple[str, ...] = ()  # how judges failed, one for each case on which one did


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetCheck:
    """One thing the policy demands of its test suite, and what came."""

    target: str  # name of the field in `Targets`
    demanded: float  # share, 0 to 1
    measured: float | None  # None: there was nothing to measure it on
    reason: str  # one sentence

    @property
    def is_met(self) -> bool:
        """Whether the demand is met; one that could not be measured is not."""
        if self.measured is None:
            return False
        return self.measured >= self.demanded if self.target.startswith("min_") else self.measured <= self.demanded


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyTest:
    """What the test suite of a policy found."""

    policy: str  # id@version
    cases: int
    clauses: tuple[ClauseTest, ...]  # in the order of the policy
    targets: tuple[TargetCheck, ...]  # those that the policy sets

    @property
    def is_passed(self) -> bool:
        """Whether every target that the policy sets is met, and no judge failed: then it would not have been tested."""
        return all(check.is_met for check in self.targets) and not self.failures

    @property
    def failures(self) -> tuple[str, ...]:
        """How judges failed, one for each pair of case and clause on which one did."""
        return tuple(failure for clause in self.clauses for failure in clause.failures)


async def run_policy_test(policy: Policy, cases: Sequence[Case], cascade: Cascade) -> PolicyTest:
    """Judge the cases under the policy alone and hold the rulings against the labels and the policy's targets.

    InputError where there is no case: nothing would have been tested.
    """
    if not cases:
        raise InputError(f"policy {policy.id}: expected cases to test it on; there are none: write its cases.jsonl")
    scores = await evaluate([Suite(policy=policy, cases=tuple(cases))], cascade=cascade)
    scored = list(zip((case for case in cases for _ in policy.clauses), scores, strict=True))
    clauses = tuple(
        _clause_test(clause.id, [(case, score) for case, score in scored if score.clause == clause.id])
        for clause in policy.clauses
    )
    return PolicyTest(policy=policy.name, cases=len(cases), clauses=clauses, targets=_checked(policy.targets, clauses))


def _clause_test(clause: str, scored: Sequence[tuple[Case, Score]]) -> ClauseTest:
    wrong = tuple(
        Wrong(case=case, clause=clause, ruling=score.ruling, probability=score.probability)
        for case, score in scored
        if score.ruling is not Ruling.OPEN and (score.ruling is Ruling.VIOLATED) is not score.label
    )
    held = sum(score.ruling is Ruling.OPEN for _, score in scored)
    return ClauseTest(
        clause=clause,
        cases=len(scored),
        violating=sum(score.label for _, score in scored),
        right=len(scored) - held - len(wrong),
        wrong=wrong,
        held=held,
        found=sum(score.label and score.ruling is Ruling.VIOLATED for _, score in scored),
        failures=tuple(score.failure for _, score in scored if score.failure),
    )


def _checked(targets: Targets, clauses: Sequence[ClauseTest]) -> tuple[TargetCheck, ...]:
    pairs = sum(clause.cases for clause in clauses)
    wrong = sum(len(clause.wrong) for clause in clauses)
    held = sum(clause.held for clause in clauses)
    violating = sum(clause.violating for clause in clauses)
    found = sum(clause.found for clause in clauses)
    checks = (
        _check("max_wrong", targets.max_wrong, wrong, pairs, "case-clause pairs are settled wrongly"),
        _check("max_held", targets.max_held, held, pairs, "case-clause pairs are left to a person"),
        _check("min_recall", targets.min_recall, found, violating, "violating pairs are ruled violated"),
    )
    return tuple(check for check in checks if check is not None)


def _check(target: str, demanded: float | None, count: int, of: int, what: str) -> TargetCheck | None:
    if demanded is None:
        return None
    bound = "at least" if target.startswith("min_") else "at most"
    if not of:
        reason = f"{target}: none of the cases violates a clause, so there is nothing to measure it on"
        return TargetCheck(target=target, demanded=demanded, measured=None, reason=reason)
    reason = f"{target}: {count} of {of} {what} ({count / of:.1%}); {bound} {demanded:.1%} demanded"
    return TargetCheck(target=target, demanded=demanded, measured=count / of, reason=reason)
