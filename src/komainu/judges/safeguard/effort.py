"""How hard a reasoner thinks about which clauses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from komainu.domain import Clause, Policy
from komainu.judges.safeguard.profiles import EFFORTS

SENSITIVE = ("health", "law", "finance", "minors")


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortRule:
    """Low first, higher where more is at stake."""

    usual: str = "low"
    severe: str = "medium"  # for clauses from `severe_from` on, and for policies of a sensitive domain
    severe_from: int = 4  # severity; 5: never
    sensitive: tuple[str, ...] = SENSITIVE  # a policy whose domain names one of these words
    least: str = "low"  # whatever else is said, as on appeal
    by_clause: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # by clause key or policy id

    def __post_init__(self) -> None:
        for effort in (self.usual, self.severe, self.least, *self.by_clause.values()):
            if effort not in EFFORTS:
                raise ValueError(f"expected an effort ({', '.join(EFFORTS)}); got {effort!r}")

    def effort(self, policy: Policy, clauses: Sequence[Clause]) -> str:
        """For one question about these clauses of the policy: the highest that any of them asks for."""
        return max((self.least, *(self._of(policy, clause) for clause in clauses)), key=EFFORTS.index)

    def _of(self, policy: Policy, clause: Clause) -> str:
        named = self.by_clause.get(clause.key, self.by_clause.get(policy.id))
        if named is not None:
            return named
        domain = policy.domain.casefold()
        stakes = clause.severity >= self.severe_from or any(word in domain for word in self.sensitive)
        return max(self.usual, self.severe, key=EFFORTS.index) if stakes else self.usual


def higher(effort: str) -> str:
    """The next effort up; the highest stays."""
    return EFFORTS[min(EFFORTS.index(effort) + 1, len(EFFORTS) - 1)] if effort else ""


def lower(effort: str) -> str:
    """The next effort down; the lowest stays."""
    return EFFORTS[max(EFFORTS.index(effort) - 1, 0)] if effort else ""
