"""Where the promise breaks: labels that are wrong, and content that comes from elsewhere.

The world and its calibrations are those of `guarantee`, but a calibration draws rows of both kinds, as many as bring so
many violating ones on average, and labels them with faults. What is counted is the truth. Under a shift the labels are
right, and what is decided comes from another source.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triagebench.choices import ALPHAS, DELTA, FLIPPED, OVERLOOKED, PLENTY, RECALIBRATIONS, SEED
from triagebench.guarantee import Count, World
from triagebench.questions import Scores
from triagebench.thresholds import ROUNDING, Method, Side, threshold, wrong

Flags = NDArray[np.bool_]
Fault = Callable[[Scores, Flags, np.random.Generator], Flags]  # scores and truth of rows -> their labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """How often LTT's promise was broken under a fault."""

    question: str
    fault: str
    side: Side
    alpha: float
    labels: int  # violating rows of a calibration, on average
    broken: Count
    certified: float
    mean_wrong: float


def right(_scores: Scores, violates: Flags, _generator: np.random.Generator) -> Flags:
    """Labels without fault."""
    return violates


def flipped(_scores: Scores, violates: Flags, generator: np.random.Generator) -> Flags:
    """A share of the labels says the opposite, whatever the row."""
    return violates ^ (generator.random(len(violates)) < FLIPPED)


def overlooked(scores: Scores, violates: Flags, generator: np.random.Generator) -> Flags:
    """A share of the violations that look least like one is labelled fine."""
    middle = np.median(scores[violates]) if violates.any() else 0.0
    return violates & ~((scores < middle) & (generator.random(len(violates)) < OVERLOOKED))


FAULTS: dict[str, Fault] = {
    "right labels": right,
    f"{FLIPPED:.0%} of labels flipped": flipped,
    f"{OVERLOOKED:.0%} of low-scored violations overlooked": overlooked,
}


def under_faults(question: str, world: World) -> Iterator[Broken]:
    """Each fault, as it comes with PLENTY violating rows."""
    for fault, label in FAULTS.items():
        yield from _counted(question, fault, world, world, label)


def under_shift(question: str, shift: str, source: World, target: World) -> Iterator[Broken]:
    """Certified on the rows of one source, and deciding those of another."""
    yield from _counted(question, shift, source, target, right)


def _counted(question: str, fault: str, source: World, target: World, label: Fault) -> Iterator[Broken]:
    scores = np.concatenate([source.violating, source.fine])
    violates = np.arange(len(scores)) < len(source.violating)
    generator, drawn = np.random.default_rng(SEED), []
    for _ in range(RECALIBRATIONS):
        rows = generator.integers(len(scores), size=round(PLENTY / violates.mean()))
        drawn.append((scores[rows], label(scores[rows], violates[rows], generator)))
    for side in Side:
        # A row that the judge did not read is on the safe side of every threshold, whichever way it is labelled.
        safe = np.inf if side is Side.MISS else -np.inf
        given = [one[said if side is Side.MISS else ~said] for one, said in drawn]
        given = [np.where(np.isfinite(one), one, safe) for one in given]
        for alpha in ALPHAS:
            found = [threshold(Method.LTT, side, one, alpha=alpha, delta=DELTA) for one in given]
            shares = [wrong(side, target.of(side), one) for one in found]
            yield Broken(
                question=question,
                fault=fault,
                side=side,
                alpha=alpha,
                labels=PLENTY,
                broken=Count.of(sum(share > alpha + ROUNDING for share in shares), len(shares)),
                certified=sum(one is not None for one in found) / len(found),
                mean_wrong=float(np.mean(shares)),
            )
