"""K4xx: how long a policy is, and what comes first."""

import re
from collections.abc import Iterator
from itertools import chain

from komainu.domain import Targets
from komainu.policies.lint.finding import Hit, Level
from komainu.policies.lint.registry import register
from komainu.policies.lint.subject import Subject
from komainu.policies.lint.text import estimate_tokens

_SHORT, _LONG, _FAR_TOO_LONG = 400, 600, 10_000  # tokens of a policy
_LONG_CLAUSE = 120  # tokens
_PRECEDENCE = re.compile(
    r"\b(?:precedence|dominates?|prevails?|wins?|overrides?|takes priority|instead of|rather than|comes? first"
    r"|only when|escalat\w+|hold|benefit of the doubt)\b|優先|扱いとする|人が判断|疑わしい",
    re.IGNORECASE,
)


@register(
    "K401",
    Level.NOTE,
    "the policy is short",
    "Judges read policies of 400 to 600 tokens best (estimated: 0.75 English words a token, 0.85 tokens a Japanese "
    "character; examples not counted). Definitions and boundaries may be missing.",
)
def short(subject: Subject) -> Iterator[Hit]:
    """A policy below the length that works best."""
    tokens = _tokens(subject)
    if tokens < _SHORT:
        yield subject.hit(f"the policy has about {tokens} tokens; {_SHORT} to {_LONG} work best")


@register(
    "K402",
    Level.WARNING,
    "the policy is long",
    "Judges read policies of 400 to 600 tokens best (estimated: 0.75 English words a token, 0.85 tokens a Japanese "
    "character; examples not counted) and cope with some 10,000. Tighten it, or split it by topic.",
)
def long(subject: Subject) -> Iterator[Hit]:
    """A policy above the length that works best."""
    tokens = _tokens(subject)
    if tokens > _FAR_TOO_LONG:
        yield subject.hit(f"the policy has about {tokens:,} tokens; above {_FAR_TOO_LONG:,} judges lose parts of it")
    elif tokens > _LONG:
        yield subject.hit(f"the policy has about {tokens:,} tokens; {_SHORT} to {_LONG} work best")


@register(
    "K403",
    Level.NOTE,
    "nothing says which clause comes first",
    "Where two clauses fit, judges pick differently. Say under Ambiguity which one counts, or when a person decides.",
)
def no_precedence(subject: Subject) -> Iterator[Hit]:
    """Several clauses, and no statement that names two of them or orders them."""
    ids = [clause.id for clause in subject.clauses]
    named = re.compile("|".join(rf"(?<![A-Za-z0-9-]){re.escape(one)}(?![A-Za-z0-9])" for one in ids))
    for item in subject.policy.ambiguity:
        if _PRECEDENCE.search(item) or len(set(named.findall(item))) > 1:
            return
    if len(subject.policy.clauses) > 1:
        yield subject.hit("no statement under Ambiguity says which of two clauses comes first")


@register(
    "K404",
    Level.WARNING,
    "a clause is long",
    "A clause is one rule. Move terms to Definitions and exceptions to Allowed, or split it.",
)
def long_clause(subject: Subject) -> Iterator[Hit]:
    """A clause that says more than one thing can."""
    for clause in chain(subject.draft.body.clauses, subject.draft.body.allowed):
        if (tokens := estimate_tokens(clause.text)) > _LONG_CLAUSE:
            yield subject.hit(
                f"{clause.id} has about {tokens} tokens; at most {_LONG_CLAUSE} are one rule", clause.place
            )


@register(
    "K405",
    Level.NOTE,
    "the policy sets no targets",
    "Targets make the test suite a gate: `targets: {max_wrong: 0.1}` fails it where more than a tenth is wrong.",
)
def no_targets(subject: Subject) -> Iterator[Hit]:
    """A policy that asks nothing of its test suite."""
    if subject.policy.targets == Targets():
        yield subject.hit("the policy sets no targets for its test suite")


def _tokens(subject: Subject) -> int:
    policy = subject.policy
    parts = [policy.purpose, *policy.ambiguity]
    parts += (f"{one.term} {one.meaning}" for one in policy.definitions)
    parts += (f"{clause.id} {clause.title} {clause.text}" for clause in subject.clauses)
    return sum(map(estimate_tokens, parts))
