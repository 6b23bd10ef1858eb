"""Rates over all that was decided, from a part of it that people looked at: a stratified sample with known chances.

Each stratum stands for all of its members by the share found in those that were looked at (Horvitz and Thompson 1952:
each counts for one over its chance). Its uncertainty is the Jeffreys posterior of that share,
Beta(k + 1/2, n - k + 1/2) (Brown, Cai and DasGupta 2001), which has an interval where nothing was found too; sums and
ratios are taken draw by draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from komainu.metrics.figure import Figure

DRAWS = 4_000
TAIL = 0.025  # on either side of a 95 % interval
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Members that were ruled alike and drawn with one chance."""

    members: int  # all of them
    looked_at: int  # drawn, and ruled on by people
    violating: int  # of those looked at

    def __post_init__(self) -> None:
        if not 0 <= self.violating <= self.looked_at <= self.members:
            raise ValueError(
                "a stratum needs violating <= looked_at <= members; "
                f"got {self.violating}, {self.looked_at} and {self.members}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What people would have found, had they looked at everything; `n` counts those looked at."""

    prevalence: Figure  # share of all members that violate
    missed: Figure  # of those that violate, the share that judges cleared
    overblocked: Figure  # of those that judges found violated, the share that does not violate
    cleared_wrongly: Figure  # of those that judges cleared, the share that violates


def rates(cleared: Sequence[Stratum], found: Sequence[Stratum], left: Sequence[Stratum], *, seed: int = 0) -> Rates:
    """From the strata that judges cleared, found violated, and left to people.

    A rate is None where no stratum of its kind was looked at, or where one that has members was not: its share could be
    anything.
    """
    chance = np.random.default_rng(seed)
    sides = [_Side(strata, chance) for strata in (cleared, found, left)]
    clear, violated, _ = sides
    every = [one for one in sides if one.members]
    known = bool(every) and all(one.is_known for one in every)
    total = sum(one.members for one in sides)
    sums = sum((one.draws for one in sides), np.zeros(DRAWS))
    value = sum(one.value for one in sides)
    looked = sum(one.looked_at for one in sides)
    return Rates(
        prevalence=_figure(value / max(total, 1), sums / max(total, 1), looked, value_known=known),
        missed=_figure(
            clear.value / value if value else None,
            clear.draws / np.maximum(sums, 1e-12),
            looked,
            value_known=known and value > 0,
        ),
        overblocked=_figure(
            1 - violated.value / max(violated.members, 1),
            1 - violated.draws / max(violated.members, 1),
            violated.looked_at,
            value_known=violated.members > 0 and violated.is_known,
        ),
        cleared_wrongly=_figure(
            clear.value / max(clear.members, 1),
            clear.draws / max(clear.members, 1),
            clear.looked_at,
            value_known=clear.members > 0 and clear.is_known,
        ),
    )


class _Side:
    """How many members of some strata violate: the estimate, and draws of what it may be."""

    def __init__(self, strata: Sequence[Stratum], chance: np.random.Generator) -> None:
        used = [one for one in strata if one.members]
        self.members = sum(one.members for one in used)
        self.looked_at = sum(one.looked_at for one in used)
        self.is_known = all(one.looked_at for one in used)
        self.value = sum(one.members * one.violating / one.looked_at for one in used if one.looked_at)
        self.draws: Floats = np.zeros(DRAWS)
        for one in used:
            rest = one.members - one.looked_at  # those looked at are known
            share = chance.beta(one.violating + 0.5, one.looked_at - one.violating + 0.5, DRAWS)
            self.draws += one.violating + chance.binomial(rest, share)


def _figure(value: float | None, draws: Floats, n: int, *, value_known: bool) -> Figure:
    if not value_known or value is None:
        return Figure(value=None, n=n, positives=0)
    low, high = (float(each) for each in np.quantile(draws, (TAIL, 1 - TAIL)))
    return Figure(value=float(value), n=n, positives=0, low=min(low, float(value)), high=max(high, float(value)))
