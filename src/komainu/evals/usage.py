"""What judging took: which judge was asked how often, what it settled, and what its calls to models cost."""

from collections import Counter
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from komainu.domain import Call, Decision, Ruling, Verdict


@dataclass(slots=True, kw_only=True)
class JudgeUse:
    """One judge over many decisions."""

    judge: str  # name@version
    asked: int = 0  # decisions on which it was asked
    ended: int = 0  # decisions on which it was the last to be asked
    clauses: int = 0  # clauses it was asked about
    settled: int = 0  # of them, those that its verdict settled
    abstained: Counter[str] = field(default_factory=Counter)  # clauses by reason
    seconds: float = 0.0  # wall time of its stage
    cost_usd: float = 0.0


@dataclass(slots=True, kw_only=True)
class CallUse:
    """Calls to models on behalf of one judge, one policy or all."""

    calls: float = 0.0  # a call about several policies counts for each in equal parts
    tokens_in: float = 0.0
    tokens_cached: float = 0.0
    tokens_reasoning: float = 0.0
    tokens_out: float = 0.0
    seconds: float = 0.0
    cost_usd: float = 0.0

    def add(self, call: Call, share: float = 1.0) -> None:
        """Count a share of a call."""
        self.calls += share
        self.tokens_in += share * call.tokens_in
        self.tokens_cached += share * call.tokens_cached
        self.tokens_reasoning += share * call.tokens_reasoning
        self.tokens_out += share * call.tokens_out
        self.seconds += share * call.seconds
        self.cost_usd += share * call.cost_usd


@dataclass(slots=True, kw_only=True)
class ProbeUse:
    """Probes of one kind."""

    calls: int = 0
    findings: int = 0  # clauses on which the verdict did not stand the probe
    unanswered: int = 0  # clauses on which it could not be probed


@dataclass(slots=True, kw_only=True)
class Usage:
    """What many decisions took."""

    decisions: int = 0
    judges: dict[str, JudgeUse] = field(default_factory=dict)
    policies: dict[str, CallUse] = field(default_factory=dict)  # by policy id
    efforts: dict[str, CallUse] = field(default_factory=dict)  # by effort; empty for models without
    outcomes: Counter[str] = field(default_factory=Counter)  # of calls, but for those of probes
    findings: Counter[str] = field(default_factory=Counter)  # of audits, by check
    probes: dict[str, ProbeUse] = field(default_factory=dict)  # by kind
    total: CallUse = field(default_factory=CallUse)

    def add(self, decision: Decision) -> None:
        """Count a decision."""
        self.decisions += 1
        for run in decision.stages:
            use = self.judges.setdefault(run.judge, JudgeUse(judge=run.judge))
            use.asked += 1
            use.ended += run is decision.stages[-1]
            use.clauses += run.asked
            use.seconds += run.seconds
        last = {opinion.clause: opinion for opinion in decision.opinions}
        for opinion in decision.opinions:
            use = self.judges.setdefault(opinion.judge, JudgeUse(judge=opinion.judge))
            if not isinstance(opinion, Verdict):
                use.abstained[opinion.reason.value] += 1
            elif last[opinion.clause] is opinion and decision.rulings[opinion.clause] is not Ruling.OPEN:
                use.settled += 1
        for call in decision.calls:
            self._add_call(call)

    def _add_call(self, call: Call) -> None:
        self.judges.setdefault(call.judge, JudgeUse(judge=call.judge)).cost_usd += call.cost_usd
        if call.purpose:
            probe = self.probes.setdefault(call.purpose, ProbeUse())
            probe.calls += 1
            found = [one.split(":")[0] for one in call.findings if one.startswith(call.purpose)]
            silent = sum(one.endswith("_unanswered") for one in found)
            probe.unanswered += silent
            probe.findings += len(found) - silent
        else:
            self.outcomes[call.outcome] += 1
            self.findings.update(finding.split(":")[0] for finding in call.findings)
        if not call.was_made:
            return
        self.total.add(call)
        self.efforts.setdefault(call.effort, CallUse()).add(call)
        for policy in call.policies:
            self.policies.setdefault(policy, CallUse()).add(call, 1 / len(call.policies))


async def usage_of(decisions: AsyncIterable[Decision]) -> Usage:
    """What the decisions took."""
    usage = Usage()
    async for decision in decisions:
        usage.add(decision)
    return usage
