"""A clause in both versions of a policy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from komainu.domain import Clause, Ruling
from komainu.policies.diff import PolicyDiff, paired, touched

ABSENT = "absent"  # how a clause stands that a version does not have


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A violating clause as it was and as it is; one of both is None where the other version has none."""

    old: Clause | None
    new: Clause | None
    is_touched: bool  # whether the versions differ in something that can give it another verdict

    @property
    def key(self) -> str:
        """The key of the clause, in the new version where it is there."""
        clause = self.new or self.old
        if clause is None:
            raise ValueError("a lane has a clause in one version at least")
        return clause.key

    @property
    def keys(self) -> tuple[str, str]:
        """Its keys in the old and in the new version; empty where it is not there."""
        return (self.old.key if self.old else "", self.new.key if self.new else "")


def lanes(diff: PolicyDiff) -> tuple[Lane, ...]:
    """Every violating clause of both versions: those of the new one in its order, then those that are gone."""
    return tuple(_lanes(diff))


def stands(rulings: Mapping[str, Ruling], key: str) -> str:
    """How a clause stands, in a word."""
    return rulings.get(key, Ruling.OPEN).value if key else ABSENT


def is_flip(before: str, after: str) -> bool:
    """Whether a clause stands otherwise: one that is absent finds nothing, and so is as good as clear."""
    return (before if before != ABSENT else "clear") != (after if after != ABSENT else "clear")


def _lanes(diff: PolicyDiff) -> Iterator[Lane]:
    pairs, changed = paired(diff.old, diff.new), touched(diff)
    was = {now.id: old for old, now in pairs.both if isinstance(old, Clause)}
    kept: set[str] = set()
    for clause in diff.new.clauses:
        old = was.get(clause.id)
        if old is not None:
            kept.add(old.id)
        yield Lane(old=old, new=clause, is_touched=old is None or bool({clause.id, old.id} & changed))
    yield from (Lane(old=one, new=None, is_touched=True) for one in diff.old.clauses if one.id not in kept)
