"""One piece of history under both versions of a policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from komainu.cascade import Cascade
from komainu.domain import Abstention, Action, Clause, Content, Decision, Opinion, Policy, Rulebook, Ruling, Verdict
from komainu.errors import NotJudgedError
from komainu.evals.simulation.history import Past
from komainu.evals.simulation.lanes import Lane
from komainu.evals.simulation.surface import Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Under one version."""

    rulings: Mapping[str, Ruling]  # by clause key
    said: Mapping[str, Verdict]  # the last one on each clause
    action: Action
    cost_usd: float | None  # of calls to models; None: it was answered from memory, so what it costs is not known
    failure: str = ""  # how a judge failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """Under both."""

    past: Past
    before: Side
    after: Side
    is_recorded: bool = False  # whether `before` is what was recorded
    control: Side | None = None  # under the old version in other words that mean the same

    @property
    def is_known(self) -> bool:
        """Whether no judge failed: else what it would have found is not known."""
        return not any(one.failure for one in (self.before, self.after, self.control) if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Judges by two versions of a policy."""

    old: Policy
    new: Policy
    cascade: Cascade
    surface: Surface
    lanes: Sequence[Lane]
    afresh: bool = False  # whether what is on record never stands for the old version
    control: Policy | None = None  # the old version in other words that mean the same; None: it is not asked about

    async def judge(self, past: Past) -> Twice:
        """The piece of history under both; where nothing can change a verdict, the rulings of the old one stand."""
        thorough = replace(self.cascade, stops_early=False)
        recorded = None if self.afresh else await self._recorded(past)
        was = recorded or await thorough.decide(past.content, Rulebook(policies=(self.old,)))
        calls = past.decision if recorded is not None else was
        before = self._side(self.old, was, past, paid=calls)
        if any(lane.is_touched for lane in self.lanes):
            now = await thorough.decide(past.content, Rulebook(policies=(self.new,)))
            after = self._side(self.new, now, past, paid=now)
        else:
            after = self._carried(before, past)
        control = None
        if self.control is not None:
            same = await thorough.decide(past.content, Rulebook(policies=(self.control,)))
            control = self._side(self.old, same, past, paid=None)
        return Twice(past=past, before=before, after=after, is_recorded=recorded is not None, control=control)

    async def _recorded(self, past: Past) -> Decision | None:
        """What the cascade makes of the opinions on record; None where one that it asks for is not there."""
        decision = past.decision
        if decision is None or decision.rulebook not in self.surface.digests:
            return None
        said = {(one.judge, one.clause): one for one in decision.opinions}
        if any(isinstance(one, Abstention) and not one.was_heard for one in decision.opinions):
            return None  # a judge failed, or was still to be asked
        judges = [_Recorded(name=stage.judge.name, said=said) for stage in self.cascade.stages]
        stages = [
            replace(stage, judge=judge, warrants=None, canary=None)
            for stage, judge in zip(self.cascade.stages, judges, strict=True)
        ]
        replayed = Cascade(stages=tuple(stages), stops_early=False, clock=self.cascade.clock)
        found = await replayed.decide(past.content, Rulebook(policies=(self.old,)))
        return None if any(judge.missed for judge in judges) else found

    def _side(self, policy: Policy, decided: Decision, past: Past, *, paid: Decision | None) -> Side:
        failures = (one for one in decided.opinions if isinstance(one, Abstention) and one.is_failure)
        failed = next(failures, None)
        return Side(
            rulings=decided.rulings,
            said={one.clause: one for one in decided.opinions if isinstance(one, Verdict)},
            action=self.surface.action(policy, decided.rulings, past.decision),
            cost_usd=_cost(paid, policy.id) if paid is not None else None,
            failure=(failed.detail or failed.reason.value) if failed is not None else "",
        )

    def _carried(self, before: Side, past: Past) -> Side:
        keys = [lane.keys for lane in self.lanes]
        rulings = {new: before.rulings[old] for old, new in keys}
        said = {new: replace(before.said[old], clause=new) for old, new in keys if old in before.said}
        action = self.surface.action(self.new, rulings, past.decision)
        return replace(before, rulings=rulings, said=said, action=action)


@dataclass(slots=True, kw_only=True)
class _Recorded:
    """A judge that says what it said before, and nothing else."""

    name: str
    said: Mapping[tuple[str, str], Opinion]
    missed: list[str] = field(default_factory=list)  # keys of clauses that it was not asked about then

    async def judge(self, _: Content, clauses: Sequence[Clause], __: Rulebook) -> Sequence[Opinion]:
        """The opinions on record."""
        found = [self.said.get((self.name, clause.key)) for clause in clauses]
        self.missed += [clause.key for clause, one in zip(clauses, found, strict=True) if one is None]
        if self.missed:
            raise NotJudgedError(f"nothing is on record about {', '.join(self.missed)}")
        return [one for one in found if one is not None]


def _cost(decided: Decision, policy: str) -> float | None:
    """What calls about the policy cost; one about several counts in equal parts."""
    calls = [call for call in decided.calls if policy in call.policies or not call.policies]
    if not all(call.was_made for call in calls):
        return None
    return sum(call.cost_usd / max(len(call.policies), 1) for call in calls)
