"""Whether the test suite of a policy notices when the policy says something else: by its labels, and by a judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from komainu.cascade import Cascade
from komainu.domain import Policy, Ruling
from komainu.errors import InputError
from komainu.evals.questions import Question, questions
from komainu.evals.run import Score, evaluate
from komainu.evals.suites import Suite
from komainu.metrics import standing
from komainu.policies import Case
from komainu.policies.coverage import coverage
from komainu.policies.mutants import Mutant, NotMade, Operator, Reading, make, read_labels, redundant

MARGIN = 0.1  # by how much the order of the cases must suffer; restatements seldom move it as much (design notes)
_PAIRS = 2  # pairs of cases that must change their order at least: one is chance where there are few
Scores = Mapping[tuple[str, str], Score]  # by case and clause id


class Outcome(StrEnum):
    """What a judge makes of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    BLIND = "blind"  # the judge does not tell the cases apart under the true policy either
    UNTRIED = "untried"  # there is no case on one side
    NOT_JUDGED = "not_judged"  # a judge failed on one of the two policies


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How the cases stood under the true policy and under the mutant."""

    outcome: Outcome
    before: float | None = None  # share of pairs of a violating and another case that the judge orders rightly
    after: float | None = None
    pairs: int = 0  # how many
    lost: tuple[str, ...] = ()  # ids of cases that were settled as labelled, and are not leant that way any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One mutant, and who noticed."""

    mutant: Mutant
    labels: Reading
    judged: Judged | None  # None: no judge was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationTest:
    """What mutants found out about the test suite of a policy."""

    policy: str  # id@version
    cases: int
    tried: tuple[Tried, ...]  # the mutants that say something else
    controls: tuple[Tried, ...]  # those that say the same: what is killed of them is killed by chance
    not_made: tuple[NotMade, ...]
    redundant: tuple[str, ...]  # ids of clauses that no case violates alone


async def run_mutation_test(
    policy: Policy,
    cases: Sequence[Case],
    cascade: Cascade | None,
    *,
    margin: float = MARGIN,
    progress: Callable[[int, int], None] | None = None,
) -> MutationTest:
    """Make every mutant of a policy and find out which of them its cases can tell from it.

    Without a cascade only the labels are read. InputError where there is no case; `progress` gets (mutants done, in
    all).
    """
    if not cases:
        raise InputError(f"policy {policy.id}: expected cases to try it on; there are none: write its cases.jsonl")
    made = make(policy, controls=cascade is not None)
    covered = coverage(policy, cases)
    true = await _scored(policy, cases, cascade) if cascade is not None else {}
    tried: list[Tried] = []
    for mutant in made.mutants:
        judged = None
        if cascade is not None:
            asked = questions(policy, cases, mutant, covered)
            judged = _judged(asked, true, await _scored(mutant.policy, cases, cascade), margin)
        tried.append(Tried(mutant=mutant, labels=read_labels(policy, cases, mutant, covered), judged=judged))
        if progress is not None:
            progress(len(tried), len(made.mutants))
    return MutationTest(
        policy=policy.name,
        cases=len(cases),
        tried=tuple(one for one in tried if one.mutant.operator is not Operator.RESTATE),
        controls=tuple(one for one in tried if one.mutant.operator is Operator.RESTATE),
        not_made=made.not_made,
        redundant=redundant(policy, cases),
    )


async def _scored(policy: Policy, cases: Sequence[Case], cascade: Cascade) -> Scores:
    scores = await evaluate([Suite(policy=policy, cases=tuple(cases))], cascade=cascade)
    return {(score.case, score.clause): score for score in scores}


def _judged(asked: Sequence[Question], true: Scores, mutated: Scores, margin: float) -> Judged:
    if any(score.failure for scores in (true, mutated) for score in scores.values()):
        return Judged(outcome=Outcome.NOT_JUDGED)
    if not all(one.violating and one.others for one in asked):
        return Judged(outcome=Outcome.UNTRIED)
    lost = _lost(true, mutated)
    orders = [_orders(one, true, mutated) for one in asked]
    before, after = (_mean([order[side] for order in orders]) for side in (0, 1))
    pairs = sum(order[2] for order in orders)
    return Judged(
        outcome=Outcome.KILLED if lost else _outcome(before, after, pairs, margin),
        before=before,
        after=after,
        pairs=pairs,
        lost=lost,
    )


def _outcome(before: float | None, after: float | None, pairs: int, margin: float) -> Outcome:
    if before is None or after is None or before < 0.5 + margin:
        return Outcome.BLIND
    return Outcome.KILLED if before - after >= max(margin, _PAIRS / pairs) else Outcome.SURVIVED


def _orders(one: Question, true: Scores, mutated: Scores) -> tuple[float | None, float | None, int]:
    """The order of the cases under both policies, and of how many pairs.

    Cases on which a judge abstains under one of the policies are left out.
    """
    found: list[tuple[bool, float, float]] = []
    for case in (*one.violating, *one.others):
        before = _highest(true, case, one.clauses_before)
        after = _highest(mutated, case, one.clauses_after)
        if before is not None and after is not None:
            found.append((case in one.violating, before, after))
    above, below = ([row for row in found if row[0] is side] for side in (True, False))
    was, now = (standing([row[side] for row in above], [row[side] for row in below]) for side in (1, 2))
    return was, now, len(above) * len(below)


def _highest(scores: Scores, case: str, clauses: Sequence[str]) -> float | None:
    found = [scores[case, clause].probability for clause in clauses]
    known = [one for one in found if one is not None]
    return max(known) if len(known) == len(found) and known else None


def _lost(true: Scores, mutated: Scores) -> tuple[str, ...]:
    """Cases on which a clause was settled as labelled, and is not even leant that way now.

    That a probability crosses a threshold is not enough: restatements do that too. A violation of a clause that is gone
    is not lost where another clause of the same case is found violated.
    """
    lost: dict[str, None] = {}
    for (case, clause), score in true.items():
        if not _is_right(score):
            continue
        now = mutated.get((case, clause))
        if now is None:
            found = any(one.ruling is Ruling.VIOLATED for (other, _), one in mutated.items() if other == case)
            kept = found or not score.label
        else:
            kept = _is_right(now) or _leans_right(now)
        if not kept:
            lost[case] = None
    return tuple(lost)


def _is_right(score: Score) -> bool:
    return score.ruling is (Ruling.VIOLATED if score.label else Ruling.CLEAR)


def _leans_right(score: Score) -> bool:
    """Whether an open clause has a probability on the side of its label."""
    return score.ruling is Ruling.OPEN and score.probability is not None and (score.probability >= 0.5) is score.label


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
