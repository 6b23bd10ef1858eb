"""Which examples a prompt shows."""

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from komainu.domain import Policy

FEWEST, MOST = 6, 16  # of a policy, where it has so many
_LONGEST = 240  # characters; longer ones only where there is no other

Example = tuple[str, tuple[str, ...]]  # a text, and the ids of the clauses it violates


def chosen(policy: Policy) -> list[Example]:
    """Half of them violating: one of each clause in turn as far as MOST allows, the shorter ones first."""
    most = min(MOST, max(FEWEST, 2 * len(policy.clauses)))
    bad: dict[str, list[str]] = {}
    for clause in policy.clauses:
        for text in clause.examples:
            bad.setdefault(text, []).append(clause.id)
    violating = [
        [(text, tuple(bad[text])) for text in _short(clause.examples) if bad[text][0] == clause.id]
        for clause in policy.clauses
    ]
    fine = [[(text, ()) for text in _short(some)] for some in (*(one.examples for one in policy.allowed), policy.fine)]
    above, below = (
        list(_in_turn(violating)),
        list(_in_turn([[(t, ()) for t, _ in some if t not in bad] for some in fine])),
    )
    half = most // 2
    count = min(len(above), max(half, most - len(below)))
    return list(_alternating(above[:count], below[: most - count]))


def _short(texts: Sequence[str]) -> list[str]:
    fitting = [text for text in texts if len(text) <= _LONGEST]
    return fitting or sorted(texts, key=len)[:1]


def _in_turn(lists: Sequence[Sequence[Example]]) -> Iterator[Example]:
    return (one for round_ in zip_longest(*lists) for one in round_ if one is not None)


def _alternating(above: Sequence[Example], below: Sequence[Example]) -> Iterator[Example]:
    return (one for one in chain.from_iterable(zip_longest(above, below)) if one is not None)
