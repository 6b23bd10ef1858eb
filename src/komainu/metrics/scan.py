"""Where points of one sample crowd together more than those of another: a spatial scan.

After Kulldorff, A spatial scan statistic (Communications in Statistics 26, 1997): balls of all sizes around all points,
each with the likelihood ratio of more current points inside than outside, and the largest of them compared with the
largest where current and reference change places by chance. So the p-value is exact for the whole search, whatever the
shape of the cloud. Balls hold a given number of points, not a given radius, since clouds are dense here and thin there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SIZES = (6, 12, 24, 48, 96)  # points of a ball, its centre counted
DIRECTIONS = 32  # the principal ones, in which points are compared: the others are mostly noise
PERMUTATIONS = 999
_ROUNDING = 1e-9
_AT_ONCE = 250  # permutations counted together


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """A crowd of points of the current sample."""

    members: tuple[int, ...]  # places in the current sample, nearest to the centre first
    reference: int  # points of the reference in the same ball
    p: float  # how often chance makes a crowd so clear anywhere


def surges(
    reference: ArrayLike, current: ArrayLike, *, alpha: float = 0.05, permutations: int = PERMUTATIONS, seed: int = 0
) -> list[Surge]:
    """The crowds with a p up to alpha, the clearest first; none shares a point with a clearer one.

    Points are rows of (n, width) and (m, width); they are compared by cosine, from the middle of both samples.
    ValueError where a sample has no point or their widths differ.
    """
    before, after = np.asarray(reference, np.float64), np.asarray(current, np.float64)
    if before.ndim != 2 or after.ndim != 2 or before.shape[1] != after.shape[1] or not len(before) or not len(after):
        raise ValueError(f"samples are rows of one width, one at least; got {before.shape} and {after.shape}")
    nearest = _nearest(np.concatenate([before, after]))
    is_current = np.arange(len(nearest)) >= len(before)
    found, highest = _scanned(nearest, is_current, permutations, np.random.default_rng(seed))
    return list(_apart(found, highest, nearest, is_current, alpha))


def _nearest(points: Floats) -> NDArray[np.intp]:
    """For each point all points, itself and the likest first."""
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:DIRECTIONS]
    projected = centred @ axes.T
    unit = projected / np.maximum(np.linalg.norm(projected, axis=1, keepdims=True), 1e-12)
    likeness = unit @ unit.T
    np.fill_diagonal(likeness, np.inf)
    return np.argsort(-likeness, axis=1, kind="stable")


def _scanned(
    nearest: NDArray[np.intp], is_current: NDArray[np.bool_], permutations: int, generator: np.random.Generator
) -> tuple[dict[int, Floats], Floats]:
    """The likelihood ratio of each ball by its size, and the highest of each permutation."""
    count, total = len(is_current), int(is_current.sum())
    ratios = {size: _ratios(size, total, count) for size in SIZES if size <= count // 2}
    found = {size: some[is_current[nearest[:, :size]].sum(axis=1)] for size, some in ratios.items()}
    highest = np.zeros(permutations)
    mixed = np.stack([generator.permutation(is_current) for _ in range(permutations)], axis=1).astype(np.float32)
    for size, some in ratios.items():
        inside = np.zeros((count, count), np.float32)
        np.put_along_axis(inside, nearest[:, :size], 1.0, axis=1)
        for start in range(0, permutations, _AT_ONCE):
            fullest = (inside @ mixed[:, start : start + _AT_ONCE]).max(axis=0).astype(np.intp)
            part = slice(start, start + len(fullest))
            highest[part] = np.maximum(highest[part], some[fullest])  # a fuller ball is never likelier by chance
    return found, highest


def _ratios(size: int, total: int, count: int) -> Floats:
    """The logarithm of the likelihood ratio of a ball of that size with 0, 1 ... current points, (size + 1,).

    `total` of all `count` points are current. 0 where the ball is no denser in them than what lies outside.
    """
    ball = np.arange(size + 1, dtype=np.float64)
    rest, outside = total - ball, float(count - size)
    possible = (rest >= 0) & (outside - rest >= 0) & (ball * outside > rest * size)
    ratio = -_likelihood(np.float64(total), float(count))
    ratio = ratio + _likelihood(ball, float(size)) + _likelihood(np.clip(rest, 0, outside), outside)
    return np.where(possible, ratio, 0.0)


def _likelihood(some: Floats | np.float64, whole: float) -> Floats:
    """Of so many among the whole, at its highest, as a logarithm."""
    shares = (np.asarray(some) / whole, 1.0 - np.asarray(some) / whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(share > 0, whole * share * np.log(share), 0.0) for share in shares]
    return np.asarray(parts[0] + parts[1])


def _apart(
    found: dict[int, Floats],
    highest: Floats,
    nearest: NDArray[np.intp],
    is_current: NDArray[np.bool_],
    alpha: float,
) -> Iterator[Surge]:
    """The clearest balls that share no point, as long as chance does not make such."""
    taken = np.zeros(len(nearest), bool)
    first = int(np.flatnonzero(is_current)[0])
    balls = [(float(ratios[centre]), size, centre) for size, ratios in found.items() for centre in range(len(ratios))]
    for ratio, size, centre in sorted(balls, key=lambda ball: (-ball[0], ball[1], ball[2])):
        p = float(1 + (highest >= ratio - _ROUNDING).sum()) / (len(highest) + 1)
        if p > alpha or ratio <= 0.0:
            return
        ball = nearest[centre, :size]
        if not taken[ball].any():
            taken[ball] = True
            members = tuple(int(place) - first for place in ball[is_current[ball]])
            yield Surge(members=members, reference=size - len(members), p=p)
