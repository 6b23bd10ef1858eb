"""Which words of a content speak for a clause."""

import numpy as np

from komainu.judges.embedded.head import Floats, Places

_SURE = 0.5  # standard deviations above its mean that a token must be like the rule to lengthen a run


def runs(likest: Floats, weights: Floats) -> tuple[Places, Places]:
    """For each clause, the first and last token of the run that is most like its rule.

    `likest` (clauses, tokens) says how much each token is like the likest of the rule, `weights` (tokens,) how much it
    counts. The run is the one with the largest sum of what lies above the mean (Kadane's maximum subarray).
    """
    share = weights / max(float(weights.sum()), 1e-12)
    mean = likest @ share
    spread = np.sqrt(np.maximum((likest**2) @ share - mean**2, 0.0))
    gain = (likest - (mean + _SURE * spread)[:, None]) * share
    sums = np.concatenate([np.zeros((len(gain), 1), np.float32), np.cumsum(gain, axis=1)], axis=1)
    lowest = np.minimum.accumulate(sums[:, :-1], axis=1)
    last = (sums[:, 1:] - lowest).argmax(axis=1)
    rows = np.arange(len(gain))
    reached = sums[:, :-1] == lowest[rows, last][:, None]  # where the run can have begun
    places = np.arange(gain.shape[1])
    first = np.where(reached & (places <= last[:, None]), places, -1).max(axis=1)
    return first.astype(np.intp), last.astype(np.intp)
