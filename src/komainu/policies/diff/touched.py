"""Which clauses a change can give another verdict."""

from collections.abc import Iterator

from komainu.domain import AllowedClause, Clause
from komainu.policies.diff.change import Change, Effect, Part
from komainu.policies.diff.compare import PolicyDiff
from komainu.policies.diff.pair import AnyClause, words_of


def touched(diff: PolicyDiff) -> frozenset[str]:
    """Ids of the violating clauses whose verdicts can be others: as in the new version; of clauses gone, as in the old.

    An exception touches the clauses it limits, a definition those that use its term. What is said of the whole policy
    (purpose, Ambiguity, examples of what is fine) touches all, and so does a term that nothing uses by name.
    """
    found: set[str] = set()
    for change in diff.changes:
        if change.effect is Effect.VERDICT:
            found.update(_by(change, diff))
    return frozenset(found)


def _by(change: Change, diff: PolicyDiff) -> Iterator[str]:
    named = [one for policy in (diff.old, diff.new) for one in policy.every_clause if one.id == change.name]
    if change.part in {Part.CLAUSE, Part.EXCEPTION} and named:
        yield from _under(named, diff)
        return
    if change.part is Part.DEFINITION:
        term = change.name.casefold()
        every = [one for policy in (diff.old, diff.new) for one in policy.every_clause]
        using = [one for one in every if term in words_of(one).casefold()]
        if using:
            yield from _under(using, diff)
            return
    yield from _all(diff)


def _under(clauses: list[AnyClause], diff: PolicyDiff) -> Iterator[str]:
    """Of the clauses, those that violate, and those that the exceptions among them limit."""
    every = frozenset(_all(diff))
    for one in clauses:
        if isinstance(one, Clause):
            yield one.id
        elif isinstance(one, AllowedClause):
            yield from (every.intersection(one.limits) if one.limits else every)


def _all(diff: PolicyDiff) -> Iterator[str]:
    for policy in (diff.old, diff.new):
        yield from (clause.id for clause in policy.clauses)
