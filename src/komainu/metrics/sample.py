"""What figures are taken from: labels, scores and the clusters they come in."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
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
        self.labels: Booleans = np.asarray(labels, dtype=np.bool_)
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
    def order(self) -> Indices:
        """Entries from the highest score to the lowest."""
        return np.argsort(-self.scores, kind="stable")

    @cached_property
    def ends(self) -> Indices:
        """Positions in `order` where a run of equal scores ends: between them no threshold can cut."""
        ranked = self.scores[self.order]
        return np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True)) if len(ranked) else np.zeros(0, np.intp)

    @cached_property
    def thresholds(self) -> Floats:
        """The distinct scores, highest first: one per possible cut `score >= threshold`."""
        cuts: Floats = self.scores[self.order][self.ends]
        return cuts


class Draws:
    """A sample under many weightings at once: row by row, how often each entry counts."""

    def __init__(self, sample: Sample, weights: Floats) -> None:
        self.sample = sample
        self.weights = weights  # (draws, entries)

    @cached_property
    def true_positives(self) -> Floats:
        """Violating entries at or above each threshold, shape (draws, thresholds)."""
        return self._at_or_above(self.sample.labels)

    @cached_property
    def false_positives(self) -> Floats:
        """Other entries at or above each threshold, shape (draws, thresholds)."""
        return self._at_or_above(~self.sample.labels)

    @cached_property
    def positives(self) -> Floats:
        """Violating entries, shape (draws, 1)."""
        counts: Floats = self.weights[:, self.sample.labels].sum(axis=1, keepdims=True)
        return counts

    @cached_property
    def negatives(self) -> Floats:
        """Other entries, shape (draws, 1)."""
        counts: Floats = self.weights[:, ~self.sample.labels].sum(axis=1, keepdims=True)
        return counts

    def _at_or_above(self, counted: Booleans) -> Floats:
        ranked = (self.weights * counted)[:, self.sample.order]
        counts: Floats = np.cumsum(ranked, axis=1)[:, self.sample.ends]
        return counts


def numbered(clusters: Sequence[str]) -> tuple[Indices, int]:
    """For each entry the number of its cluster, in the order of the names; and how many clusters there are."""
    names, numbers = np.unique(np.asarray(clusters, dtype=np.str_), return_inverse=True)
    return numbers.astype(np.intp), len(names)
