"""What figures are taken from: labels, scores and the clusters they come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from komainu.metrics.libraries import library

BINS = 10

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


class Sample:
    """Labelled scores in clusters, one entry per pair; never changed.

    The order of the entries and the order in which clusters occur make no difference to any figure.
    """

    def __init__(self, labels: Sequence[bool], scores: Sequence[float], clusters: Sequence[str]) -> None:
        """ValueError where the three differ in length, or where a score is not finite."""
        if not len(labels) == len(scores) == len(clusters):
            raise ValueError(
                f"a sample needs one label, score and cluster per pair; "
                f"got {len(labels)}, {len(scores)} and {len(clusters)}"
            )
        self.labels: NDArray[np.bool_] = np.asarray(labels, dtype=np.bool_)
        self.scores: Floats = np.asarray(scores, dtype=np.float64)
        if not np.isfinite(self.scores).all():
            raise ValueError("scores are finite numbers; got NaN or infinity")
        self.cluster_of, self.clusters = numbered(clusters)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def positives(self) -> int:
        """How many labels are true."""
        return int(self.labels.sum())

    @cached_property
    def bins(self) -> Indices:
        """For each entry the bin of its score, 0 (lowest) to 9: equally many in each, equal scores in one."""
        below: Indices = library("scipy.stats").rankdata(self.scores, method="min").astype(np.intp) - 1
        return below * BINS // max(len(self), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """What a threshold does, for every distinct score as one (`score >= threshold` flags), highest first."""

    thresholds: Floats
    hits: Floats  # violating entries that are flagged
    alarms: Floats  # other entries that are flagged

    @property
    def recalls(self) -> Floats:
        """The share of violating entries that is flagged."""
        shares: Floats = self.hits / self.hits[-1]  # the lowest threshold flags everything
        return shares

    @property
    def alarm_rates(self) -> Floats:
        """The share of other entries that is flagged: the false positive rate."""
        shares: Floats = self.alarms / self.alarms[-1]
        return shares


class Draw:
    """A sample and how often each of its entries counts: once, or as often as its cluster was drawn."""

    def __init__(self, sample: Sample, weights: Floats) -> None:
        self.sample = sample
        self.weights = weights

    @cached_property
    def cuts(self) -> Cuts | None:
        """What every threshold does; None where all labels that count are the same.

        Counted once for all metrics, by what scikit-learn's own curves (ROC, precision and recall) are made of.
        """
        labels = self.sample.labels
        if not (self.weights[labels].any() and self.weights[~labels].any()):
            return None
        # The sample has checked its numbers; to check them in every draw again takes a third of the time.
        with library("sklearn").config_context(assume_finite=True, skip_parameter_validation=True):
            _, alarms, _, hits, thresholds = library("sklearn.metrics").confusion_matrix_at_thresholds(
                labels, self.sample.scores, sample_weight=self.weights
            )
        return Cuts(thresholds=thresholds, hits=hits, alarms=alarms)


def numbered(clusters: Sequence[str]) -> tuple[Indices, int]:
    """For each entry the number of its cluster, in the order of the names; and how many clusters there are."""
    names, numbers = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
    return numbers.astype(np.intp), len(names)
