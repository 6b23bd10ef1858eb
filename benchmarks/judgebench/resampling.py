"""Figures with intervals over many pairs, quickly: scores are sorted once, and no resample sorts them again.

The resamples are those of `komainu.metrics.Bootstrap`, and the figures its own metrics: the same to the last digit.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from komainu.evals import Score
from komainu.metrics import Bootstrap, Figure, Metric, Sample
from komainu.metrics.sample import Cuts, Draw

TAILS = (0.025, 0.975)
Floats = NDArray[np.float64]


class Clusters:
    """What is drawn, and how often each was drawn in each resample."""

    def __init__(self, names: Sequence[str], bootstrap: Bootstrap) -> None:
        """`names`: of the clusters of all pairs that figures are taken on together."""
        self._number = {name: number for number, name in enumerate(sorted(set(names)))}
        self.counts = bootstrap.counts(len(self._number)) if len(self._number) > 1 else np.zeros((0, 1))

    def numbers(self, names: Sequence[str]) -> NDArray[np.intp]:
        """For each name the number of its cluster."""
        return np.array([self._number[name] for name in names], dtype=np.intp)


class Pairs:
    """Judged pairs, highest probability first; those that nobody judged are left out."""

    def __init__(self, scores: Sequence[Score], cluster: Callable[[Score], str]) -> None:
        judged = [(score, score.probability) for score in scores if score.probability is not None]
        judged.sort(key=lambda pair: -pair[1])
        self.names = [cluster(score) for score, _ in judged]
        self.sample = Sample([score.label for score, _ in judged], [score for _, score in judged], self.names)
        last = np.append(self.sample.scores[1:] != self.sample.scores[:-1], True)
        self.ends = np.flatnonzero(last) if judged else np.array([], dtype=np.intp)

    def draw(self, weights: Floats) -> Draw:
        """The pairs, each as often as its weight says."""
        return _Sorted(self, weights)

    def values(self, metrics: Sequence[Metric], clusters: Clusters) -> tuple[Floats, Floats]:
        """The metrics on the whole, shape (metrics,), and on the resamples, shape (resamples, metrics)."""
        number = clusters.numbers(self.names)
        whole = self.draw(np.ones(len(self.sample)))
        draws = (self.draw(counts[number]) for counts in clusters.counts)
        drawn = [[metric(draw) for metric in metrics] for draw in draws]
        return np.array([metric(whole) for metric in metrics]), np.array(drawn).reshape(-1, len(metrics))


class _Sorted(Draw):
    """A draw whose thresholds are read off running sums."""

    def __init__(self, pairs: Pairs, weights: Floats) -> None:
        super().__init__(pairs.sample, weights)
        self._ends = pairs.ends

    @cached_property
    def cuts(self) -> Cuts | None:  # type: ignore[override]
        hits = np.cumsum(self.weights * self.sample.labels)[self._ends]
        alarms = np.cumsum(self.weights)[self._ends] - hits
        if not (len(hits) and hits[-1] and alarms[-1]):
            return None
        some = hits + alarms > 0
        return Cuts(thresholds=self.sample.scores[self._ends][some], hits=hits[some], alarms=alarms[some])


def figures(metrics: Mapping[str, Metric], pairs: Pairs, bootstrap: Bootstrap) -> dict[str, Figure]:
    """The metrics on the pairs, by name."""
    whole, drawn = pairs.values(tuple(metrics.values()), Clusters(pairs.names, bootstrap))
    return {name: _figure(whole[place], drawn[:, place], [pairs]) for place, name in enumerate(metrics)}


def mean_figure(metric: Metric, many: Sequence[Pairs], bootstrap: Bootstrap) -> Figure:
    """The mean of the metric over several lots of pairs, of those on which it is defined."""
    clusters = Clusters([name for pairs in many for name in pairs.names], bootstrap)
    return _figure(*_mean(metric, many, clusters), many)


def margin(metric: Metric, judge: Pairs, control: Sequence[Pairs], bootstrap: Bootstrap) -> Figure:
    """The metric of the judge less its mean over the control, on the same resamples."""
    clusters = Clusters([name for pairs in (judge, *control) for name in pairs.names], bootstrap)
    whole, drawn = _mean(metric, [judge], clusters)
    control_whole, control_drawn = _mean(metric, control, clusters)
    return _figure(whole - control_whole, drawn - control_drawn, [judge])


def gap(metric: Metric, first: Pairs, second: Pairs, bootstrap: Bootstrap) -> Figure:
    """The metric on `first` less the metric on `second`, which share no cluster: each is resampled by itself."""
    other = Bootstrap(resamples=bootstrap.resamples, seed=bootstrap.seed + 1)
    whole, drawn = _mean(metric, [first], Clusters(first.names, bootstrap))
    second_whole, second_drawn = _mean(metric, [second], Clusters(second.names, other))
    apart = drawn - second_drawn if len(drawn) == len(second_drawn) else np.array([])
    return _figure(whole - second_whole, apart, [first, second])


def _mean(metric: Metric, many: Sequence[Pairs], clusters: Clusters) -> tuple[float, Floats]:
    values = [pairs.values((metric,), clusters) for pairs in many]
    defined = [(whole[0], drawn[:, 0]) for whole, drawn in values if not np.isnan(whole[0])]
    if not defined:
        return float("nan"), np.array([])
    columns = np.stack([drawn for _, drawn in defined])
    counted = np.maximum((~np.isnan(columns)).sum(axis=0), 1)
    drawn = np.where(np.isnan(columns).all(axis=0), np.nan, np.nansum(columns, axis=0) / counted)
    return float(np.mean([whole for whole, _ in defined])), drawn


def _figure(value: float, drawn: Floats, many: Sequence[Pairs]) -> Figure:
    n = sum(len(pairs.sample) for pairs in many)
    positives = sum(pairs.sample.positives for pairs in many)
    if np.isnan(value):
        return Figure(value=None, n=n, positives=positives)
    defined = drawn[~np.isnan(drawn)]
    low, high = (float(edge) for edge in np.quantile(defined, TAILS)) if len(defined) else (None, None)
    return Figure(value=float(value), n=n, positives=positives, low=low, high=high)
