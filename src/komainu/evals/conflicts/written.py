"""Contradictions in what is written: ids, precedence, examples, words."""

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations

from komainu.domain import Clause, Policy, Rulebook
from komainu.evals.conflicts.conflict import Conflict, Sort, Written, allowed_by, meets
from komainu.policies.diff import likeness
from komainu.policies.diff.words import may_be_like, without_spaces

SAME = 0.9  # likeness from which one clause says what another does
ALIKE = 0.75  # from which an exception is worded like a clause


def by_id(given: Sequence[Written]) -> tuple[list[Written], list[Conflict]]:
    """The policies, each id once, and the ids that are used again."""
    first: dict[str, Written] = {}
    found = []
    for one in given:
        other = first.setdefault(one.policy.id, one)
        if other is not one:
            what = f"{other.place} and {one.place} have one id"
            found.append(_certain(Sort.SAME_ID, one.policy.id, one.policy.id, what))
    return list(first.values()), found


def by_precedence(policies: Sequence[Policy]) -> Iterator[Conflict]:
    """Whether precedence runs in a circle: pairs that dominate each other, else the circle as a whole."""
    try:
        Rulebook(policies=tuple(policies))
    except ValueError as error:
        pairs = [(a, b) for a, b in combinations(policies, 2) if _is_above(a, b) and _is_above(b, a)]
        for one, other in pairs:
            yield _certain(Sort.CIRCLE, one.id, other.id, f"{one.id} and {other.id} dominate each other")
        if not pairs:
            yield _certain(Sort.CIRCLE, policies[0].id, policies[-1].id, str(error))


def by_examples(policies: Sequence[Policy]) -> Iterator[Conflict]:
    """Texts that one policy gives as an example of what it allows, and another of what violates it."""
    for one, other in permutations(policies, 2):
        if not meets(one, other):
            continue
        forbidden = {_plain(text): clause for clause in other.clauses for text in clause.examples}
        for allowed in allowed_by(one):
            clause = forbidden.get(_plain(allowed.text))
            if clause is not None:
                what = f"an example of {allowed.key}, which allows it, and of {clause.key}, which forbids it"
                yield _certain(Sort.EXAMPLE, allowed.key, clause.key, what, allowed.text)


def by_words(policies: Sequence[Policy]) -> Iterator[Conflict]:
    """One clause in two policies with other consequences, and exceptions worded like another policy's clause."""
    for one, other in combinations(policies, 2):
        if meets(one, other):
            for clause in one.clauses:
                for another in other.clauses:
                    yield from _twice(clause, another)
    for one, other in permutations(policies, 2):
        if meets(one, other):
            for exception in one.allowed:
                for clause in other.clauses:
                    if _likeness(exception.text, clause.text, ALIKE) >= ALIKE:
                        what = f"{exception.key} allows in nearly these words what {clause.key} forbids"
                        yield Conflict(
                            sort=Sort.WORDS, is_certain=False, first=exception.key, second=clause.key, what=what
                        )


def _twice(clause: Clause, another: Clause) -> Iterator[Conflict]:
    if (clause.severity, clause.action) == (another.severity, another.action):
        return
    is_same = _plain(clause.text) == _plain(another.text)
    if not is_same and _likeness(clause.text, another.text, SAME) < SAME:
        return
    differs = " and ".join(
        f"{name} {a} and {b}"
        for name, a, b in (
            ("severity", clause.severity, another.severity),
            ("action", clause.action.label, another.action.label),
        )
        if a != b
    )
    said = "say the same" if is_same else "say nearly the same"
    yield Conflict(
        sort=Sort.CLAUSE,
        is_certain=is_same,
        first=clause.key,
        second=another.key,
        what=f"{clause.key} and {another.key} {said}, with {differs}",
    )


def _is_above(one: Policy, other: Policy) -> bool:
    return other.id in one.dominates or one.id in other.yields_to


def _likeness(one: str, other: str, at_least: float) -> float:
    return likeness(one, other) if may_be_like(one, other, at_least) else 0.0


def _plain(text: str) -> str:
    return without_spaces(text).casefold()


def _certain(sort: Sort, first: str, second: str, what: str, text: str = "") -> Conflict:
    return Conflict(sort=sort, is_certain=True, first=first, second=second, what=what, text=text)
