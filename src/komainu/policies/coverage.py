"""Which clauses and exceptions a test suite tries near the line, on which side."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from komainu.domain import AllowedClause, Clause, Policy
from komainu.policies.cases import Case
from komainu.policies.diff.words import likeness, may_be_like
from komainu.policies.stems import nearest

NEAR = 0.5  # share of words from which two texts count as near each other
_PAIR = re.compile(r"pair:\S+")
_NEAR_TAGS = {"boundary", "exception", "quote"}  # of a case that does not violate: it looks as if it did


class Basis(StrEnum):
    """How it is known that a case is near a clause, the surest first."""

    PAIR = "pair"  # tagged `pair:N` with a case of the other side
    NAMED = "named"  # the case's `why` names the clause, or an exception to it alone
    TAG = "tag"  # it violates the clause and is tagged `boundary`
    WORDS = "words"  # a guess from shared words


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A case near the line of a clause, or that an exception decides, and how that is known."""

    case: str  # id
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseCoverage:
    """The cases on either side of one violating clause."""

    clause: str  # id
    violating: tuple[str, ...]  # ids of all cases that violate it
    inside: tuple[Near, ...]  # of them, those near the line
    outside: tuple[Near, ...]  # cases near the line that do not violate it

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing, in words; empty where the clause is covered."""
        if not self.violating:
            inside = f"no case violates {self.clause}"
        else:
            inside = "" if self.inside else f"no boundary case violates {self.clause}"
        outside = "" if self.outside else f"no boundary case stays clear of {self.clause}"
        return tuple(filter(None, (inside, outside)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCoverage:
    """The cases that one exception decides."""

    clause: str  # id
    cases: tuple[Near, ...]

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is missing, in words; empty where the exception is covered."""
        return () if self.cases else (f"no case is allowed by {self.clause}",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What the test suite of a policy tries."""

    policy: str  # id@version
    cases: int
    clauses: tuple[ClauseCoverage, ...]
    exceptions: tuple[ExceptionCoverage, ...]

    @property
    def gaps(self) -> tuple[str, ...]:
        """Everything that is missing, clause by clause, then exception by exception."""
        of_clauses = (gap for clause in self.clauses for gap in clause.gaps)
        return (*of_clauses, *(gap for exception in self.exceptions for gap in exception.gaps))


def coverage(policy: Policy, cases: Sequence[Case]) -> Coverage:
    """The boundary cases of every clause on both sides, and the cases of every exception."""
    decided = {allowed.id: tuple(decided_by(policy, allowed, cases)) for allowed in policy.allowed}
    return Coverage(
        policy=policy.name,
        cases=len(cases),
        clauses=tuple(_clause(policy, clause, cases) for clause in policy.clauses),
        exceptions=tuple(ExceptionCoverage(clause=key, cases=found) for key, found in decided.items()),
    )


def decided_by(policy: Policy, allowed: AllowedClause, cases: Sequence[Case]) -> Iterator[Near]:
    """The cases that an exception decides: those whose `why` names it, and such tagged `exception` that name none.

    Of the latter each goes to the exception whose words are nearest to its own.
    """
    said = {one.id: " ".join((one.title, one.text, *one.examples)) for one in policy.allowed}
    for case in cases:
        if _is_violated(policy, allowed, case):
            continue
        if names(case.why, allowed.id):
            yield Near(case=case.id, basis=Basis.NAMED)
        elif "exception" not in case.tags or any(names(case.why, key) for key in said):
            continue
        elif nearest(f"{case.why} {case.text}", said) == allowed.id:
            yield Near(case=case.id, basis=Basis.WORDS)


def names(text: str, clause_id: str) -> bool:
    """Whether a text names a clause by its id: SP1 is named in `not SP1.`, and not in `SP12` or `SP1-A`."""
    return re.search(rf"(?<![A-Za-z0-9-]){re.escape(clause_id)}(?![A-Za-z0-9-])", text) is not None


def _is_violated(policy: Policy, allowed: AllowedClause, case: Case) -> bool:
    """Whether the case violates every clause to which the exception applies: then it did not decide the case."""
    limited = [clause.id for clause in policy.clauses if not allowed.limits or clause.id in allowed.limits]
    return set(limited) <= set(case.violates)


def _clause(policy: Policy, clause: Clause, cases: Sequence[Case]) -> ClauseCoverage:
    violating = [case for case in cases if clause.id in case.violates]
    others = [case for case in cases if clause.id not in case.violates]
    return ClauseCoverage(
        clause=clause.id,
        violating=tuple(case.id for case in violating),
        inside=tuple(_inside(violating, others)),
        outside=tuple(_outside(policy, clause, violating, others)),
    )


def _inside(violating: Sequence[Case], others: Sequence[Case]) -> Iterator[Near]:
    for case in violating:
        if _is_paired(case, others):
            yield Near(case=case.id, basis=Basis.PAIR)
        elif "boundary" in case.tags:
            yield Near(case=case.id, basis=Basis.TAG)
        elif _is_near(case.text, [other.text for other in others]):
            yield Near(case=case.id, basis=Basis.WORDS)


def _outside(policy: Policy, clause: Clause, violating: Sequence[Case], others: Sequence[Case]) -> Iterator[Near]:
    texts = [*(case.text for case in violating), *clause.examples]
    exceptions = policy.exceptions_to(clause)
    alone = [one.id for one in exceptions if len(one.limits or policy.clauses) == 1]
    for case in others:
        if _is_paired(case, violating):
            yield Near(case=case.id, basis=Basis.PAIR)
        elif any(names(case.why, key) for key in (clause.id, *alone)):
            yield Near(case=case.id, basis=Basis.NAMED)
        elif _is_near(case.text, texts) or _is_guessed(policy, clause, case):
            yield Near(case=case.id, basis=Basis.WORDS)


def _is_paired(case: Case, others: Sequence[Case]) -> bool:
    mine = {tag for tag in case.tags if _PAIR.fullmatch(tag)}
    return any(mine.intersection(other.tags) for other in others)


def _is_near(text: str, others: Sequence[str]) -> bool:
    return any(may_be_like(text, other, NEAR) and likeness(text, other) >= NEAR for other in others)


def _is_guessed(policy: Policy, clause: Clause, case: Case) -> bool:
    """Whether an innocent case that looks guilty, and does not say of what, looks most like this clause.

    A case that names an exception is compared with the clauses that it is an exception to.
    """
    if case.violates or not _NEAR_TAGS.intersection(case.tags):
        return False
    if any(names(case.why, one.id) for one in policy.clauses):
        return False
    named = [one for one in policy.allowed if names(case.why, one.id)]
    open_to = [
        one
        for one in policy.clauses
        if not named or any(not allowed.limits or one.id in allowed.limits for allowed in named)
    ]
    said = {one.id: " ".join((one.title, one.text, *one.examples)) for one in open_to}
    return nearest(f"{case.why} {case.text}", said) == clause.id
