"""One number, and how sure one can be of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number with its sample size and its 95 % interval."""

    value: float | None  # None: not defined on this sample, as a ranking is not where all labels are the same
    n: int  # pairs measured
    positives: int  # of them, those labelled violating; for a share, those it counts
    low: float | None = None  # 2.5th percentile of the bootstrap; None: of one cluster alone
    high: float | None = None  # 97.5th percentile
