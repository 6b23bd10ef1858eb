"""What is watched for drift, and the two windows in time that are compared."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

DAY = 86_400.0  # seconds
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How drift is looked for."""

    reference_days: int = 28  # from the first answer of a judge under a policy version on: what is taken as normal
    current_days: int = 7  # the latest days (UTC) of the record, today's included
    alpha: float = 0.05  # false alarms: a third each for PSI, ADWIN and new topics
    needed: int = 50  # verdicts, or contents, in either window: with fewer the two are not compared
    topics: int = 500  # contents of either window that are read for new topics; 0: none
    least_psi: float = 0.02  # above what chance makes of it; a shift that is surely there and smaller is no alarm
    least_move: float = 0.01  # of a mean or a share, likewise

    def __post_init__(self) -> None:
        if self.reference_days < 1 or self.current_days < 1 or self.needed < 1:
            raise ValueError(f"windows hold at least one day and one verdict; got {self}")
        if self.topics < 0:
            raise ValueError(f"so many contents are read for topics, or none; got {self.topics}")
        if not 0.0 < self.alpha < 1.0:
            raise ValueError(f"alpha is a share between 0 and 1; got {self.alpha}")

    @property
    def each(self) -> float:
        """Alpha of one kind of test."""
        return self.alpha / 3


class Windows(Generic[Kept]):
    """Something kept for the reference window, and for each of the latest days after it; earlier days are dropped.

    Moments are in seconds since 1970 and never go backwards.
    """

    def __init__(self, watch: Watch, first: float, make: Callable[[], Kept]) -> None:
        self.first, self.reference = first, make()
        self.reference_ends = first + watch.reference_days * DAY
        self._keeps, self._make, self._days = watch.current_days, make, dict[int, Kept]()

    def at(self, moment: float) -> Kept:
        """What is kept for the window of that moment."""
        if moment < self.reference_ends:
            return self.reference
        day = int(moment // DAY)
        if (found := self._days.get(day)) is None:
            found = self._days[day] = self._make()
            for old in [one for one in self._days if one <= day - self._keeps]:
                del self._days[old]
        return found

    def current(self, end: float) -> list[Kept]:
        """What is kept for the days of the current window, where `end` is the last moment of the record."""
        earliest = int(end // DAY) - self._keeps
        return [kept for day, kept in self._days.items() if day > earliest]

    def current_starts(self, end: float) -> float:
        """The first moment of the current window."""
        return max(self.reference_ends, (int(end // DAY) - self._keeps + 1) * DAY)
