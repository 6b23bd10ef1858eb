"""Whether two samples of values are spread alike: the population stability index, and what chance makes of it.

PSI over bins is sum (p - q) ln(p / q), the symmetric divergence of Jeffreys (1946) between two histograms. It is never
0 in a sample: where nothing changed its mean is about (B - 1)(1/n + 1/m), so .1 means much on 10,000 values and nothing
on 200. Hence no figure here without that expectation beside it, and a p-value by permutation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]
Values = NDArray[np.float64]

BINS = 10
TAILS = (0.01, 0.05)  # shares at either end that have bins of their own: what is rare is what rules are about
PER_BIN = 10  # values of the smaller sample that a bin should hold; fewer values make fewer bins
MOST = 100_000  # permutations, where chance hardly ever does as much
ENOUGH = 20  # permutations that do as much, after which no more are drawn
_AT_ONCE = 2_000  # permutations drawn together
_EMPTY = 0.5  # added to every count, so that an empty bin has a logarithm
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How differently two samples are spread."""

    psi: float
    expected: float  # of PSI where nothing shifted, for as many bins and values
    p: float  # how often chance does as much: by permutation, for one look
    direction: int  # 1 where the current values rank higher on the whole, -1 where lower, 0 where neither
    bins: int
    reference: int  # values
    current: int


def psi(reference: ArrayLike, current: ArrayLike, edges: ArrayLike) -> float:
    """PSI of two samples of values over the bins between ascending edges; a value at an edge falls above it.

    Values outside the first and the last edge fall into the bins at the ends. ValueError where a sample is empty,
    where a value is no number, or where the edges do not ascend.
    """
    inner = np.asarray(edges, np.float64)[1:-1]
    if np.any(np.diff(np.asarray(edges, np.float64)) <= 0) or np.size(edges) < 2:
        raise ValueError(f"edges ascend, and there are at least two; got {np.asarray(edges).tolist()}")
    places = (np.searchsorted(inner, _sample(one), side="right") for one in (reference, current))
    return float(psi_of_counts(*(np.bincount(place, minlength=len(inner) + 1) for place in places)))


def psi_of_counts(reference: ArrayLike, current: ArrayLike) -> Values:
    """PSI of histograms with the same bins, (..., bins) each; half a value is added to every bin."""
    shares = []
    for counts in (reference, current):
        filled = np.asarray(counts, np.float64) + _EMPTY
        shares.append(filled / filled.sum(axis=-1, keepdims=True))
    before, after = shares
    found: Values = ((after - before) * np.log(after / before)).sum(axis=-1)
    return found


def expected_psi(bins: int, reference: int, current: int) -> float:
    """The mean of PSI where both samples have one source: (B - 1)(1/n + 1/m), by the chi-square it comes near to."""
    return (bins - 1) * (1 / reference + 1 / current)


def tally(reference: ArrayLike, current: ArrayLike) -> tuple[Counts, Counts]:
    """How often each distinct value occurs in two samples, (values,) each, in ascending order: what `shift` takes.

    ValueError where a sample is empty or a value is no number.
    """
    first, second = _sample(reference), _sample(current)
    places = np.unique(np.concatenate([first, second]), return_inverse=True)[1]
    size = int(places.max()) + 1
    return (
        np.bincount(places[: len(first)], minlength=size).astype(np.int64),
        np.bincount(places[len(first) :], minlength=size).astype(np.int64),
    )


def shift(reference: ArrayLike, current: ArrayLike, *, bins: int = BINS, seed: int = 0) -> Shift:
    """How differently two samples are spread, by how often each of the same ascending values (or fine bins) occurs.

    Neighbouring values are put together into up to `bins` bins that hold about equally many of both samples, the
    outer ones parted again at TAILS: bins that do not know which sample is which keep the permutations exact, and equal
    values always share one. Small samples make fewer bins. Where all values are equal nothing can shift: PSI 0, p 1.
    ValueError where a sample is empty.
    """
    fine = np.asarray(reference, np.int64), np.asarray(current, np.int64)
    n, m = int(fine[0].sum()), int(fine[1].sum())
    if not n or not m:
        raise ValueError(f"a shift is between two samples with values; got {n} and {m}")
    starts = _starts(fine[0] + fine[1], bins, min(n, m))
    before, after = (np.add.reduceat(counts, starts) for counts in fine)
    observed = float(psi_of_counts(before, after))
    return Shift(
        psi=observed,
        expected=expected_psi(len(starts), n, m),
        p=_chance(before + after, n, observed, np.random.default_rng(seed)),
        direction=_direction(*fine),
        bins=len(starts),
        reference=n,
        current=m,
    )


def _sample(values: ArrayLike) -> Values:
    sample = np.asarray(values, np.float64).ravel()
    if not sample.size or not np.isfinite(sample).all():
        raise ValueError(f"a sample holds finite numbers, and at least one; got {sample.size} values")
    return sample


def _starts(pooled: Counts, bins: int, smaller: int) -> NDArray[np.intp]:
    """Where bins start: each value goes where the middle of its like falls among shares of both samples."""
    even = max(2, min(bins, smaller // PER_BIN))
    tails = [share for share in TAILS if share < 1 / even and share * smaller >= PER_BIN]
    grid = sorted([*(place / even for place in range(1, even)), *tails, *(1.0 - share for share in tails)])
    bin_of = np.searchsorted(grid, (np.cumsum(pooled) - pooled / 2) / pooled.sum(), side="right")
    filled = np.flatnonzero(pooled)
    starts = filled[np.flatnonzero(np.diff(bin_of[filled], prepend=-1))]
    starts[0] = 0  # empty values before the first belong to its bin
    return starts


def _chance(pooled: Counts, reference: int, observed: float, generator: np.random.Generator) -> float:
    """The share of permutations with so high a PSI.

    To permute binned values is to draw the reference's share of each bin without replacement: a multivariate
    hypergeometric draw. They end when enough did as much (Besag and Clifford 1991, sequential Monte Carlo p-values), or
    all are drawn; the observed arrangement counts as one of them, so that p is never 0 (Phipson and Smyth 2010).
    """
    if len(pooled) == 1:
        return 1.0
    reached = drawn = 0
    while drawn < MOST:
        before = generator.multivariate_hypergeometric(pooled, reference, size=_AT_ONCE)
        hits = np.flatnonzero(psi_of_counts(before, pooled - before) >= observed - _ROUNDING)
        if reached + len(hits) >= ENOUGH:
            return ENOUGH / (drawn + int(hits[ENOUGH - reached - 1]) + 1)
        reached += len(hits)
        drawn += _AT_ONCE
    return (reached + 1) / (drawn + 1)


def _direction(reference: Counts, current: Counts) -> int:
    """Whether values rank higher in the second sample: the sign of the difference of mean ranks, ties shared."""
    pooled = reference + current
    ranks = np.cumsum(pooled) - pooled / 2
    gap = ranks @ current / current.sum() - ranks @ reference / reference.sum()
    return 0 if abs(gap) < _ROUNDING * pooled.sum() else int(np.sign(gap))
