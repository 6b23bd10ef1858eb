"""What one judge said of one clause, watched as it goes by: memory that does not grow with the number of decisions."""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from komainu.domain import Decision, Ruling
from komainu.learning.windows import Watch, Windows
from komainu.metrics import Adwin, Change

FINE = 256  # bins of probabilities, of equal width in logits: rare clauses live between .0001 and .01
COARSE = 16  # groups of them, of which the latest examples are kept
EXAMPLES = 3
ROOM = 12  # ADWINs that one clause may need: of four measures, for three judges
_LEAST = 1e-4  # probabilities nearer to 0 or 1 are all alike
_EDGES = math.log(_LEAST / (1 - _LEAST))
_Seen = tuple[float, float, str, str]  # value, moment, decision, content
_SMALL = 8  # reviews of a block: people rule on little


class Measure(StrEnum):
    """What is watched of a judge under a clause."""

    SCORE = "score"  # the probability of violation, of its verdicts
    SILENCE = "silence"  # share of contents on which it looked and cannot say
    FAILURE = "failure"  # share of contents on which it failed, timed out or answered garbage
    OVERRIDE = "override"  # share of its verdicts that a person ruled otherwise, of those that a person ruled on


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamKey:
    """Whose answers to what: other versions make another stream."""

    clause: str  # key: policy/clause
    judge: str  # name@version
    policy: str  # id@version


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One content behind a figure."""

    decision: str  # id
    content: str  # digest
    value: float  # a probability; 1 or 0 for what was or was not so
    at: float  # seconds since 1970


class Tally:
    """What was measured in a window: how many, and their sum, by measure; and how verdicts are spread."""

    __slots__ = ("counts", "fine", "sums")

    def __init__(self) -> None:
        self.counts, self.sums = dict.fromkeys(Measure, 0), dict.fromkeys(Measure, 0.0)
        self.fine: NDArray[np.int64] = np.zeros(FINE, np.int64)

    def add(self, measure: Measure, value: float, place: int) -> None:
        """Count a value; `place` is its fine bin."""
        self.counts[measure] += 1
        self.sums[measure] += value
        if measure is Measure.SCORE:
            self.fine[place] += 1

    def merge(self, other: "Tally") -> None:
        """Count what the other has counted."""
        for measure in Measure:
            self.counts[measure] += other.counts[measure]
            self.sums[measure] += other.sums[measure]
        self.fine += other.fine

    def mean(self, measure: Measure) -> float | None:
        """The mean, or the share; None where nothing was measured."""
        count = self.counts[measure]
        return self.sums[measure] / count if count else None


class Line:
    """One measure in the order recorded: its window, its changes, and the latest examples of every size."""

    __slots__ = ("_latest", "adwin", "changes")

    def __init__(self, *, delta: float, grain: int) -> None:
        self.adwin = Adwin(delta=delta, grain=grain)
        self.changes: list[Change] = []
        self._latest: list[deque[_Seen] | None] = [None] * COARSE

    def add(self, value: float, place: int, at: float, decision: Decision) -> None:
        """Take in the next value; what was 0 is no example of anything."""
        change = self.adwin.add(value, at)
        if change is not None:
            self.changes.append(change)
        if value:
            group = place * COARSE // FINE
            latest = self._latest[group]
            if latest is None:
                latest = self._latest[group] = deque(maxlen=EXAMPLES)
            latest.append((value, at, decision.id, decision.content))

    def examples(self, since: float, gains: NDArray[np.float64]) -> tuple[Example, ...]:
        """The latest since then, those first whose group of values (COARSE of them) gained most."""
        recent = [
            (gains[group], at, Example(decision=decision, content=content, value=value, at=at))
            for group, latest in enumerate(self._latest)
            for value, at, decision, content in latest or ()
            if at >= since
        ]
        recent.sort(key=lambda one: one[:2], reverse=True)
        distinct = {one.content: one for _, _, one in reversed(recent)}
        return tuple(reversed(distinct.values()))[:EXAMPLES]


class Stream:
    """All that is watched of one judge under one clause."""

    def __init__(self, watch: Watch, first: float, clauses: int) -> None:
        self.family = ROOM * clauses  # ADWINs among which alpha is shared
        delta = watch.each / self.family
        self.windows = Windows(watch, first, Tally)
        self.lines = {
            measure: Line(delta=delta, grain=_SMALL if measure is Measure.OVERRIDE else 32) for measure in Measure
        }
        self.rulebooks: set[str] = set()  # digests that it was asked under
        self.last = first

    def add(self, values: Iterable[tuple[Measure, float]], at: float, decision: Decision) -> None:
        """Take in what an opinion of that decision adds to each measure."""
        self.last = at
        self.rulebooks.add(decision.rulebook)
        tally = self.windows.at(at)
        for measure, value in values:
            place = fine_bin(value) if 0.0 < value < 1.0 else int(value) * (FINE - 1)
            tally.add(measure, value, place)
            self.lines[measure].add(value, place, at, decision)

    def current(self, end: float) -> Tally:
        """What was measured in the current window."""
        whole = Tally()
        for day in self.windows.current(end):
            whole.merge(day)
        return whole


def fine_bin(probability: float) -> int:
    """Which of the FINE bins, ascending."""
    inside = min(max(probability, _LEAST), 1.0 - _LEAST)
    place = math.log(inside / (1.0 - inside)) / _EDGES  # 1 at the lowest, -1 at the highest
    return min(FINE - 1, int((1.0 - place) / 2.0 * FINE))


def side_of(probability: float, ruling: Ruling, *, settles: bool) -> Ruling:
    """How a judge stands on a clause: as it was settled where its verdict did that, else as is likelier."""
    if settles and ruling is not Ruling.OPEN:
        return ruling
    return Ruling.VIOLATED if probability >= 0.5 else Ruling.CLEAR
