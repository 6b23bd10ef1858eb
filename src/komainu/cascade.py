"""Ask judges in order until no clause is open."""

import asyncio
import math
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Self

import uuid_utils

from komainu.domain import (
    Abstention,
    Action,
    Call,
    Clause,
    Content,
    Decision,
    Opinion,
    Reason,
    Rulebook,
    Ruling,
    StageRun,
    Trace,
    Verdict,
    Warrants,
)
from komainu.domain.certificate import NEVER_CLEARS, NEVER_FINDS
from komainu.domain.lot import lot
from komainu.judges.opinions import abstentions, usable
from komainu.judges.protocol import Answered, Closing, Judge, Queued


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """How sure a judge must be before its verdict settles a clause."""

    clear_below: float = 0.01  # a probability under this clears the clause; 0: never
    violated_from: float = 0.95  # a probability from here on is a violation; above 1: never

    def __post_init__(self) -> None:
        if not 0.0 <= self.clear_below <= self.violated_from or math.isnan(self.violated_from):
            raise ValueError(
                f"thresholds need 0 <= clear_below <= violated_from; got {self.clear_below} and {self.violated_from}"
            )

    def ruling(self, verdict: Verdict) -> Ruling:
        """What the verdict settles."""
        if verdict.probability >= self.violated_from:
            return Ruling.VIOLATED
        return Ruling.CLEAR if verdict.probability < self.clear_below else Ruling.OPEN


_UNPROVEN = Thresholds(clear_below=NEVER_CLEARS, violated_from=NEVER_FINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Another version of a stage's judge, which is asked in its place on a share of the contents."""

    judge: Judge
    share: float  # of the contents, 0 to 1: always the same ones
    warrants: Warrants | None = None

    def takes(self, content: Content) -> bool:
        """Whether the content is among its share: by a hash, so that nobody can choose and a retry changes nothing."""
        return lot("canary", self.judge.name, content.digest) < self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A judge, how sure it must be, and how long it may take."""

    judge: Judge
    thresholds: Thresholds = Thresholds()
    by_clause: Mapping[str, Thresholds] = field(default_factory=lambda: MappingProxyType({}))  # by clause key
    timeout_seconds: float = 30.0  # from the judge's turn on, where it lets contents wait for one
    warrants: Warrants | None = None  # certificates, which count before the thresholds above; None: none do
    canary: Canary | None = None

    def chosen(self, content: Content) -> "Stage":
        """The stage as it is for that content: with its own judge, or with the canary's."""
        tried = self.canary
        if tried is None or not tried.takes(content):
            return self
        return replace(self, judge=tried.judge, warrants=tried.warrants, canary=None)

    @property
    def every_judge(self) -> tuple[Judge, ...]:
        """Its own judge, and the canary's."""
        return (self.judge,) if self.canary is None else (self.judge, self.canary.judge)

    @property
    def every_warrants(self) -> tuple[Warrants, ...]:
        """Of all its judges, those that certificates bind."""
        given = (self.warrants, self.canary.warrants if self.canary is not None else None)
        return tuple(one for one in given if one is not None)

    def rulings(self, opinions: Sequence[Opinion], rulebook: Rulebook, at: datetime) -> dict[str, Ruling]:
        """What the verdicts among the opinions come to at this stage, by clause key; abstentions settle nothing."""
        return {
            opinion.clause: self._thresholds(opinion.clause, rulebook, at).ruling(opinion)
            for opinion in opinions
            if isinstance(opinion, Verdict)
        }

    def _thresholds(self, clause: str, rulebook: Rulebook, at: datetime) -> Thresholds:
        """Those of a certificate that counts; none at all where one counts no longer."""
        if self.warrants is None or not self.warrants.binds(clause):
            return self.by_clause.get(clause, self.thresholds)
        digest = rulebook.policy(rulebook.clause(clause).policy).digest
        found = self.warrants.certificate(clause, digest, at)
        if found is None:
            return _UNPROVEN
        return Thresholds(clear_below=found.clear_below, violated_from=found.violated_from)

    async def ask(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Answered:
        """One usable opinion per clause, whatever the judge does: failure, silence and nonsense are abstentions."""
        async with self.judge.turn() if isinstance(self.judge, Queued) else nullcontext():
            return await self._ask(content, clauses, rulebook)

    async def _ask(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Answered:
        name = self.judge.name
        asking = asyncio.ensure_future(self._asked(content, clauses, rulebook))
        try:
            done, _ = await asyncio.wait({asking}, timeout=self.timeout_seconds)
        except asyncio.CancelledError:
            asking.cancel()
            raise
        if not done:
            asking.cancel()
            asking.add_done_callback(_let_go)
            overdue = f"no answer within {self.timeout_seconds:g} s"
            return Answered(opinions=abstentions(name, clauses, Reason.TIMED_OUT, overdue))
        if asking.cancelled():
            return Answered(opinions=abstentions(name, clauses, Reason.FAILED, "the judge was cancelled"))
        if (error := asking.exception()) is not None:
            return Answered(opinions=abstentions(name, clauses, Reason.FAILED, _described(error)))
        answer = asking.result()
        return Answered(
            opinions=usable(answer, judge=name, content=content, clauses=clauses),
            calls=answer.calls if isinstance(answer, Answered) else (),
            traces=answer.traces if isinstance(answer, Answered) else (),
        )

    async def _asked(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> object:
        """The answer, from inside a task: there, whatever the judge raises is kept and becomes an abstention."""
        return await self.judge.judge(content, clauses, rulebook)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """Stages in order, cheapest first."""

    stages: tuple[Stage, ...]
    audit_shares: Mapping[Action, float] = field(default_factory=lambda: MappingProxyType({}))  # drawn for people
    stops_early: bool = True  # when a violated clause calls for the severest action, and no policy yields to another
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        if not self.stages:
            raise ValueError("a cascade needs at least one stage")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let the judges go of what they hold."""
        for stage in self.stages:
            for judge in stage.every_judge:
                if isinstance(judge, Closing):
                    await judge.close()

    async def decide(
        self,
        content: Content,
        rulebook: Rulebook,
        *,
        decision_id: str | None = None,
        supersedes: Decision | None = None,
        hear: Callable[[Sequence[Trace]], None] = lambda _: None,
    ) -> Decision:
        """Rule on every clause of the rulebook; what no stage settles stays open, and holds the content.

        Where a judge failed, was overdue, answered nonsense or is still to be asked on a clause, none behind it clears
        it: what the first would have found is not known. One behind it may still find it violated.

        `decision_id` names the decision; without it, it gets a new name. `supersedes` is a decision on the same content
        in whose place it stands, and with whose lot it is drawn. `hear` is told what models thought aloud, which no
        decision carries.
        """
        rulings = {clause.key: Ruling.OPEN for clause in rulebook.clauses}
        action = Action.HOLD
        unheard: set[str] = set()
        opinions: list[Opinion] = []
        runs: list[StageRun] = []
        calls: list[Call] = []
        for stage in [stage.chosen(content) for stage in self.stages]:
            still_open = tuple(clause for clause in rulebook.clauses if rulings[clause.key] is Ruling.OPEN)
            if not still_open or (self.stops_early and action is max(Action) and not rulebook.has_precedence):
                break
            started = time.perf_counter()
            given = await stage.ask(content, still_open, rulebook)
            runs.append(StageRun(judge=stage.judge.name, asked=len(still_open), seconds=time.perf_counter() - started))
            unheard.update(one.clause for one in given if isinstance(one, Abstention) and not one.was_heard)
            rulings.update(_without_clearing(unheard, stage.rulings(given, rulebook, self.clock())))
            action = rulebook.action(rulings)
            opinions.extend(given)
            calls.extend(given.calls)
            hear(given.traces)
        return Decision(
            id=decision_id or str(uuid_utils.uuid7()),
            content=content.digest,
            action=action,
            rulings=rulings,
            opinions=tuple(opinions),
            stages=tuple(runs),
            rulebook=rulebook.digest,
            policies=rulebook.names,
            decided_at=self.clock(),
            calls=tuple(calls),
            supersedes=supersedes.id if supersedes is not None else "",
            drawn_as=supersedes.drawn_as or supersedes.id if supersedes is not None else "",
            audit_share=self.audit_shares.get(action, 0.0),
            holding=rulebook.holding(rulings),
        )


def _without_clearing(unheard: set[str], rulings: Mapping[str, Ruling]) -> Mapping[str, Ruling]:
    if not unheard:
        return rulings
    return {
        key: Ruling.OPEN if ruling is Ruling.CLEAR and key in unheard else ruling for key, ruling in rulings.items()
    }


def _described(error: BaseException) -> str:
    """The error in one line, also where its own `str` fails."""
    return traceback.format_exception_only(error)[-1].strip()[:500]


def _let_go(asking: asyncio.Future[object]) -> None:
    """Take what an overdue judge says at last, so that nobody waits for it and nothing warns about it."""
    if not asking.cancelled():
        asking.exception()
