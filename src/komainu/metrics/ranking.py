"""How well scores put what violates above what does not.

A metric takes draws and gives one value per draw; NaN where it is not defined, which is wherever all labels are the
same. All use every distinct score as a possible threshold (`score >= threshold` is a violation); ties are never cut.
"""

from collections.abc import Callable

import numpy as np

from komainu.metrics.sample import Draws, Floats

Metric = Callable[[Draws], Floats]

_TOLERANCE = 1e-9  # so that 1 of 100 is within a rate of 1 %, whatever the rounding of the product


def auroc(draws: Draws) -> Floats:
    """The chance that a violating pair scores higher than another one; ties count half."""
    hits = np.diff(draws.true_positives, axis=1, prepend=0.0)
    alarms = np.diff(draws.false_positives, axis=1, prepend=0.0)
    below = draws.negatives - draws.false_positives + alarms / 2
    return _defined((hits * below).sum(axis=1) / _or_one(draws.positives * draws.negatives)[:, 0], draws)


def auprc(draws: Draws) -> Floats:
    """Average precision: precision at each threshold, weighted by the recall it adds (no interpolation)."""
    flagged = draws.true_positives + draws.false_positives
    precision = draws.true_positives / _or_one(flagged)
    gained = np.diff(draws.true_positives, axis=1, prepend=0.0) / _or_one(draws.positives)
    return _defined((precision * gained).sum(axis=1), draws)


def recall_at_fpr(rate: float) -> Metric:
    """The highest recall at a threshold that flags at most `rate` (0 to 1) of what does not violate."""

    def metric(draws: Draws) -> Floats:
        within = draws.false_positives <= rate * draws.negatives + _TOLERANCE
        recalls = np.where(within, draws.true_positives / _or_one(draws.positives), 0.0)
        return _defined(recalls.max(axis=1, initial=0.0), draws)

    return metric


def f1_at(threshold: float) -> Metric:
    """F1 where a score from `threshold` on counts as a violation."""

    def metric(draws: Draws) -> Floats:
        hits, alarms = _at(threshold, draws)
        return _defined((2 * hits / _or_one(hits + alarms + draws.positives))[:, 0], draws)

    return metric


def best_f1(draws: Draws) -> Floats:
    """F1 at the threshold where it is highest on these very labels: what a threshold could reach at most.

    Chosen anew in every draw, so the interval covers the choice too.
    """
    return _defined(_f1(draws).max(axis=1, initial=0.0), draws)


def best_f1_threshold(draws: Draws) -> Floats:
    """The threshold of `best_f1`; the highest of several that are as good."""
    return _defined(_threshold_of(_f1(draws), draws), draws)


def balanced_accuracy_at(threshold: float) -> Metric:
    """The mean of recall and specificity where a score from `threshold` on counts as a violation."""

    def metric(draws: Draws) -> Floats:
        hits, alarms = _at(threshold, draws)
        return _defined(_balanced(hits, alarms, draws)[:, 0], draws)

    return metric


def best_balanced_accuracy(draws: Draws) -> Floats:
    """Balanced accuracy at the threshold where it is highest on these very labels; see `best_f1`."""
    return _defined(_balanced(draws.true_positives, draws.false_positives, draws).max(axis=1, initial=0.5), draws)


def best_balanced_accuracy_threshold(draws: Draws) -> Floats:
    """The threshold of `best_balanced_accuracy`; the highest of several that are as good."""
    return _defined(_threshold_of(_balanced(draws.true_positives, draws.false_positives, draws), draws), draws)


def _f1(draws: Draws) -> Floats:
    flagged = draws.true_positives + draws.false_positives
    scores: Floats = 2 * draws.true_positives / _or_one(flagged + draws.positives)
    return scores


def _balanced(hits: Floats, alarms: Floats, draws: Draws) -> Floats:
    means: Floats = (hits / _or_one(draws.positives) + 1.0 - alarms / _or_one(draws.negatives)) / 2
    return means


def _at(threshold: float, draws: Draws) -> tuple[Floats, Floats]:
    """Hits and false alarms at one threshold, each of shape (draws, 1)."""
    cut = int((draws.sample.thresholds >= threshold).sum())
    if cut == 0:
        nothing = np.zeros_like(draws.positives)
        return nothing, nothing
    return draws.true_positives[:, cut - 1 : cut], draws.false_positives[:, cut - 1 : cut]


def _threshold_of(values: Floats, draws: Draws) -> Floats:
    if not len(draws.sample):
        return np.full(len(draws.weights), np.nan)
    # Rounded, so that of two values that differ by a rounding error the first counts as well.
    chosen: Floats = draws.sample.thresholds[np.round(values, 12).argmax(axis=1)]
    return chosen


def _or_one(counts: Floats) -> Floats:
    """The counts as divisors: what is divided by a zero here is zero itself, or is dropped by `_defined`."""
    return np.where(counts > 0, counts, 1.0)


def _defined(values: Floats, draws: Draws) -> Floats:
    both = (draws.positives > 0) & (draws.negatives > 0)
    return np.where(both[:, 0], values, np.nan)
