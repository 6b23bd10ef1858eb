"""Whether the promise holds: many calibrations of which the truth is known, and how often it is broken.

The rows of a set with their scores are the whole world. A calibration draws labels from it with replacement, each on
its own, so the share that a threshold gets wrong in that world is counted, not estimated. The judge as trained has seen
none of the rows. The judge with labels is fitted on one half, and the other half is the world; then the halves change
places, and each gets half of the calibrations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from komainu.metrics.libraries import library
from triagebench.choices import ALPHAS, DELTAS, PLENTY, RECALIBRATIONS, SEED
from triagebench.questions import Question, Scores
from triagebench.thresholds import ROUNDING, Method, Side, kept, threshold, wrong

FROZEN, ADAPTED = "as trained", "with labels"
HALF, MANY = "half", f"{PLENTY}"
TAIL = 0.05  # of a two-sided 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of so many, with the exact 95 % interval (Clopper and Pearson 1934)."""

    hits: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Of all."""
        return self.hits / self.n

    @classmethod
    def of(cls, hits: int, n: int) -> "Count":
        """With its interval."""
        found = library("scipy.stats").binomtest(hits, n).proportion_ci(1 - TAIL, method="exact")
        return cls(hits=hits, n=n, low=float(found.low), high=float(found.high))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How a promise was kept over many calibrations."""

    question: str
    judge: str
    side: Side
    method: Method
    size: str  # HALF of the rows of the kind the side is about, or MANY labels
    labels: int  # of that kind, in each calibration
    alpha: float
    delta: float
    broken: Count  # calibrations whose true share is above alpha
    certified: float  # share of calibrations with a threshold
    mean_wrong: float  # mean true share over all calibrations; 0 where nothing is decided


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Scores of every row there is, by what the row is."""

    violating: Scores
    fine: Scores

    def of(self, side: Side) -> Scores:
        """Those that the side is about."""
        return self.violating if side is Side.MISS else self.fine

    @classmethod
    def where(cls, scores: Scores, violates: np.ndarray) -> "World":
        """From scores and truth (rows,)."""
        return cls(violating=kept(Side.MISS, scores[violates]), fine=kept(Side.OVER_BLOCK, scores[~violates]))


def worlds(question: Question, judge: str) -> list[World]:
    """One for the judge as trained, two for the one with labels."""
    if judge == FROZEN:
        return [World.where(question.scores(), question.violates)]
    first, second = question.parts(2, np.random.default_rng(SEED))
    found = []
    for fitted, other in ((first, second), (second, first)):
        scores = question.scores(question.fitted(fitted))
        found.append(World.where(scores[other], question.violates[other]))
    return found


def kept_by(
    question: str, judge: str, given: Sequence[World], *, sizes: Sequence[str] = (HALF, MANY)
) -> Iterator[Kept]:
    """Every side, size, alpha, delta and method."""
    for side in Side:
        for size in sizes:
            yield from _kept(question, judge, [world.of(side) for world in given], side, size)


def _kept(question: str, judge: str, given: Sequence[Scores], side: Side, size: str) -> Iterator[Kept]:
    labels = min(max(1, len(scores) // 2) for scores in given) if size == HALF else PLENTY
    drawn = list(_drawn(given, labels, np.random.default_rng([SEED, labels])))
    for alpha, delta, method in product(ALPHAS, DELTAS, Method):
        if method is not Method.LTT and delta != DELTAS[0]:
            continue  # the others know no delta
        found = [threshold(method, side, sample, alpha=alpha, delta=delta) for _, sample in drawn]
        shares = [wrong(side, world, one) for (world, _), one in zip(drawn, found, strict=True)]
        yield Kept(
            question=question,
            judge=judge,
            side=side,
            method=method,
            size=size,
            labels=labels,
            alpha=alpha,
            delta=delta,
            broken=Count.of(sum(share > alpha + ROUNDING for share in shares), len(shares)),
            certified=sum(one is not None for one in found) / len(found),
            mean_wrong=float(np.mean(shares)),
        )


def _drawn(given: Sequence[Scores], labels: int, generator: np.random.Generator) -> Iterator[tuple[Scores, Scores]]:
    """Each world in turn, and labels drawn from it."""
    for number in range(RECALIBRATIONS):
        world = given[number % len(given)]
        yield world, generator.choice(world, labels)
