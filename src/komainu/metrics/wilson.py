"""The interval of a share of a simple random sample."""

import math

from komainu.metrics.figure import Figure

Z = 1.959963984540054  # of a 95 % interval


def wilson(found: float, n: int) -> Figure:
    """The share `found` / n with Wilson's interval (1927); None of nothing.

    `found` may be a sum of shares, as of pairs within each of n contents: the interval is then too wide, never too
    narrow. ValueError where more was found than there is.
    """
    if not 0 <= found <= n:
        raise ValueError(f"a share counts between none and all; got {found} of {n}")
    if not n:
        return Figure(value=None, n=0, positives=0)
    value, scale = found / n, 1 + Z**2 / n
    middle = (value + Z**2 / (2 * n)) / scale
    half = Z / scale * math.sqrt(value * (1 - value) / n + Z**2 / (4 * n**2))
    low, high = max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half))
    return Figure(value=value, n=n, positives=math.ceil(found), low=low, high=high)
