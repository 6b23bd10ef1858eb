"""What to mend before a new version is used."""

import re
from collections.abc import Iterator, Sequence

from komainu.policies.cases import Case
from komainu.policies.diff.change import Effect, Kind, Part
from komainu.policies.diff.compare import PolicyDiff
from komainu.policies.diff.pair import paired, words_of
from komainu.policies.diff.words import likeness

_SHOWN = 5  # cases named in one warning
_SAME = 0.9  # likeness from which one clause says what another said


def warnings(diff: PolicyDiff, cases: Sequence[Case] = ()) -> tuple[str, ...]:
    """One sentence each: the version, ids that cases still use, ids that came to mean something else.

    `cases` are those that will test the new version.
    """
    return (*_version(diff), *_policy_id(diff), *_gone(diff, cases), *_reused(diff), *_unclear(diff))


def _version(diff: PolicyDiff) -> Iterator[str]:
    old, new = diff.old.version, diff.new.version
    said = [change for change in diff.changes if change.effect is not Effect.NONE or change.kind is Kind.RENAMED]
    if said and old == new:
        yield f"the version is {new} still, though what the policy says changed: give it another"
    elif _number(new) < _number(old):
        yield f"the version went back from {old} to {new}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _policy_id(diff: PolicyDiff) -> Iterator[str]:
    if diff.old.id != diff.new.id:
        yield (
            f"the id {diff.old.id} became {diff.new.id}: labels, fits and decisions on record go by the old one, "
            "and so do policies that name it in their precedence"
        )


def _gone(diff: PolicyDiff, cases: Sequence[Case]) -> Iterator[str]:
    pairs = paired(diff.old, diff.new)
    now = {clause.id for clause in diff.new.clauses}
    for clause in diff.old.clauses:
        used = [case.id for case in cases if clause.id in case.violates]
        if clause.id in now or not used:
            continue
        became = f"is {pairs.renamed[clause.id]} now" if clause.id in pairs.renamed else "is gone"
        more = f" and {len(used) - _SHOWN} more" if len(used) > _SHOWN else ""
        yield f"{clause.id} {became}, and {', '.join(used[:_SHOWN])}{more} still violate it: correct these cases"


def _reused(diff: PolicyDiff) -> Iterator[str]:
    """Ids that stayed while the words went to another id, as when clauses are numbered anew."""
    was = {clause.id: clause for clause in diff.old.every_clause}
    for clause in diff.new.every_clause:
        if clause.id not in was or likeness(words_of(was[clause.id]), words_of(clause)) >= _SAME:
            continue
        for other in diff.old.every_clause:
            if other.id != clause.id and likeness(words_of(other), words_of(clause)) >= _SAME:
                yield f"{clause.id} says what {other.id} said: labels and cases go by ids; give new clauses new ids"


def _unclear(diff: PolicyDiff) -> Iterator[str]:
    """Clauses that stopped or began to be an exception: every label on them stands for the contrary now."""
    for change in diff.changes:
        if change.kind is Kind.MOVED:
            now = "an exception" if change.part is Part.EXCEPTION else "a violation"
            yield f"{change.name} is {now} now: look through the cases on both sides of it"
