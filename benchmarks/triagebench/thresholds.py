"""Three ways from labelled scores to a threshold: the one that Komainu uses, and two that it does not.

`ltt` is what ships (`komainu.metrics.risk`). `crc` is conformal risk control (Angelopoulos, Bates, Fisch, Lei and
Schuster 2022, with a loss of at most 1): as many misses k as (k + 1) / (n + 1) <= alpha allows. It bounds the mean
miss rate over calibrations, not that of each. `naive` takes the labels at their word: k / n <= alpha. All three keep to
.5 as Komainu does: nothing that is likelier a violation than not is cleared, nor the other way round blocked.
"""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from komainu.metrics import risk

Scores = NDArray[np.float64]
ROUNDING = 1e-9  # of alpha times n, which is a whole number more often than floating point says


class Side(StrEnum):
    """What goes wrong on which side of a threshold."""

    MISS = "violating content is cleared"
    OVER_BLOCK = "other content is found violated"


class Method(StrEnum):
    """How a threshold is found."""

    LTT = "LTT"
    CRC = "CRC"
    NAIVE = "naive"


def threshold(method: Method, side: Side, scores: Scores, *, alpha: float, delta: float) -> float | None:
    """From the scores of labelled content of the kind that the side is about; None where nothing may be decided."""
    if method is Method.LTT:
        prove = risk.clear_below if side is Side.MISS else risk.violated_from
        return prove(scores, alpha=alpha, delta=delta).threshold
    count = len(scores)
    errors = allowed(method, count, alpha)
    if errors < 0 or errors >= count:
        return None
    if side is Side.MISS:
        found = min(float(np.partition(scores, errors)[errors]), risk.MIDDLE)
        return found if found > 0.0 else None
    place = count - 1 - errors
    found = max(float(np.nextafter(np.partition(scores, place)[place], np.inf)), np.nextafter(risk.MIDDLE, np.inf))
    return found if found <= 1.0 else None


def allowed(method: Method, count: int, alpha: float) -> int:
    """How many of so many labels may lie on the wrong side; -1 where not even none may."""
    if method is Method.CRC:
        return math.floor(alpha * (count + 1) - 1 + ROUNDING)
    return math.floor(alpha * count + ROUNDING)


def wrong(side: Side, scores: Scores, threshold: float | None) -> float:
    """The share of these scores on the wrong side of the threshold: exact, where they are all there are."""
    if threshold is None:
        return 0.0
    if side is Side.MISS:
        return float((scores < threshold).mean())
    return float((scores >= threshold).mean())


def kept(side: Side, scores: Scores) -> Scores:
    """The scores as this side counts them: what the judge did not read is not decided, so it is never wrong."""
    return np.where(np.isnan(scores), np.inf if side is Side.MISS else -np.inf, scores)
