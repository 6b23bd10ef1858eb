"""The policies in force for one surface."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from komainu.domain.action import Action
from komainu.domain.digest import digest_of
from komainu.domain.policy import Clause, Policy
from komainu.domain.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """The policies in force for one surface, with their precedence, named by digest.

    Precedence: where a policy that dominates another is violated, the other's violations stay on record but no longer
    shape the action. Its open clauses still hold.
    """

    policies: tuple[Policy, ...]
    digest: str = field(init=False, compare=False)
    clauses: tuple[Clause, ...] = field(init=False, compare=False)  # of all policies, in order
    _by_key: Mapping[str, Clause] = field(init=False, compare=False, repr=False)
    _dominators: Mapping[str, frozenset[str]] = field(init=False, compare=False, repr=False)  # who is above whom

    def __post_init__(self) -> None:
        if not self.policies:
            raise ValueError("a rulebook needs at least one policy; with none, nothing would be judged")
        ids = [policy.id for policy in self.policies]
        if twice := {policy_id for policy_id in ids if ids.count(policy_id) > 1}:
            raise ValueError(f"a rulebook holds each policy once; given twice: {', '.join(sorted(twice))}")
        clauses = tuple(clause for policy in self.policies for clause in policy.clauses)
        object.__setattr__(self, "clauses", clauses)
        object.__setattr__(self, "_by_key", {clause.key: clause for clause in clauses})
        object.__setattr__(self, "digest", digest_of([policy.digest for policy in self.policies]))
        above = _dominators(self.policies)
        object.__setattr__(self, "_dominators", above if any(above.values()) else {})

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.policies)

    @property
    def names(self) -> tuple[str, ...]:
        """The policies as `id@version`, in order."""
        return tuple(policy.name for policy in self.policies)

    @property
    def has_precedence(self) -> bool:
        """Whether any policy of it dominates another."""
        return bool(self._dominators)

    def policy(self, policy_id: str) -> Policy:
        """The policy of that id; KeyError where the rulebook has none."""
        for policy in self.policies:
            if policy.id == policy_id:
                return policy
        raise KeyError(policy_id)

    def clause(self, key: str) -> Clause:
        """The violating clause of that key (`policy/clause`); KeyError where the rulebook has none."""
        return self._by_key[key]

    def action(self, rulings: Mapping[str, Ruling]) -> Action:
        """What the rulings come to: ALLOW only where every clause is clear; a clause without ruling is open."""
        severest = Action.ALLOW
        yielding = self._yielding(rulings)
        for clause in self.clauses:
            ruling = rulings.get(clause.key, Ruling.OPEN)
            if ruling is Ruling.CLEAR or (ruling is Ruling.VIOLATED and clause.policy in yielding):
                continue
            asked = clause.action if ruling is Ruling.VIOLATED else Action.HOLD
            if asked > severest:  # noqa: PLR1730 - this runs for every clause of every decision, and max is slower
                severest = asked
        return severest

    def holding(self, rulings: Mapping[str, Ruling]) -> tuple[str, ...]:
        """Keys of the clauses that ask for HOLD: open ones, and violated ones whose action it is."""
        yielding = self._yielding(rulings)
        return tuple(
            clause.key
            for clause in self.clauses
            if _holds(clause, rulings.get(clause.key, Ruling.OPEN), yields=clause.policy in yielding)
        )

    def _yielding(self, rulings: Mapping[str, Ruling]) -> frozenset[str]:
        """The policies that a violated one dominates."""
        if not self._dominators:
            return frozenset()
        violated = {clause.policy for clause in self.clauses if rulings.get(clause.key) is Ruling.VIOLATED}
        return frozenset(policy_id for policy_id, above in self._dominators.items() if above & violated)


def _holds(clause: Clause, ruling: Ruling, *, yields: bool) -> bool:
    return ruling is Ruling.OPEN or (ruling is Ruling.VIOLATED and clause.action is Action.HOLD and not yields)


def _dominators(policies: tuple[Policy, ...]) -> Mapping[str, frozenset[str]]:
    """For each policy, the ids of all that dominate it, also through others; ValueError where they form a cycle."""
    direct: dict[str, set[str]] = {policy.id: set() for policy in policies}
    for policy in policies:
        direct[policy.id].update(other for other in policy.yields_to if other in direct)
        for other in policy.dominates:
            if other in direct:
                direct[other].add(policy.id)
    reached = {policy_id: _reach(policy_id, direct) for policy_id in direct}
    if cyclic := sorted(policy_id for policy_id, above in reached.items() if policy_id in above):
        raise ValueError(f"precedence runs in a circle between {', '.join(cyclic)}; drop one dominates or yields_to")
    return reached


def _reach(start: str, direct: Mapping[str, set[str]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(direct[start])
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(direct[current])
    return frozenset(seen)
