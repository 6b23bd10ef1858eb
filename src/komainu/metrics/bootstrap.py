"""How sure one can be of a figure: the cluster bootstrap.

Whole clusters are drawn with replacement, as many as there are, and the figure is taken again on what was drawn; the
interval runs between the 2.5th and the 97.5th percentile (Efron and Tibshirani, An Introduction to the Bootstrap,
1993, section 13.3; clusters: Field and Welsh 2007). With few clusters such intervals are too narrow.
`scipy.stats.bootstrap` is no help here: it has no interval where a metric is undefined on one resample.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from komainu.metrics.figure import Figure
from komainu.metrics.libraries import library
from komainu.metrics.ranking import Metric
from komainu.metrics.sample import Draw, Floats, Sample, numbered

TAIL = 0.025  # on either side of a 95 % interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """How resamples are drawn: the same seed always gives the same interval."""

    resamples: int = 300
    seed: int = 0

    def __post_init__(self) -> None:
        if self.resamples < 1:
            raise ValueError(f"a bootstrap needs at least one resample; got {self.resamples}")

    def counts(self, clusters: int) -> Floats:
        """How often each cluster is drawn, shape (resamples, clusters)."""
        generator = np.random.default_rng(self.seed)
        counts = generator.multinomial(clusters, np.full(clusters, 1.0 / clusters), size=self.resamples)
        return counts.astype(np.float64)


DEFAULT = Bootstrap()


def figure(metric: Metric, sample: Sample, bootstrap: Bootstrap = DEFAULT) -> Figure:
    """The metric on the sample; None, and no interval, where it is not defined."""
    return figures((metric,), sample, bootstrap)[0]


def figures(metrics: Sequence[Metric], sample: Sample, bootstrap: Bootstrap = DEFAULT) -> tuple[Figure, ...]:
    """Several metrics on one sample, in their order, at little more than the cost of one."""
    whole = _whole(sample)
    drawn = [[metric(draw) for metric in metrics] for draw in _drawn(sample, bootstrap)]
    return tuple(
        _figure(metric(whole), [values[place] for values in drawn], sample) for place, metric in enumerate(metrics)
    )


def difference(metric: Metric, first: Sample, second: Sample, bootstrap: Bootstrap = DEFAULT) -> Figure:
    """The metric on `first` less the metric on `second`, two sets of scores of the same pairs (a paired bootstrap).

    ValueError where labels or clusters differ.
    """
    same = np.array_equal(first.labels, second.labels) and np.array_equal(first.cluster_of, second.cluster_of)
    if not same:
        raise ValueError("a difference is taken between scores of the same pairs in the same order; got other pairs")
    both = zip(_drawn(first, bootstrap), _drawn(second, bootstrap), strict=True)
    value = metric(_whole(first)) - metric(_whole(second))
    return _figure(value, [metric(one) - metric(other) for one, other in both], first)


def share(counted: Sequence[bool], clusters: Sequence[str], bootstrap: Bootstrap = DEFAULT) -> Figure:
    """The share of entries that are counted; None of nothing.

    Where none or all are counted, resampling has nothing to vary: there the interval is the exact one (Clopper and
    Pearson 1934) for as many trials as there are clusters.
    """
    flags = np.asarray(counted, dtype=np.float64)
    cluster_of, number = numbered(clusters)
    hits, n = int(flags.sum()), len(flags)
    if not n:
        return Figure(value=None, n=0, positives=0)
    if hits in (0, n):
        exact = library("scipy.stats").binomtest(hits // n * number, number).proportion_ci(1 - 2 * TAIL, method="exact")
        return Figure(value=hits / n, n=n, positives=hits, low=float(exact.low), high=float(exact.high))
    drawn = bootstrap.counts(number)
    shares = (drawn @ np.bincount(cluster_of, weights=flags)) / (drawn @ np.bincount(cluster_of))
    low, high = interval(shares, number)
    return Figure(value=hits / n, n=n, positives=hits, low=low, high=high)


def mean(
    values: Sequence[float] | NDArray[np.floating[Any]], clusters: Sequence[str], bootstrap: Bootstrap = DEFAULT
) -> Figure:
    """The mean of the values; None of nothing. Its `positives` are the values above 0."""
    given = np.asarray(values, dtype=np.float64)
    cluster_of, number = numbered(clusters)
    above = int((given > 0).sum())
    if not len(given):
        return Figure(value=None, n=0, positives=0)
    drawn = bootstrap.counts(number)
    means = (drawn @ np.bincount(cluster_of, weights=given)) / (drawn @ np.bincount(cluster_of))
    low, high = interval(means, number)
    return Figure(value=float(given.mean()), n=len(given), positives=above, low=low, high=high)


def _whole(sample: Sample) -> Draw:
    return Draw(sample, np.ones(len(sample)))


def _drawn(sample: Sample, bootstrap: Bootstrap) -> Iterator[Draw]:
    """The resamples; none of a single cluster, which cannot vary."""
    if sample.clusters > 1:
        yield from (Draw(sample, counts[sample.cluster_of]) for counts in bootstrap.counts(sample.clusters))


def _figure(value: float, drawn: Sequence[float], sample: Sample) -> Figure:
    if np.isnan(value):
        return Figure(value=None, n=len(sample), positives=sample.positives)
    low, high = interval(np.asarray(drawn), sample.clusters)
    return Figure(value=value, n=len(sample), positives=sample.positives, low=low, high=high)


def interval(drawn: Floats, clusters: int) -> tuple[float | None, float | None]:
    """Percentiles of the resamples on which the figure is defined; none of a single cluster, which cannot vary."""
    defined = drawn[~np.isnan(drawn)]
    if clusters < 2 or not len(defined):
        return None, None
    low, high = np.quantile(defined, (TAIL, 1.0 - TAIL))
    return float(low), float(high)
