"""Means and shares over all members of some strata, from a simple random sample out of each.

Each sampled member stands for as many as its stratum has for each one drawn (Horvitz and Thompson 1952). The variance
is that of a stratified mean with finite populations (Cochran 1977, Sampling Techniques, section 5.3). The interval of a
share is that of Fay and Feuer (1997, gamma intervals for weighted sums of rare events): its ends are quantiles of gamma
distributions of the share's mean and variance, for the upper end with one more event of the greatest weight, so that it
is wide enough where little or nothing was found.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from komainu.metrics.figure import Figure

Z = 1.959963984540054  # of a 95 % interval
LEAST = 5  # drawn of each stratum that has so many
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A stratum, and what was found of those drawn from it."""

    members: int  # all of them
    values: Floats  # shape (drawn,)

    def __post_init__(self) -> None:
        if len(self.values) > self.members:
            raise ValueError(f"a stratum has at least as many as were drawn; got {len(self.values)} of {self.members}")

    @property
    def left(self) -> float:
        """The share of its members that was not drawn: none of them, and nothing is uncertain."""
        return 1.0 - len(self.values) / self.members


def share(strata: Sequence[Drawn]) -> Figure:
    """The share of all members whose value is 1 (others are 0); None where some stratum was not looked at at all."""
    weights, used = _weighed(strata)
    hits, n = (int(sum(count(one.values) for one in used)) for count in (np.sum, len))
    if not _is_known(used):
        return Figure(value=None, n=n, positives=hits)
    founds = [float(one.values.mean()) for one in used]
    value = sum(weight * found for weight, found in zip(weights, founds, strict=True))
    if value <= 0.5:
        low, high = _between(weights, used, founds)
    else:
        few, many = _between(weights, used, [1 - found for found in founds])
        low, high = 1 - many, 1 - few
    return Figure(value=value, n=n, positives=hits, low=min(low, value), high=max(high, value))


def _between(weights: Sequence[float], used: Sequence[Drawn], founds: Sequence[float]) -> tuple[float, float]:
    """The ends of the interval of a share of up to a half."""
    known = uncertain = spread = heaviest = 0.0
    for weight, one, found in zip(weights, used, founds, strict=True):
        if not one.left:
            known += weight * found
            continue
        drawn = len(one.values)
        near = found if found < 1 else (drawn + 0.5) / (drawn + 1)  # all of a few is not certainty (Jeffreys)
        uncertain += weight * found
        spread += weight**2 * one.left * near * (1 - near) / drawn
        heaviest = max(heaviest, min(weight * one.left, weight / drawn))
    low = _gamma(uncertain, spread, -Z) if uncertain else 0.0
    high = _gamma(uncertain + heaviest, spread + heaviest**2, Z) if heaviest else uncertain
    return known + low, min(1.0, known + high)


def _gamma(mean: float, variance: float, z: float) -> float:
    """The quantile of a gamma distribution, by Wilson and Hilferty (1931)."""
    part = 2 * variance / (9 * 2 * mean**2)
    return float(mean * max(0.0, 1 - part + z * math.sqrt(part)) ** 3)


def difference(first: Figure, second: Figure) -> Figure:
    """The first share less the second, as if found apart: for what came and what went, which exclude each other."""
    if None in (first.value, first.low, first.high, second.value, second.low, second.high):
        return Figure(value=None, n=first.n, positives=first.positives)
    value = float(first.value or 0) - float(second.value or 0)
    below = math.hypot(_gap(first.value, first.low), _gap(second.high, second.value))
    above = math.hypot(_gap(first.high, first.value), _gap(second.value, second.low))
    return Figure(value=value, n=first.n, positives=first.positives, low=value - below, high=value + above)


def _gap(high: float | None, low: float | None) -> float:
    return float(high or 0) - float(low or 0)


def mean(strata: Sequence[Drawn]) -> Figure:
    """The mean over all members, with a normal interval; None where some stratum was not looked at at all."""
    weights, used = _weighed(strata)
    n, above = sum(len(one.values) for one in used), sum(int((one.values > 0).sum()) for one in used)
    if not _is_known(used):
        return Figure(value=None, n=n, positives=above)
    value = float(sum(weight * one.values.mean() for weight, one in zip(weights, used, strict=True)))
    every = np.concatenate([one.values for one in used])
    whole = float(every.var(ddof=1)) if n > 1 else 0.0  # for strata of which one was drawn
    spread = 0.0
    for weight, one in zip(weights, used, strict=True):
        own = float(one.values.var(ddof=1)) if len(one.values) > 1 else whole
        spread += weight**2 * one.left * own / len(one.values)
    half = Z * math.sqrt(spread)
    return Figure(value=value, n=n, positives=above, low=value - half, high=value + half)


def allocate(members: Sequence[int], interest: Sequence[float], most: int, *, least: int = LEAST) -> list[int]:
    """How many to draw from each stratum, `most` in all: half by size, half by size times interest, `least` of each.

    The half by size bounds the weights: none is more than about twice what it were in a plain sample.
    """
    sizes = np.asarray(members, np.int64)
    if sizes.sum() <= most:
        return [int(size) for size in sizes]
    lean = sizes * np.asarray(interest, np.float64)
    wanted = 0.5 * sizes / sizes.sum() + 0.5 * lean / lean.sum()
    given = np.minimum(min(least, most // len(sizes)), sizes)
    while (left := most - int(given.sum())) > 0:
        wanted = np.where(given < sizes, wanted, 0.0)
        if not wanted.any():  # those that are wanted are full
            wanted = (given < sizes).astype(np.float64)
        more = np.minimum((left * wanted / wanted.sum()).astype(np.int64), sizes - given)
        if not more.any():
            more[np.argsort(-wanted, kind="stable")[0]] = 1
        given = given + more
    return [int(one) for one in given]


def _weighed(strata: Sequence[Drawn]) -> tuple[list[float], list[Drawn]]:
    used = [one for one in strata if one.members]
    total = sum(one.members for one in used)
    return [one.members / total for one in used], used


def _is_known(used: Sequence[Drawn]) -> bool:
    return bool(used) and all(len(one.values) for one in used)
