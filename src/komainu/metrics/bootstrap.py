"""How sure one can be of a figure: the cluster bootstrap.

Whole clusters are drawn with replacement, as many as there are, and the figure is taken again on what was drawn; the
interval runs between the 2.5th and the 97.5th percentile (Efron and Tibshirani, An Introduction to the Bootstrap,
1993, section 13.3; clusters: Field and Welsh 2007). With few clusters such intervals are too narrow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from komainu.metrics.figure import Figure
from komainu.metrics.ranking import Metric
from komainu.metrics.sample import Draws, Floats, Sample, numbered

TAIL = 0.025  # on either side of a 95 % interval
CELLS = 1_000_000  # weights in memory at once, 8 bytes each


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """How resamples are drawn: the same seed always gives the same interval."""

    resamples: int = 1000
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
    whole = Draws(sample, np.ones((1, len(sample))))
    values = [float(metric(whole)[0]) for metric in metrics]
    drawn: list[list[Floats]] = [[] for _ in metrics]
    for draws in _resampled(sample, bootstrap):
        for taken, metric in zip(drawn, metrics, strict=True):
            taken.append(metric(draws))
    return tuple(_figure(value, taken, sample) for value, taken in zip(values, drawn, strict=True))


def difference(metric: Metric, first: Sample, second: Sample, bootstrap: Bootstrap = DEFAULT) -> Figure:
    """The metric on `first` less the metric on `second`, two sets of scores of the same pairs (a paired bootstrap).

    ValueError where labels or clusters differ.
    """
    same = np.array_equal(first.labels, second.labels) and np.array_equal(first.cluster_of, second.cluster_of)
    if not same:
        raise ValueError("a difference is taken between scores of the same pairs in the same order; got other pairs")
    ones = np.ones((1, len(first)))
    value = float(metric(Draws(first, ones))[0] - metric(Draws(second, ones))[0])
    both = zip(_resampled(first, bootstrap), _resampled(second, bootstrap), strict=True)
    return _figure(value, [metric(one) - metric(other) for one, other in both], first)


def share(counted: Sequence[bool], clusters: Sequence[str], bootstrap: Bootstrap = DEFAULT) -> Figure:
    """The share of entries that are counted; None of nothing.

    Where none or all are counted, resampling has nothing to vary: there the far end of the interval is the exact one
    (Clopper and Pearson 1934) for as many trials as there are clusters.
    """
    flags = np.asarray(counted, dtype=np.float64)
    cluster_of, number = numbered(clusters)
    hits, n = int(flags.sum()), len(flags)
    if not n:
        return Figure(value=None, n=0, positives=0)
    far = float(TAIL ** (1.0 / number))
    if hits == 0:
        return Figure(value=0.0, n=n, positives=0, low=0.0, high=1.0 - far)
    if hits == n:
        return Figure(value=1.0, n=n, positives=n, low=far, high=1.0)
    drawn = bootstrap.counts(number)
    shares = (drawn @ np.bincount(cluster_of, weights=flags)) / (drawn @ np.bincount(cluster_of))
    low, high = _interval(shares, number)
    return Figure(value=hits / n, n=n, positives=hits, low=low, high=high)


def _resampled(sample: Sample, bootstrap: Bootstrap) -> Iterator[Draws]:
    """The resamples, as many at once as memory allows."""
    if sample.clusters < 2:
        return
    counts = bootstrap.counts(sample.clusters)
    rows = max(1, CELLS // len(sample))
    for start in range(0, len(counts), rows):
        yield Draws(sample, counts[start : start + rows][:, sample.cluster_of])


def _figure(value: float, drawn: Sequence[Floats], sample: Sample) -> Figure:
    if np.isnan(value):
        return Figure(value=None, n=len(sample), positives=sample.positives)
    low, high = _interval(np.concatenate(drawn) if drawn else np.zeros(0), sample.clusters)
    return Figure(value=value, n=len(sample), positives=sample.positives, low=low, high=high)


def _interval(drawn: Floats, clusters: int) -> tuple[float | None, float | None]:
    """Percentiles of the resamples on which the figure is defined; none of a single cluster, which cannot vary."""
    defined = drawn[~np.isnan(drawn)]
    if clusters < 2 or not len(defined):
        return None, None
    low, high = np.quantile(defined, (TAIL, 1.0 - TAIL))
    return float(low), float(high)
