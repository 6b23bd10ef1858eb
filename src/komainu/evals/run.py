"""Judge labelled cases, and keep for every clause what was said and what was right."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from komainu.cascade import Cascade
from komainu.domain import Abstention, Decision, Rulebook, Ruling, Verdict
from komainu.evals.suites import Suite
from komainu.policies import Case

AT_ONCE = 64  # cases being judged at any time


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one case fared on one violating clause of its policy."""

    case: str  # id
    policy: str  # id
    clause: str  # id within the policy, e.g. SP1
    label: bool  # whether the case violates the clause
    probability: float | None  # of the last verdict on the clause; None: not judged, every judge abstained
    ruling: Ruling
    language: str  # of the policy
    tags: tuple[str, ...] = ()  # of the case
    severity: int = 2  # of the clause, 1 to 4
    content: str = ""  # digest; the same text under a policy and its twin has the same
    failure: str = ""  # how a judge failed on it, timed out or answered nonsense; not knowing is no failure


async def evaluate(
    suites: Sequence[Suite], *, cascade: Cascade, progress: Callable[[int, int], None] | None = None
) -> tuple[Score, ...]:
    """One score per case and violating clause, in the order of suites, cases and clauses. Nothing goes on record.

    Each case is judged under its own policy alone. The cascade asks about every clause: one that stops early would
    leave clauses unjudged that it could have judged. `progress` gets (cases done, cases in all).
    """
    thorough = replace(cascade, stops_early=False)
    gate = asyncio.Semaphore(AT_ONCE)
    total, done = sum(len(suite.cases) for suite in suites), 0

    async def judged(suite: Suite, rulebook: Rulebook, case: Case) -> tuple[Score, ...]:
        nonlocal done
        async with gate:
            decision = await thorough.decide(case.content, rulebook)
        done += 1
        if progress is not None:
            progress(done, total)
        return _scores(suite, case, decision)

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(judged(suite, rulebook, case))
            for suite, rulebook in [(suite, suite.rulebook) for suite in suites]
            for case in suite.cases
        ]
    return tuple(score for task in tasks for score in task.result())


def described(cascade: Cascade) -> tuple[str, ...]:
    """One line per stage: the judge and what settles a clause there, as a report states it."""
    return tuple(
        f"{stage.judge.name}: clear below {stage.thresholds.clear_below:g}, "
        f"violated from {stage.thresholds.violated_from:g}"
        + (f", {len(stage.by_clause)} clauses with thresholds of their own" if stage.by_clause else "")
        for stage in cascade.stages
    )


def _scores(suite: Suite, case: Case, decision: Decision) -> tuple[Score, ...]:
    # In the order given, so that a later verdict replaces an earlier one.
    said = {opinion.clause: opinion.probability for opinion in decision.opinions if isinstance(opinion, Verdict)}
    failures = {
        opinion.clause: opinion.detail or opinion.reason.value
        for opinion in decision.opinions
        if isinstance(opinion, Abstention) and opinion.is_failure
    }
    return tuple(
        Score(
            case=case.id,
            policy=suite.policy.id,
            clause=clause.id,
            label=clause.id in case.violates,
            probability=said.get(clause.key),
            ruling=decision.rulings[clause.key],
            language=suite.policy.language,
            tags=case.tags,
            severity=clause.severity,
            content=decision.content,
            failure=failures.get(clause.key, ""),
        )
        for clause in suite.policy.clauses
    )
