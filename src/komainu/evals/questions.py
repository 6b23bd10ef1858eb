"""What a judge must tell apart so that a mutant is noticed."""

from collections.abc import Sequence
from dataclasses import dataclass

from komainu.domain import Policy
from komainu.policies import Case
from komainu.policies.coverage import Coverage
from komainu.policies.mutants import Mutant, Operator, decided_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Cases that should score higher than others by the true policy; the highest of some clauses counts."""

    violating: tuple[str, ...]  # ids of cases
    others: tuple[str, ...]
    clauses_before: tuple[str, ...]  # ids, in the true policy
    clauses_after: tuple[str, ...]  # ids, in the mutant


def questions(policy: Policy, cases: Sequence[Case], mutant: Mutant, covered: Coverage) -> tuple[Question, ...]:
    """One question; two where clauses are swapped.

    A clause that is gone scores nothing: there the question is whether its cases still stand above what violates
    nothing, by whatever clause. An exception is to keep the cases that it decides below what violates the clauses it
    limits.
    """
    decided = decided_cases(covered, mutant.clause)
    if decided is not None:
        return (_of_exception(policy, cases, mutant, {near.case for near in decided}),)
    if mutant.operator is Operator.DROP:
        return (_of_dropped(policy, cases, mutant),)
    ids = (mutant.clause, mutant.other) if mutant.operator is Operator.SWAP else (mutant.clause,)
    return tuple(
        Question(
            violating=tuple(case.id for case in cases if clause in case.violates),
            others=tuple(case.id for case in cases if clause not in case.violates),
            clauses_before=(clause,),
            clauses_after=(clause,),
        )
        for clause in ids
    )


def _of_exception(policy: Policy, cases: Sequence[Case], mutant: Mutant, decided: set[str]) -> Question:
    exception = next(one for one in policy.allowed if one.id == mutant.clause)
    limited = tuple(one.id for one in policy.clauses if not exception.limits or one.id in exception.limits)
    return Question(
        violating=tuple(case.id for case in cases if set(limited) & set(case.violates) and case.id not in decided),
        others=tuple(case.id for case in cases if case.id in decided),
        clauses_before=limited,
        clauses_after=limited,
    )


def _of_dropped(policy: Policy, cases: Sequence[Case], mutant: Mutant) -> Question:
    return Question(
        violating=tuple(case.id for case in cases if mutant.clause in case.violates),
        others=tuple(case.id for case in cases if not case.violates),
        clauses_before=tuple(clause.id for clause in policy.clauses),
        clauses_after=tuple(clause.id for clause in mutant.policy.clauses),
    )
