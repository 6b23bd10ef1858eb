"""The differences between the clauses of two versions."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from komainu.domain import AllowedClause, Clause, ExactRules, Policy
from komainu.policies.diff.change import Change, Effect, Kind, Part, Place
from komainu.policies.diff.pair import AnyClause, Paired
from komainu.policies.diff.values import listed, reworded

_RULES = ExactRules.__slots__


def clause_changes(pairs: Paired, old: Policy, new: Policy) -> Iterator[Change]:
    """Clauses that are gone, those that both versions have, those that are new, and the order of those they share."""
    for clause in pairs.removed:
        yield _whole(Kind.REMOVED, clause)
    for was, now in pairs.both:
        yield from _changed(was, now, pairs.renamed)
    for clause in pairs.added:
        yield _whole(Kind.ADDED, clause)
    renamed = pairs.renamed
    for part, before, after in (
        (Part.CLAUSE, old.clauses, new.clauses),
        (Part.EXCEPTION, old.allowed, new.allowed),
    ):
        was_ids = [renamed.get(clause.id, clause.id) for clause in before]
        yield from _reordered(part, was_ids, [clause.id for clause in after])


def part_of(clause: AnyClause) -> Part:
    """Whether it forbids or allows."""
    return Part.CLAUSE if isinstance(clause, Clause) else Part.EXCEPTION


def _whole(kind: Kind, clause: AnyClause) -> Change:
    said = f"{clause.title}: {clause.text}"
    old, new = (said, "") if kind is Kind.REMOVED else ("", said)
    return Change(kind=kind, part=part_of(clause), effect=Effect.VERDICT, name=clause.id, old=old, new=new)


def _changed(was: AnyClause, now: AnyClause, renamed: dict[str, str]) -> Iterator[Change]:
    part, name = part_of(now), now.id
    if was.id != now.id:
        yield Change(kind=Kind.RENAMED, part=part, effect=Effect.NONE, name=name, old=was.id, new=now.id)
    if part_of(was) is not part:
        moved = (part_of(was).value, part.value)
        yield Change(kind=Kind.MOVED, part=part, effect=Effect.VERDICT, name=name, old=moved[0], new=moved[1])
    for field in ("title", "text"):
        yield from reworded(_place(now, field), getattr(was, field), getattr(now, field))
    yield from _valued(was, now)
    if isinstance(was, AllowedClause) and isinstance(now, AllowedClause):
        limits = [renamed.get(one, one) for one in was.limits]
        if limits != list(now.limits):
            yield _limits(now, limits)
    yield from listed(_place(now, "examples"), was.examples, now.examples)
    for field in _RULES:
        yield from listed(_place(now, field), getattr(was.rules, field), getattr(now.rules, field))


def _place(clause: AnyClause, field: str) -> Place:
    return Place(part=part_of(clause), effect=Effect.VERDICT, name=clause.id, field=field)


def _valued(was: AnyClause, now: AnyClause) -> Iterator[Change]:
    """Severity and action, which say what is done; a clause that was an exception had none."""
    if not (isinstance(was, Clause) and isinstance(now, Clause)):
        return
    for field, old, new in (
        ("severity", str(was.severity), str(now.severity)),
        ("action", was.action.label, now.action.label),
    ):
        if old != new:
            yield Change(
                kind=Kind.CHANGED,
                part=Part.CLAUSE,
                effect=Effect.ACTION,
                name=now.id,
                field=field,
                old=old,
                new=new,
            )


def _limits(now: AllowedClause, was: list[str]) -> Change:
    """Which clauses an exception is to; none named means all, so that this is not a list like others."""
    same = bool(was) and sorted(was) == sorted(now.limits)
    return Change(
        kind=Kind.REORDERED if same else Kind.CHANGED,
        part=Part.EXCEPTION,
        effect=Effect.NONE if same else Effect.VERDICT,
        name=now.id,
        field="limits",
        old=", ".join(was) or "every clause",
        new=", ".join(now.limits) or "every clause",
    )


def _reordered(part: Part, old: list[str], new: list[str]) -> Iterator[Change]:
    """The clauses that left their place among those that both versions have in this section."""
    before, after = [one for one in old if one in new], [one for one in new if one in old]
    kept = {
        before[block.a + step]
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    for clause_id in after:
        if clause_id not in kept:
            places = (before.index(clause_id) + 1, after.index(clause_id) + 1)
            yield Change(
                kind=Kind.REORDERED,
                part=part,
                effect=Effect.NONE,
                name=clause_id,
                field="place",
                old=str(places[0]),
                new=str(places[1]),
            )
