"""Texts and lists, compared."""

from collections import Counter
from collections.abc import Iterator, Sequence

from komainu.policies.diff.change import Change, Effect, Kind, Place
from komainu.policies.diff.words import edits, without_spaces


def reworded(place: Place, old: str, new: str) -> Iterator[Change]:
    """A text that says something else, or the same with other spaces; nothing where both are equal."""
    if old == new:
        return
    spaces = without_spaces(old) == without_spaces(new)
    yield Change(
        kind=Kind.RESPACED if spaces else Kind.REWORDED,
        part=place.part,
        effect=Effect.NONE if spaces else place.effect,
        name=place.name,
        field=place.field,
        old=old,
        new=new,
        edits=() if spaces else edits(old, new),
    )


def listed(place: Place, old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    """A list with other members, or the same in another order; nothing where both are equal."""
    if tuple(old) == tuple(new):
        return
    out, put = (tuple((Counter(one) - Counter(other)).elements()) for one, other in ((old, new), (new, old)))
    same = not out and not put
    yield Change(
        kind=Kind.REORDERED if same else Kind.CHANGED,
        part=place.part,
        effect=Effect.NONE if same else place.effect,
        name=place.name,
        field=place.field,
        out=out,
        put=put,
    )
