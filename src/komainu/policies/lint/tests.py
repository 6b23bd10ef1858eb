"""K31x: the test suite of a policy."""

import re
from collections import defaultdict
from collections.abc import Iterator

from komainu.policies.cases import CASES_FILE, Case
from komainu.policies.lint.exact import matches
from komainu.policies.lint.finding import Hit, Level
from komainu.policies.lint.registry import register
from komainu.policies.lint.subject import Subject

_FEW = 12  # cases; with fewer, one arguable case moves a share by more than eight points
_PAIR = re.compile(r"pair:\S+")


@register(
    "K310",
    Level.WARNING,
    "the policy has no test suite",
    "Figures measured on other people's policies say nothing about this one. Write cases that it decides.",
)
def no_cases(subject: Subject) -> Iterator[Hit]:
    """A policy without cases."""
    if not subject.has_cases:
        yield subject.hit(f"there is no {CASES_FILE} beside the policy")


@register(
    "K311",
    Level.ERROR,
    "the test suite cannot be read",
    "Cases that cannot be read test nothing.",
)
def unreadable_cases(subject: Subject) -> Iterator[Hit]:
    """Lines that are no case, ids used twice, clauses that do not exist."""
    for problem in subject.case_problems:
        yield subject.hit_cases(problem.problem, problem.line)


@register(
    "K312",
    Level.WARNING,
    "no case violates a clause",
    "Whether a judge finds violations of a clause is unknown until a case violates it.",
)
def untested_clause(subject: Subject) -> Iterator[Hit]:
    """A clause that no case violates."""
    tested = {clause_id for case in subject.cases for clause_id in case.violates}
    for clause in subject.draft.body.clauses:
        if subject.has_cases and clause.id not in tested:
            yield subject.hit(f"no case violates {clause.id}", clause.place)


@register(
    "K313",
    Level.NOTE,
    "a clause has no boundary pair",
    "Two cases that differ by a few words and get opposite labels show whether a judge reads the rule or the topic. "
    "Tag both `pair:1` (or another number).",
)
def no_pair(subject: Subject) -> Iterator[Hit]:
    """A clause that no pair of cases turns on."""
    paired = set(_paired_clauses(subject.cases))
    for clause in subject.draft.body.clauses:
        if subject.has_cases and clause.id not in paired:
            yield subject.hit(f"no pair of cases turns on {clause.id}", clause.place)


@register(
    "K314",
    Level.WARNING,
    "the test suite is small",
    "Shares of a few cases are mostly chance.",
)
def few_cases(subject: Subject) -> Iterator[Hit]:
    """A suite of less than a dozen cases."""
    if subject.has_cases and len(subject.cases) < _FEW:
        yield subject.hit_cases(f"there are {len(subject.cases)} cases; write at least {_FEW}")


@register(
    "K315",
    Level.WARNING,
    "an exception is never tested",
    "Exceptions are what judges get wrong first. Write a case that one decides, tag it `exception`, and name the "
    "allowed clause in its `why`.",
)
def untested_exception(subject: Subject) -> Iterator[Hit]:
    """Allowed clauses that no case can be about."""
    if not subject.has_cases:
        return
    exceptions = [case for case in subject.cases if "exception" in case.tags and not case.violates]
    unnamed = [clause for clause in subject.draft.body.allowed if not any(clause.id in case.why for case in exceptions)]
    spare = sum(not any(clause.id in case.why for clause in subject.policy.allowed) for case in exceptions)
    for clause in unnamed[spare:]:
        yield subject.hit(f"no case tagged `exception` is left for {clause.id}", clause.place)


@register(
    "K316",
    Level.WARNING,
    "an exact rule hits what the policy allows",
    "Exact rules decide without a judgement. Make the rule narrower, or correct the label.",
)
def rule_hits_allowed(subject: Subject) -> Iterator[Hit]:
    """An exact rule that matches an allowed example, or a case that does not violate its clause."""
    policy = subject.policy
    allowed = [*policy.fine, *(example for clause in policy.allowed for example in clause.examples)]
    for draft, clause in zip(subject.draft.body.clauses, policy.clauses, strict=True):
        exceptions = [exception.rules for exception in policy.exceptions_to(clause)]
        for text in allowed:
            if (rule := matches(clause.rules, text)) and not any(matches(rules, text) for rules in exceptions):
                yield subject.hit(f"the rule {rule!r} of {clause.id} hits an allowed example: {text!r}", draft.place)
        for case in subject.cases:
            if clause.id in case.violates or any(matches(rules, case.text) for rules in exceptions):
                continue
            if rule := matches(clause.rules, case.text):
                problem = f"the rule {rule!r} of {clause.id} hits the case {case.id}, which does not violate it"
                yield subject.hit_cases(problem, case.line)


def _paired_clauses(cases: tuple[Case, ...]) -> Iterator[str]:
    pairs: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        for tag in filter(_PAIR.fullmatch, case.tags):
            pairs[tag].append(case)
    for pair in pairs.values():
        for case in pair:
            for clause_id in case.violates:
                if any(clause_id not in other.violates for other in pair):
                    yield clause_id
