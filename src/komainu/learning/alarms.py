"""What is told of streams: their figures, and what moved under which clause."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from komainu.learning.streams import COARSE, FINE, Example, Measure, Stream, StreamKey, Tally
from komainu.learning.windows import Watch
from komainu.metrics import Change, Shift, holm, shift

PSI, ADWIN = "psi", "adwin"  # the tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that moved under a clause, by more than chance does and enough to matter."""

    clause: str  # key: policy/clause
    judge: str  # name@version
    policy: str  # id@version
    measure: Measure
    test: str  # `psi`: the current window against the reference; `adwin`: within the stream
    before: float  # mean score, or share
    after: float
    n_before: int
    n_after: int
    p: float  # adjusted for all that this test was used on
    since: datetime  # when it moved: the cut of ADWIN, or where the current window starts
    shift: Shift | None = None  # of PSI
    rulebooks: int = 1  # under how many the judge was asked: with more than one, something else changed meanwhile
    examples: tuple[Example, ...] = ()  # since then, at most three

    @property
    def direction(self) -> int:
        """1 where values rose, -1 where they fell, 0 where only their spread changed."""
        if self.shift is not None:
            return self.shift.direction
        return (self.after > self.before) - (self.after < self.before)


def reason_of(alarm: Alarm) -> str:
    """The alarm in one line, as a reason that is kept on record."""
    moved = f"{alarm.measure.value} from {alarm.before:.4g} to {alarm.after:.4g}"
    return (
        f"drift: {moved} (n {alarm.n_before} and {alarm.n_after}, {alarm.test}, p = {alarm.p:.2g}) "
        f"since {alarm.since:%Y-%m-%d}"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measure in both windows, and since its last change."""

    reference: float | None  # mean or share; None of nothing
    current: float | None
    n_reference: int
    n_current: int
    mean: float | None  # of the window of ADWIN
    n: int
    changes: tuple[Change, ...]  # oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One judge under one clause, as far as it is still asked."""

    key: StreamKey
    since: datetime  # its first answer
    reference_until: datetime
    rulebooks: int
    measures: Mapping[Measure, Measured]
    shift: Shift | None  # of its scores; None where there are too few
    p: float | None  # of the shift, adjusted for all streams
    needs: str  # what is missing for a shift; empty where there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """What was watched, and what moved."""

    decisions: int
    until: datetime | None  # the last moment of the record; None of an empty one
    watched: tuple[Watched, ...]
    ended: int  # streams of judges and policies that were not asked any more in the current window
    alarms: tuple[Alarm, ...]  # by clause


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A stream with what its current window came to."""

    key: StreamKey
    stream: Stream
    current: Tally
    shift: Shift | None
    p: float | None = None


def reported(streams: Mapping[StreamKey, Stream], watch: Watch, *, end: float) -> tuple[list[Watched], list[Alarm]]:
    """Figures and alarms of streams that are still asked; `end` is the last moment of the record."""
    seen = []
    for key, stream in streams.items():
        current = stream.current(end)
        seen.append(_Seen(key=key, stream=stream, current=current, shift=_shift(stream, current, watch)))
    adjusted = iter(holm([one.shift.p for one in seen if one.shift is not None]))
    seen = [replace(one, p=next(adjusted)) if one.shift is not None else one for one in seen]
    alarms = [alarm for one in seen for alarm in (*_psi_alarms(one, watch, end), *_adwin_alarms(one, watch))]
    alarms.sort(key=lambda one: (one.clause, one.judge, one.policy, one.measure, one.test))
    return [_watched(one, watch) for one in seen], alarms


def moment(seconds: float) -> datetime:
    """The time, UTC, of seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def _shift(stream: Stream, current: Tally, watch: Watch) -> Shift | None:
    reference = stream.windows.reference
    fewest = min(reference.counts[Measure.SCORE], current.counts[Measure.SCORE])
    return shift(reference.fine, current.fine) if fewest >= watch.needed else None


def _watched(seen: _Seen, watch: Watch) -> Watched:
    stream = seen.stream
    return Watched(
        key=seen.key,
        since=moment(stream.windows.first),
        reference_until=moment(stream.windows.reference_ends),
        rulebooks=len(stream.rulebooks),
        measures={measure: _measured(measure, stream, seen.current) for measure in Measure},
        shift=seen.shift,
        p=seen.p,
        needs="" if seen.shift is not None else _needs(stream, seen.current, watch),
    )


def _measured(measure: Measure, stream: Stream, current: Tally) -> Measured:
    reference, line = stream.windows.reference, stream.lines[measure]
    return Measured(
        reference=reference.mean(measure),
        current=current.mean(measure),
        n_reference=reference.counts[measure],
        n_current=current.counts[measure],
        mean=line.adwin.mean,
        n=line.adwin.width,
        changes=tuple(line.changes),
    )


def _needs(stream: Stream, current: Tally, watch: Watch) -> str:
    """In words, what is missing for a comparison of both windows."""
    missing = {
        name: watch.needed - tally.counts[Measure.SCORE]
        for name, tally in (("reference", stream.windows.reference), ("current", current))
    }
    said = [f"{count} more verdicts in the {name} window" for name, count in missing.items() if count > 0]
    return f"needs {' and '.join(said)} (the reference ends {moment(stream.windows.reference_ends):%Y-%m-%d})"


def _psi_alarms(seen: _Seen, watch: Watch, end: float) -> Iterator[Alarm]:
    """One where the scores of the current window are surely spread otherwise than in the reference, and enough so."""
    moved, stream = seen.shift, seen.stream
    if moved is None or seen.p is None or seen.p > watch.each or moved.psi - moved.expected < watch.least_psi:
        return
    reference, starts = stream.windows.reference, stream.windows.current_starts(end)
    yield Alarm(
        clause=seen.key.clause,
        judge=seen.key.judge,
        policy=seen.key.policy,
        measure=Measure.SCORE,
        test=PSI,
        before=reference.mean(Measure.SCORE) or 0.0,
        after=seen.current.mean(Measure.SCORE) or 0.0,
        n_before=moved.reference,
        n_after=moved.current,
        p=seen.p,
        since=moment(starts),
        shift=moved,
        rulebooks=len(stream.rulebooks),
        examples=stream.lines[Measure.SCORE].examples(starts, _gains(reference, seen.current)),
    )


def _adwin_alarms(seen: _Seen, watch: Watch) -> Iterator[Alarm]:
    """One for each measure that ever changed: its latest change that is large enough to matter."""
    for measure, line in seen.stream.lines.items():
        large = [one for one in line.changes if abs(one.after - one.before) >= watch.least_move]
        for change in large[-1:]:
            yield Alarm(
                clause=seen.key.clause,
                judge=seen.key.judge,
                policy=seen.key.policy,
                measure=measure,
                test=ADWIN,
                before=change.before,
                after=change.after,
                n_before=change.n_before,
                n_after=change.n_after,
                p=min(1.0, change.p * seen.stream.family),
                since=moment(change.since),
                rulebooks=len(seen.stream.rulebooks),
                examples=line.examples(change.since, np.arange(COARSE, dtype=np.float64) * change.direction),
            )


def _gains(reference: Tally, current: Tally) -> NDArray[np.float64]:
    """By how much the share of each group of scores grew."""
    shares = [
        tally.fine.reshape(COARSE, FINE // COARSE).sum(axis=1) / tally.fine.sum() for tally in (reference, current)
    ]
    gains: NDArray[np.float64] = shares[1] - shares[0]
    return gains
