"""Whether judges, people or contents have drifted: from decisions and reviews to alarms, in one pass."""

from collections.abc import AsyncIterable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from komainu.domain import Abstention, Decision, Opinion, Reason, Review, Ruling, Verdict
from komainu.learning.alarms import Alarm, DriftReport, Watched, moment, reported
from komainu.learning.streams import Measure, Stream, StreamKey, side_of
from komainu.learning.topics import Sampled, Samples
from komainu.learning.windows import DAY, Watch

__all__ = ["Alarm", "Drift", "DriftReport", "Recorded", "Watch", "Watched", "drift_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A decision as it is on record."""

    decision: Decision
    reviews: Sequence[Review] = ()  # oldest first
    before: Decision | None = None  # the one in whose place it stands


class Drift:
    """Takes in decisions in the order recorded, and says at any time what has drifted.

    Every judge under every clause of every policy version is watched by itself: versions are never mixed. Where a
    decision stands in place of another, what that one's judges had said already is not counted again.

    `now` is the time by the clock. A decision made after it does not move time forward, and one made before its
    predecessor does not move it back: a clock that was wrong cannot hide drift in the reference. `policies`
    (id@version) are those to watch; None: all.
    """

    def __init__(self, watch: Watch, *, now: datetime, policies: Collection[str] | None = None) -> None:
        self._watch, self._now, self._policies = watch, now.timestamp(), policies
        self._streams: dict[StreamKey, Stream] = {}
        self._keys: dict[tuple[str, str, str], StreamKey] = {}
        self._samples: Samples | None = None
        self._decisions, self._moment = 0, 0.0

    def add(self, recorded: Recorded) -> None:
        """Take in the next decision."""
        decision = recorded.decision
        self._decisions += 1
        made = decision.decided_at.timestamp()
        if made <= self._now:
            self._moment = max(self._moment, made)
        elif not self._moment:
            self._moment = self._now
        self._samples = self._samples or Samples(self._watch, self._moment)
        self._samples.add(decision, self._moment)
        ruled = {key: ruling for review in recorded.reviews for key, ruling in review.rulings.items()}
        versions = {name.partition("@")[0]: name for name in decision.policies}
        last = {opinion.clause: opinion for opinion in decision.opinions}
        for opinion in _new(recorded):
            policy = versions.get(opinion.clause.partition("/")[0], "")
            if self._policies is None or policy in self._policies:
                values = _values(opinion, decision, ruled, settles=last[opinion.clause] is opinion)
                self._stream(opinion, policy, decision).add(values, self._moment, decision)

    def samples(self) -> tuple[list[Sampled], list[Sampled]]:
        """Contents drawn from the reference and from the current window, to look for new topics in."""
        return self._samples.drawn(self._moment) if self._samples is not None else ([], [])

    def report(self) -> DriftReport:
        """What was watched so far, and what moved."""
        recent = (int(self._moment // DAY) - self._watch.current_days + 1) * DAY
        live = {key: stream for key, stream in self._streams.items() if stream.last >= recent}
        watched, alarms = reported(live, self._watch, end=self._moment)
        return DriftReport(
            decisions=self._decisions,
            until=moment(self._moment) if self._decisions else None,
            watched=tuple(watched),
            ended=len(self._streams) - len(live),
            alarms=tuple(alarms),
        )

    def _stream(self, opinion: Opinion, policy: str, decision: Decision) -> Stream:
        named = (opinion.clause, opinion.judge, policy)
        if (key := self._keys.get(named)) is None:
            key = self._keys[named] = StreamKey(clause=opinion.clause, judge=opinion.judge, policy=policy)
            self._streams[key] = Stream(self._watch, self._moment, len(decision.rulings))
        return self._streams[key]


async def drift_of(
    recorded: AsyncIterable[Recorded], *, watch: Watch, now: datetime, policies: Collection[str] | None = None
) -> DriftReport:
    """What has drifted in decisions that come in the order recorded."""
    drift = Drift(watch, now=now, policies=policies)
    async for one in recorded:
        drift.add(one)
    return drift.report()


def _new(recorded: Recorded) -> Iterator[Opinion]:
    """The opinions that were given for this decision, and not before already; the last where a judge gave several."""
    before = recorded.before.opinions if recorded.before is not None else ()
    heard = {(one.judge, one.clause) for one in before if not _is_later(one)}
    given = {(one.judge, one.clause): one for one in recorded.decision.opinions if not _is_later(one)}
    return (one for named, one in given.items() if named not in heard)


def _is_later(opinion: Opinion) -> bool:
    return isinstance(opinion, Abstention) and opinion.reason is Reason.LATER


def _values(
    opinion: Opinion, decision: Decision, ruled: Mapping[str, Ruling], *, settles: bool
) -> Iterator[tuple[Measure, float]]:
    """What an opinion adds to each measure."""
    silent = isinstance(opinion, Abstention)
    failed = isinstance(opinion, Abstention) and opinion.is_failure
    yield Measure.FAILURE, float(failed)
    if not failed:
        yield Measure.SILENCE, float(silent)
    if isinstance(opinion, Verdict):
        yield Measure.SCORE, opinion.probability
        if opinion.clause in ruled:
            side = side_of(opinion.probability, decision.rulings.get(opinion.clause, Ruling.OPEN), settles=settles)
            yield Measure.OVERRIDE, float(side is not ruled[opinion.clause])
