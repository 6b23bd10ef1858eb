"""Whether the labels of a test suite can tell a mutant from the true policy, without asking a judge."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from komainu.domain import Policy
from komainu.policies.cases import Case
from komainu.policies.coverage import Basis, Coverage, Near
from komainu.policies.mutants.mutant import Mutant, Operator
from komainu.policies.stems import stems

_TRACED = 1 / 3  # share of the words taken out that a case must speak of to turn on them


class Trace(StrEnum):
    """Why a case's label is another under the mutant."""

    LABEL = "label"  # by the labels themselves: certain
    NAMED = "named"  # its `why` names the exception that is gone: as certain as the reason is right
    WORDS = "words"  # it speaks of what was taken out, or is nearest to it: a guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The cases whose labels a mutant gets wrong, were it read by somebody who errs never."""

    cases: tuple[str, ...]  # ids
    trace: Trace  # how the surest of them is known; of none, what would have been needed
    is_defined: bool = True  # False: the words taken out stand elsewhere in the clause, so nothing can be traced

    @property
    def is_killed(self) -> bool:
        """Whether at least one label is another."""
        return bool(self.cases)

    @property
    def is_survived(self) -> bool:
        """Whether no label is another, although one could be."""
        return self.is_defined and not self.cases


def read_labels(policy: Policy, cases: Sequence[Case], mutant: Mutant, covered: Coverage) -> Reading:
    """Which labels would be others if the mutant were the policy; `covered` is what the cases cover of the policy.

    Dropped: those that name the clause. Negated: those, and the boundary cases that stay clear of it (what is far from
    a clause is not counted, although its strict negation holds there too). Swapped: those that name one of both.
    Exceptions: the cases they decide. Weakened: violating, boundary and decided cases that speak of what was taken out.
    """
    clause = mutant.clause
    match mutant.operator:
        case Operator.RESTATE:
            return Reading(cases=(), trace=Trace.LABEL)
        case Operator.WEAKEN:
            return _weakened(policy, cases, mutant, covered)
        case Operator.SWAP:
            one_of_both = [case for case in cases if (clause in case.violates) is not (mutant.other in case.violates)]
            return _labelled(case.id for case in one_of_both)
        case Operator.DROP if (near := decided_cases(covered, clause)) is not None:
            return _decided(near)
        case Operator.DROP:
            return _labelled(case.id for case in cases if clause in case.violates)
        case Operator.NEGATE:
            found = next(one for one in covered.clauses if one.clause == clause)
            outside = [near.case for near in found.outside if near.basis is not Basis.WORDS]
            return _labelled((*found.violating, *outside))


def redundant(policy: Policy, cases: Sequence[Case]) -> tuple[str, ...]:
    """Ids of clauses that cases violate, yet never alone: without them the same content is found, and as much is done.

    Either no case tries what the clause adds, or it adds nothing.
    """
    actions = {clause.id: clause.action for clause in policy.clauses}
    found = []
    for clause in policy.clauses:
        violating = [case for case in cases if clause.id in case.violates]
        others = [[actions[one] for one in case.violates if one != clause.id] for case in violating]
        if violating and all(rest and max(rest) >= clause.action for rest in others):
            found.append(clause.id)
    return tuple(found)


def _labelled(ids: Iterator[str] | Sequence[str]) -> Reading:
    return Reading(cases=tuple(ids), trace=Trace.LABEL)


def decided_cases(covered: Coverage, clause_id: str) -> tuple[Near, ...] | None:
    """The cases that an exception decides; None where the id is that of a violating clause."""
    return next((one.cases for one in covered.exceptions if one.clause == clause_id), None)


def _decided(near: Sequence[Near]) -> Reading:
    named = tuple(one.case for one in near if one.basis is Basis.NAMED)
    if named:
        return Reading(cases=named, trace=Trace.NAMED)
    return Reading(cases=tuple(one.case for one in near), trace=Trace.WORDS)


def _weakened(policy: Policy, cases: Sequence[Case], mutant: Mutant, covered: Coverage) -> Reading:
    true, weaker = (
        next(one for one in source.every_clause if one.id == mutant.clause) for source in (policy, mutant.policy)
    )
    gone = stems(true.text) - stems(f"{weaker.text} {weaker.title}")
    turning = _turning_on(covered, mutant.clause)
    needed = max(1, math.ceil(len(gone) * _TRACED))
    spoken = (
        case.id for case in cases if case.id in turning and len(gone & stems(f"{case.why} {case.text}")) >= needed
    )
    return Reading(cases=tuple(spoken) if gone else (), trace=Trace.WORDS, is_defined=bool(gone))


def _turning_on(covered: Coverage, clause_id: str) -> set[str]:
    """Ids of the cases that a clause or exception decides, on either side."""
    near = decided_cases(covered, clause_id)
    if near is not None:
        return {one.case for one in near}
    found = next(one for one in covered.clauses if one.clause == clause_id)
    return {*found.violating, *(one.case for one in found.outside)}
