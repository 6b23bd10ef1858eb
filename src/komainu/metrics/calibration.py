"""Whether a probability means what it says."""

import numpy as np

from komainu.metrics.sample import Draws, Floats, Indices, Sample

BINS = 10


def calibration_error(draws: Draws) -> Floats:
    """Expected calibration error: how far probabilities lie from the share that violates, on average over ten bins.

    Bins hold equally many pairs each (adaptive binning, Nguyen and O'Connor 2015); equal probabilities share a bin, so
    few distinct values make fewer bins. They are laid once, on the sample itself. Small samples read too high, since
    every bin's share is off by chance. Also defined where all labels are the same.
    """
    sample = draws.sample
    bins = bins_of(sample)
    member = np.zeros((len(sample), BINS))
    member[np.arange(len(sample)), bins] = 1.0
    gaps = np.abs((draws.weights * (sample.scores - sample.labels)) @ member).sum(axis=1)
    weight = draws.weights.sum(axis=1)
    return np.where(weight > 0, gaps / np.where(weight > 0, weight, 1.0), np.nan)


def bins_of(sample: Sample) -> Indices:
    """For each entry the bin of its score, 0 (lowest) to 9."""
    below = np.searchsorted(np.sort(sample.scores), sample.scores, side="left")
    return (below * BINS // max(len(sample), 1)).astype(np.intp)
