"""How well a few scores put one kind above the other: for sets too small for curves, and without optional libraries."""

from collections.abc import Sequence

import numpy as np


def standing(above: Sequence[float], below: Sequence[float]) -> float | None:
    """The share of pairs, one of each, in which the first scores higher; ties count half. None where one is empty.

    This is the area under the ROC curve (Mann and Whitney 1947: U divided by the number of pairs).
    """
    if not above or not below:
        return None
    gaps = np.sign(np.subtract.outer(np.asarray(above, np.float64), np.asarray(below, np.float64)))
    return float((gaps.mean() + 1) / 2)
