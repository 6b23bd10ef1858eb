"""Whether a probability means what it says."""

import numpy as np

from komainu.metrics.sample import Draw


def calibration_error(draw: Draw) -> float:
    """Expected calibration error: how far probabilities lie from the share that violates, on average over ten bins.

    Bins hold equally many pairs each (adaptive binning, Nguyen and O'Connor 2015); equal probabilities share a bin, so
    few distinct values make fewer bins. They are laid once, on the sample itself. Small samples read too high, since
    every bin's share is off by chance. Also defined where all labels are the same.
    """
    sample = draw.sample
    if not len(sample):
        return float("nan")
    gaps = np.bincount(sample.bins, weights=draw.weights * (sample.scores - sample.labels))
    return float(np.abs(gaps).sum() / draw.weights.sum())
