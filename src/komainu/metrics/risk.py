"""Thresholds that are proven: how much gets past them at most, and with what confidence.

Learn-then-Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021) with one monotone risk: thresholds are tested in a
fixed sequence from the safest outward, each at level delta with an exact binomial test of "more than a share alpha gets
past", and the last one before the first failure is taken. As the number that gets past never falls along the sequence,
neither does the p-value; so the sequence may hold every threshold there is, and its end is known without walking it:
the largest number k of errors that still passes the test is found first, and the threshold is put at the (k+1)th score.
It is a bound on the share itself and holds in at least 1 - delta of all calibrations. Conformal risk control bounds the
average over calibrations only, and is exceeded in close to half of them.

The proof asks that the labelled contents were drawn as those come that will be judged, each on its own. It is about the
labels: where these are wrong, so is what is proven.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from komainu.metrics.libraries import library

Floats = NDArray[np.float64]
MIDDLE = 0.5  # no proof makes a judge clear what it calls likelier a violation than not, nor the other way round


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A threshold, and the labels it rests on."""

    threshold: float | None  # None: nothing is proven
    n: int  # labels of the kind that the risk is about
    errors: int  # of them, on the wrong side of the threshold; 0 where there is none
    needed: int  # further labels of that kind without which no threshold can be proven; 0: there are enough


def fewest(alpha: float, delta: float) -> int:
    """How many labels prove a share of at most `alpha` with confidence 1 - `delta` where not one of them gets past."""
    _expect_shares(alpha, delta)
    return math.ceil(math.log(delta) / math.log1p(-alpha))


def most_errors(n: int, alpha: float, delta: float) -> int:
    """The largest k with P(Binomial(n, alpha) <= k) <= delta; -1 where there is none."""
    _expect_shares(alpha, delta)
    if n < fewest(alpha, delta):
        return -1
    binomial = library("scipy.stats").binom
    k = int(binomial.ppf(delta, n, alpha))  # the first at which delta is reached
    while k >= 0 and binomial.cdf(k, n, alpha) > delta:
        k -= 1
    return k


def clear_below(violating: Floats, *, alpha: float, delta: float) -> Proven:
    """The highest threshold under which, with confidence 1 - delta, at most a share alpha of what violates falls.

    `violating` are the probabilities of violation that a judge gave for labelled violations, shape (n,); infinity where
    it gave none, as such a content is not cleared.
    """
    k = most_errors(len(violating), alpha, delta)
    if k < 0:
        return Proven(threshold=None, n=len(violating), errors=0, needed=fewest(alpha, delta) - len(violating))
    found = min(float(np.partition(violating, k)[k]), MIDDLE)
    if found <= 0.0:  # no probability is below
        return Proven(threshold=None, n=len(violating), errors=0, needed=0)
    return Proven(threshold=found, n=len(violating), errors=int((violating < found).sum()), needed=0)


def violated_from(fine: Floats, *, alpha: float, delta: float) -> Proven:
    """The lowest threshold that, with confidence 1 - delta, at most a share alpha of what does not violate reaches.

    `fine` are the probabilities of violation for labelled contents that do not violate, shape (n,); minus infinity
    where the judge gave none.
    """
    k = most_errors(len(fine), alpha, delta)
    if k < 0:
        return Proven(threshold=None, n=len(fine), errors=0, needed=fewest(alpha, delta) - len(fine))
    found = max(float(np.nextafter(np.partition(fine, len(fine) - 1 - k)[len(fine) - 1 - k], np.inf)), MIDDLE)
    found = float(np.nextafter(found, np.inf)) if found == MIDDLE else found
    if found > 1.0:  # no probability reaches it
        return Proven(threshold=None, n=len(fine), errors=0, needed=0)
    return Proven(threshold=found, n=len(fine), errors=int((fine >= found).sum()), needed=0)


def _expect_shares(alpha: float, delta: float) -> None:
    if not (0.0 < alpha < 1.0 and 0.0 < delta < 1.0):
        raise ValueError(f"alpha and delta are shares between 0 and 1, neither included; got {alpha} and {delta}")
