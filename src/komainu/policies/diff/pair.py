"""Which clause of the old version became which of the new."""

from dataclasses import dataclass

from komainu.domain import AllowedClause, Clause, Policy
from komainu.policies.diff.words import likeness, may_be_like

LIKE = 0.6  # share of the words from which a clause with another id is the same clause; difflib's own rule of thumb
AnyClause = Clause | AllowedClause


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """The clauses of two versions."""

    both: tuple[tuple[AnyClause, AnyClause], ...]  # as it was and as it is, in the order of the new version
    removed: tuple[AnyClause, ...]
    added: tuple[AnyClause, ...]

    @property
    def renamed(self) -> dict[str, str]:
        """Old id -> new id of every clause that has another."""
        return {old.id: new.id for old, new in self.both if old.id != new.id}


def paired(old: Policy, new: Policy) -> Paired:
    """Clauses of one id are one clause; of those whose id is gone, the ones that are alike, the likest first."""
    by_id = {clause.id: clause for clause in old.every_clause}
    partners = {clause.id: by_id[clause.id] for clause in new.every_clause if clause.id in by_id}
    left = [clause for clause in old.every_clause if clause.id not in partners]
    unknown = [clause for clause in new.every_clause if clause.id not in by_id]
    for _, was, now in sorted(_candidates(left, unknown), key=lambda one: -one[0]):
        if was in left and now.id not in partners:
            partners[now.id] = was
            left.remove(was)
    return Paired(
        both=tuple((partners[clause.id], clause) for clause in new.every_clause if clause.id in partners),
        removed=tuple(left),
        added=tuple(clause for clause in unknown if clause.id not in partners),
    )


def words_of(clause: AnyClause) -> str:
    """What a clause says: title and text."""
    return f"{clause.title}\n{clause.text}"


def _candidates(left: list[AnyClause], unknown: list[AnyClause]) -> list[tuple[float, AnyClause, AnyClause]]:
    found = []
    for was in left:
        for now in unknown:
            if may_be_like(words_of(was), words_of(now), LIKE):
                alike = likeness(words_of(was), words_of(now))
                if alike >= LIKE:
                    found.append((alike, was, now))
    return found
