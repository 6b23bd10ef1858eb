"""What decisions on record have in common that makes another ruling more or less likely."""

import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from komainu.cascade import Cascade
from komainu.domain import Decision, Ruling, Verdict
from komainu.domain.digest import digest_of

BANDS = (0.05, 0.2, 0.5, 0.8, 0.95)  # of the highest probability, where bands end
NEAR = 1.0  # in log odds from a threshold
_NEAR, _VIOLATED, _OPEN, _CLEAR = 8.0, 4.0, 2.0, 1.0  # how much more is drawn where a ruling can tip


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Group:
    """A stratum of history."""

    ruling: str  # the gravest of the clauses that can change; of rows without a decision, what they are
    band: str = ""  # of their highest recorded probability
    is_near: bool = False  # whether one of them lies near a threshold

    @property
    def interest(self) -> float:
        """How much more is drawn of it than by its size."""
        if self.is_near:
            return _NEAR
        return {Ruling.VIOLATED.value: _VIOLATED, Ruling.OPEN.value: _OPEN}.get(self.ruling, _CLEAR)


class Grouping:
    """Puts decisions into strata, by what is on record about some clauses."""

    def __init__(self, keys: Sequence[str], cascade: Cascade) -> None:
        """By the clauses of these keys, and the thresholds that the cascade has for them."""
        self._edges = {key: _edges(key, cascade) for key in keys}

    def __call__(self, decision: Decision) -> Group:
        """The stratum of a decision."""
        ruled = {ruling for key, ruling in decision.rulings.items() if key in self._edges}
        said = {
            one.clause: one.probability
            for one in decision.opinions
            if isinstance(one, Verdict) and one.clause in self._edges
        }
        gravest = next((one.value for one in (Ruling.VIOLATED, Ruling.OPEN, Ruling.CLEAR) if one in ruled), "none")
        return Group(ruling=gravest, band=_band(said), is_near=any(self._is_near(*one) for one in said.items()))

    def _is_near(self, key: str, probability: float) -> bool:
        return any(abs(_log_odds(probability) - edge) < NEAR for edge in self._edges[key])


class Reservoir:
    """A simple random sample from every stratum, of units that come one by one; what is kept of them is bounded.

    Each unit draws a number by its id and the seed, and those with the smallest numbers are kept: the same whatever
    order they come in.
    """

    def __init__(self, most: int, seed: int) -> None:
        """`most` units are kept of each stratum."""
        self.members: Counter[Group] = Counter()
        self._most, self._seed = most, seed
        self._kept: dict[Group, list[tuple[int, str]]] = {}

    def add(self, group: Group, unit: str) -> None:
        """Take a unit into account."""
        self.members[group] += 1
        kept = self._kept.setdefault(group, [])
        ticket = (-int(digest_of("simulate", self._seed, unit)[:16], 16), unit)
        if len(kept) < self._most:
            heapq.heappush(kept, ticket)
        elif ticket > kept[0]:
            heapq.heapreplace(kept, ticket)

    def drawn(self, group: Group) -> list[str]:
        """The units kept of a stratum: of its first n, any n are a simple random sample."""
        return [unit for _, unit in sorted(self._kept.get(group, ()), reverse=True)]


def _edges(key: str, cascade: Cascade) -> tuple[float, ...]:
    found = [stage.by_clause.get(key, stage.thresholds) for stage in cascade.stages]
    every = {edge for one in found for edge in (one.clear_below, one.violated_from)}
    return tuple(_log_odds(edge) for edge in sorted(every) if 0.0 < edge < 1.0)


def _band(said: Mapping[str, float]) -> str:
    if not said:
        return "none"
    place = sum(max(said.values()) >= end for end in BANDS)
    low, high = (0.0, *BANDS)[place], (*BANDS, 1.0)[place]
    return f"{low:g}-{high:g}"


def _log_odds(probability: float) -> float:
    kept = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(kept / (1 - kept))
