"""Whether the mean of a stream has changed, looked at as often as one likes: ADWIN.

After Bifet and Gavaldà, Learning from Time-Changing Data with Adaptive Windowing (SIAM Data Mining 2007): a window of
the latest values, kept as an exponential histogram, is cut wherever the means of its older and its newer part differ
by more than chance allows. Written here rather than taken from `river`, whose detector says neither where the window
was cut nor between what means, and whose delta is for each look alone; both are what an alarm is made of.

What differs from the paper: delta is spent over all looks that will ever be taken, and over the cuts of each look
(Bonferroni), so it bounds false alarms over the whole life of a stream: dashboards are peeked at. A window is cut at
the place that speaks loudest, not shortened bucket by bucket, so that the place tells when the change came. Values come
in blocks of `grain`; looks are taken when a block is full.
"""

import math
from dataclasses import dataclass

import numpy as np

ROW = 5  # buckets of one size at most: M of the paper; then the two oldest become one of twice the size
GRAIN = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the mean."""

    before: float  # mean of the window up to the change
    after: float  # and since, as far as it was seen when the change was found
    n_before: int  # values
    n_after: int
    since: float  # `at` of the first value behind the cut
    found: float  # `at` of the value that gave it away
    p: float  # at most this share of streams without a change ever shows one so clear

    @property
    def direction(self) -> int:
        """1 where the mean rose, -1 where it fell."""
        return 1 if self.after > self.before else -1


class Adwin:
    """Watches the mean of a stream of values from 0 to 1, errors (0 or 1) included.

    `delta`: how many of the streams whose mean never changes may ever be found to have changed; the bound is
    Bernstein's with the variance of the window, as in the paper, so it holds nearly and not exactly. Memory grows with
    the logarithm of the window.
    """

    def __init__(self, *, delta: float = 0.01, grain: int = GRAIN) -> None:
        if not 0.0 < delta < 1.0:
            raise ValueError(f"delta is a share between 0 and 1; got {delta}")
        if grain < 1:
            raise ValueError(f"a block holds at least one value; got {grain}")
        self._delta, self._grain, self._looks = delta, grain, 0
        # Buckets, oldest first: how many values, their sum, the sum of their squares, `at` of the first.
        self._sizes: list[int] = []
        self._sums: list[float] = []
        self._squares: list[float] = []
        self._firsts: list[float] = []
        self._block: list[float] = []
        self._block_first = 0.0

    @property
    def width(self) -> int:
        """How many values the window holds: those since the last change."""
        return sum(self._sizes) + len(self._block)

    @property
    def mean(self) -> float | None:
        """The mean of the window; None where there is no value yet."""
        width = self.width
        return (sum(self._sums) + sum(self._block)) / width if width else None

    def add(self, value: float, at: float = 0.0) -> Change | None:
        """Take in the next value, and say where it gives a change away. `at` is any number that places it in time.

        ValueError where the value is not from 0 to 1.
        """
        if not 0.0 <= value <= 1.0:  # NaN is neither
            raise ValueError(f"ADWIN watches values from 0 to 1; got {value}")
        if not self._block:
            self._block_first = at
        self._block.append(value)
        if len(self._block) < self._grain:
            return None
        self._insert()
        self._looks += 1
        return self._look(at)

    def _insert(self) -> None:
        block = self._block
        self._sizes.append(len(block))
        self._sums.append(math.fsum(block))
        self._squares.append(math.fsum(value * value for value in block))
        self._firsts.append(self._block_first)
        self._block = []
        end, size = len(self._sizes), self._grain
        while True:
            start = end
            while start and self._sizes[start - 1] == size:
                start -= 1
            if end - start <= ROW:
                return
            self._sizes[start] += self._sizes.pop(start + 1)
            self._sums[start] += self._sums.pop(start + 1)
            self._squares[start] += self._squares.pop(start + 1)
            del self._firsts[start + 1]
            end, size = start + 1, size * 2

    def _look(self, at: float) -> Change | None:
        """Cut the window until its parts agree; what changed in all, where it was cut."""
        first: Change | None = None
        while (found := self._loudest(at)) is not None:
            place, change = found
            for column in (self._sizes, self._sums, self._squares, self._firsts):
                del column[:place]
            first = first or change
        return first

    def _loudest(self, at: float) -> tuple[int, Change] | None:
        """The cut whose means differ most, for what chance allows; None where no cut exceeds that."""
        cuts = len(self._sizes) - 1
        whole, total = sum(self._sizes), math.fsum(self._sums)
        variance = math.fsum(self._squares) / whole - (total / whole) ** 2
        if cuts < 1 or variance <= 0.0:
            return None
        older = np.cumsum(self._sizes[:-1])
        newer = whole - older
        sums = np.cumsum(self._sums[:-1])
        before, after = sums / older, (total - sums) / newer
        harmonic = older * newer / whole  # 1 / (1 / n0 + 1 / n1): half the harmonic mean of the sizes
        tries = cuts * _spent(self._looks)
        allowed = math.log(2.0 * tries / self._delta)
        gap = np.abs(before - after)
        excess = gap / (np.sqrt(2.0 * variance * allowed / harmonic) + 2.0 * allowed / (3.0 * harmonic))
        best = int(excess.argmax())
        if excess[best] <= 1.0:
            return None
        return best + 1, Change(
            before=float(before[best]),
            after=float(after[best]),
            n_before=int(older[best]),
            n_after=int(newer[best]),
            since=self._firsts[best + 1],
            found=at,
            p=_chance(float(gap[best]), variance, float(harmonic[best]), tries),
        )


def _spent(look: int) -> int:
    """One over the share of delta that the look gets.

    The j-th octave of looks (1, 2 and 3, 4 to 7 ...) gets 1 / (j (j + 1)), which sums to 1 for ever, in equal parts.
    """
    octave = look.bit_length()
    return octave * (octave + 1) * (1 << (octave - 1))


def _chance(gap: float, variance: float, harmonic: float, tries: int) -> float:
    """The least delta at which the gap still exceeds the bound: the bound solved for its logarithm."""
    slope, curve = math.sqrt(2.0 * variance / harmonic), 2.0 / (3.0 * harmonic)
    root = (math.sqrt(slope * slope + 4.0 * curve * gap) - slope) / (2.0 * curve)
    return min(1.0, 2.0 * tries * math.exp(-root * root))
