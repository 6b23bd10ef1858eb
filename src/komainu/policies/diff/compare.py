"""The differences between two versions of a policy, in the order in which a policy is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from komainu.domain import Policy
from komainu.policies.diff.change import Change, Effect, Kind, Part, Place
from komainu.policies.diff.clauses import clause_changes
from komainu.policies.diff.pair import LIKE, paired
from komainu.policies.diff.values import listed, reworded
from komainu.policies.diff.words import likeness, may_be_like

_TEXTS = {"title": Effect.VERDICT, "purpose": Effect.VERDICT}  # a reasoner reads both
_VALUES = {
    "id": Effect.NONE,
    "version": Effect.NONE,
    "language": Effect.VERDICT,  # it chooses prompts, calibrations and models
    "domain": Effect.NONE,
}
_AMBIGUITY = Place(part=Part.AMBIGUITY, effect=Effect.VERDICT, name="ambiguity")
_LISTS = {"applies_to": Effect.NONE, "dominates": Effect.ACTION, "yields_to": Effect.ACTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDiff:
    """Two versions of a policy, and what differs; nothing, exactly where both say the same."""

    old: Policy
    new: Policy
    changes: tuple[Change, ...]

    def count(self, effect: Effect) -> int:
        """How many of the changes have this effect."""
        return sum(change.effect is effect for change in self.changes)


def compare(old: Policy, new: Policy) -> PolicyDiff:
    """What differs between two versions, by meaning: comments, line breaks of the file and the like do not count."""
    changes = (
        *_front(old, new),
        *_definitions(old, new),
        *clause_changes(paired(old, new), old, new),
        *_ambiguity(old, new),
        *listed(Place(part=Part.EXAMPLES, effect=Effect.VERDICT, name="none"), old.fine, new.fine),
    )
    return PolicyDiff(old=old, new=new, changes=changes)


def _front(old: Policy, new: Policy) -> Iterator[Change]:
    for name, effect in _TEXTS.items():
        yield from reworded(_front_place(name, effect), getattr(old, name), getattr(new, name))
    values = [(name, getattr(old, name), getattr(new, name), effect) for name, effect in _VALUES.items()]
    for field in fields(old.targets):
        was, now = getattr(old.targets, field.name), getattr(new.targets, field.name)
        values.append((f"targets.{field.name}", was, now, Effect.NONE))
    for name, was, now, effect in values:
        if was != now:
            before, after = ("" if one is None else str(one) for one in (was, now))
            yield Change(kind=Kind.CHANGED, part=Part.FRONT, effect=effect, name=name, old=before, new=after)
    for name, effect in _LISTS.items():
        yield from listed(_front_place(name, effect), getattr(old, name), getattr(new, name))


def _definitions(old: Policy, new: Policy) -> Iterator[Change]:
    was, now = ({one.term: one.meaning for one in policy.definitions} for policy in (old, new))
    for term, meaning in was.items():
        if term in now:
            yield from reworded(_definition(term), meaning, now[term])
        else:
            yield _whole(Kind.REMOVED, Part.DEFINITION, term, meaning)
    for term, meaning in now.items():
        if term not in was:
            yield _whole(Kind.ADDED, Part.DEFINITION, term, meaning)
    yield from _order(Part.DEFINITION, "definitions", list(was), list(now))
    yield from _repeated(old, new)


def _repeated(old: Policy, new: Policy) -> Iterator[Change]:
    """Terms that are defined more than once: told as lists, since none of their meanings is the term's own."""
    was, now = (tuple(f"{one.term}: {one.meaning}" for one in policy.definitions) for policy in (old, new))
    for one in (old, new):
        terms = [definition.term for definition in one.definitions]
        if len(set(terms)) < len(terms):
            yield from listed(_definition("definitions"), was, now)
            return


def _ambiguity(old: Policy, new: Policy) -> Iterator[Change]:
    """Statements have no ids: those that stay are found first, then those that are alike, the likest first."""
    left, unknown = list(old.ambiguity), list(new.ambiguity)
    for item in old.ambiguity:
        if item in unknown:
            unknown.remove(item)
            left.remove(item)
    renewed: dict[str, str] = {}
    for _, was, now in sorted(_alike(left, unknown), key=lambda one: -one[0]):
        if was in left and now in unknown:
            left.remove(was)
            unknown.remove(now)
            renewed[was] = now
            yield from reworded(_AMBIGUITY, was, now)
    yield from (_whole(Kind.REMOVED, Part.AMBIGUITY, "ambiguity", item) for item in left)
    yield from (_whole(Kind.ADDED, Part.AMBIGUITY, "ambiguity", item) for item in unknown)
    stayed = [renewed.get(item, item) for item in old.ambiguity]
    yield from _order(Part.AMBIGUITY, "ambiguity", stayed, list(new.ambiguity))


def _alike(left: Sequence[str], unknown: Sequence[str]) -> list[tuple[float, str, str]]:
    pairs = [(was, now) for was in left for now in unknown if may_be_like(was, now, LIKE)]
    return [(alike, was, now) for was, now in pairs if (alike := likeness(was, now)) >= LIKE]


def _order(part: Part, name: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """Whether those that both have stand in another order."""
    if [one for one in old if one in new] != [one for one in new if one in old]:
        yield Change(kind=Kind.REORDERED, part=part, effect=Effect.NONE, name=name)


def _whole(kind: Kind, part: Part, name: str, text: str) -> Change:
    old, new = (text, "") if kind is Kind.REMOVED else ("", text)
    return Change(kind=kind, part=part, effect=Effect.VERDICT, name=name, old=old, new=new)


def _front_place(name: str, effect: Effect) -> Place:
    return Place(part=Part.FRONT, effect=effect, name=name)


def _definition(term: str) -> Place:
    return Place(part=Part.DEFINITION, effect=Effect.VERDICT, name=term)
