"""How well scores put what violates above what does not.

A metric takes a draw and gives its value; NaN where it is not defined, which is wherever all labels are the same. All
use every distinct score as a possible threshold (`score >= threshold` is a violation); ties are never cut.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np

from komainu.metrics.libraries import library
from komainu.metrics.sample import Cuts, Draw, Floats

Metric = Callable[[Draw], float]


def _read_off(read: Callable[[Cuts], float]) -> Metric:
    """The metric that `read` takes from what each threshold does."""

    @wraps(read)
    def metric(draw: Draw) -> float:
        return float("nan") if draw.cuts is None else float(read(draw.cuts))

    return metric


@_read_off
def auroc(cuts: Cuts) -> float:
    """The chance that a violating pair scores higher than another one; ties count half."""
    area: float = library("sklearn.metrics").auc(np.append(0.0, cuts.alarm_rates), np.append(0.0, cuts.recalls))
    return area


@_read_off
def auprc(cuts: Cuts) -> float:
    """Average precision: precision at each threshold, weighted by the recall it adds (no interpolation)."""
    precisions = cuts.hits / (cuts.hits + cuts.alarms)
    return float(precisions @ np.diff(cuts.recalls, prepend=0.0))


def recall_at_fpr(rate: float) -> Metric:
    """The highest recall at a threshold that flags at most `rate` (0 to 1) of what does not violate."""
    return _read_off(lambda cuts: cuts.recalls[cuts.alarm_rates <= rate].max(initial=0.0))


def f1_at(threshold: float) -> Metric:
    """F1 where a score from `threshold` on counts as a violation."""
    return _read_off(lambda cuts: _at(threshold, _f1(cuts), cuts, flagging_nothing=0.0))


@_read_off
def best_f1(cuts: Cuts) -> float:
    """F1 at the threshold where it is highest on these very labels: what a threshold could reach at most.

    Chosen anew in every draw, so the interval covers the choice too.
    """
    return float(_f1(cuts).max())


@_read_off
def best_f1_threshold(cuts: Cuts) -> float:
    """The threshold of `best_f1`; the highest of several that are as good."""
    return _best(_f1(cuts), cuts)


def balanced_accuracy_at(threshold: float) -> Metric:
    """The mean of recall and specificity where a score from `threshold` on counts as a violation."""
    return _read_off(lambda cuts: _at(threshold, _balanced(cuts), cuts, flagging_nothing=0.5))


@_read_off
def best_balanced_accuracy(cuts: Cuts) -> float:
    """Balanced accuracy at the threshold where it is highest on these very labels; see `best_f1`."""
    return float(_balanced(cuts).max())


@_read_off
def best_balanced_accuracy_threshold(cuts: Cuts) -> float:
    """The threshold of `best_balanced_accuracy`; the highest of several that are as good."""
    return _best(_balanced(cuts), cuts)


def _f1(cuts: Cuts) -> Floats:
    scores: Floats = 2 * cuts.hits / (cuts.hits + cuts.alarms + cuts.hits[-1])
    return scores


def _balanced(cuts: Cuts) -> Floats:
    means: Floats = (cuts.recalls + 1.0 - cuts.alarm_rates) / 2
    return means


def _at(threshold: float, values: Floats, cuts: Cuts, *, flagging_nothing: float) -> float:
    """The value at the lowest score from the threshold on; where there is none, nothing is flagged."""
    above = values[cuts.thresholds >= threshold]
    return float(above[-1]) if len(above) else flagging_nothing


def _best(values: Floats, cuts: Cuts) -> float:
    # Rounded, so that of two values that differ by a rounding error the first counts as well.
    return float(cuts.thresholds[np.round(values, 12).argmax()])
