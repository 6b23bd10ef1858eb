"""Judge a sample of history by both versions of a policy."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from komainu.cascade import Cascade
from komainu.domain import Policy
from komainu.errors import UsageError
from komainu.evals.simulation.estimate import Estimate, Part, cost_change
from komainu.evals.simulation.history import History, Past
from komainu.evals.simulation.judged import Twice, Versions
from komainu.evals.simulation.lanes import Lane, lanes
from komainu.evals.simulation.outcome import Simulation, Stratum
from komainu.evals.simulation.strata import Group, Reservoir
from komainu.evals.simulation.surface import Surface
from komainu.metrics.stratified import allocate
from komainu.policies.diff import PolicyDiff
from komainu.policies.mutants import restated

MOST = 2_000  # contents judged again
AT_ONCE = 64  # of them, at any time
_SPARE = 2  # as many are kept in mind of each stratum, in place of those that were forgotten
Progress = Callable[[str, int, int], None]  # what is being done, how many are done, and of how many (0: not known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of history is judged again, and which."""

    most: int = MOST
    seed: int = 0
    afresh: bool = False  # judge the old version anew also where the record says what it found
    samples: int = 3  # flips shown per clause
    control: bool = False  # judge the old version in other words too: what flips there is chance


async def simulate(
    diff: PolicyDiff,
    history: History,
    cascade: Cascade,
    *,
    surface: Surface,
    plan: Plan = Plan(),
    progress: Progress = lambda *_: None,
) -> Simulation:
    """What the new version would have done to history: all of it, or a stratified sample of `plan.most`.

    UsageError where there is no history. Nothing goes on record.
    """
    every = lanes(diff)
    versions = Versions(
        old=diff.old,
        new=diff.new,
        cascade=cascade,
        surface=surface,
        lanes=every,
        afresh=plan.afresh,
        control=_control(diff, every) if plan.control else None,
    )
    reservoir, elsewhere = await _surveyed(history, plan, progress)
    sample = await _drawn(history, reservoir, plan)
    twice = await _judged(sample, versions, progress)
    parts = [Part(members=one.members, judged=twice[one.group]) for one in sample]
    found = Estimate(parts, every, samples=plan.samples)
    judged = [one for part in parts for one in part.judged]
    made = [one.past.decision for one in judged if one.past.decision is not None]
    return Simulation(
        old=diff.old.name,
        new=diff.new.name,
        units=sum(reservoir.members.values()),
        elsewhere=elsewhere,
        forgotten=sum(one.forgotten for one in sample),
        judged=len(judged),
        not_judged=sum(not one.is_known for one in judged),
        recorded=sum(one.is_recorded for one in judged),
        unknown_policies=tuple(sorted({name for decision in made for name in surface.unknown(decision)})),
        strata=tuple(Stratum(group=one.group, members=one.members, judged=len(one.pasts)) for one in sample),
        flipped=found.share(found.flips),
        flipped_or_unknown=found.share(lambda one: not one.is_known or found.flips(one), known=False),
        control=found.share(found.flips_in_control) if plan.control else None,
        excess=found.excess() if plan.control else None,
        clauses=found.clauses(),
        actions=found.actions(),
        cost_before=found.mean(lambda one: one.before.cost_usd),
        cost_after=found.mean(lambda one: one.after.cost_usd),
        cost_change=found.mean(cost_change),
    )


def _control(diff: PolicyDiff, every: Sequence[Lane]) -> Policy:
    """The old version with the clauses that can change put into other words; all of them where only new ones can."""
    ids = {lane.old.id for lane in every if lane.old is not None and lane.is_touched}
    return restated(diff.old, ids or {clause.id for clause in diff.old.clauses})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What was drawn from a stratum."""

    group: Group
    members: int  # whose content is kept
    pasts: Sequence[Past]
    forgotten: int


async def _surveyed(history: History, plan: Plan, progress: Progress) -> tuple[Reservoir, int]:
    """All of history by strata, with a sample of each; and how many units belong elsewhere."""
    reservoir, elsewhere, done = Reservoir(_SPARE * plan.most, plan.seed), 0, 0
    async for unit in history.units():
        if unit.group is None:
            elsewhere += 1
        else:
            reservoir.add(unit.group, unit.id)
        done += 1
        if not done % 1_000:
            progress("Reading", done, 0)
    if not reservoir.members:
        more = f"; {elsewhere:,} were not made under the policy (--every takes them too)" if elsewhere else ""
        raise UsageError(f"expected decisions or rows to judge again; there are none{more}")
    return reservoir, elsewhere


async def _drawn(history: History, reservoir: Reservoir, plan: Plan) -> list[_Drawn]:
    groups = sorted(reservoir.members)
    sizes = allocate([reservoir.members[group] for group in groups], [group.interest for group in groups], plan.most)
    return [await _taken(history, group, reservoir, wanted) for group, wanted in zip(groups, sizes, strict=True)]


async def _taken(history: History, group: Group, reservoir: Reservoir, wanted: int) -> _Drawn:
    """So many of a stratum, others in place of those that were forgotten."""
    drawn, found, looked = reservoir.drawn(group), dict[str, Past](), 0
    while len(found) < wanted and looked < len(drawn):
        next_ids = drawn[looked : looked + wanted - len(found)]
        found.update(await history.fetch(next_ids))
        looked += len(next_ids)
    # Of those not looked up, as many are taken to be forgotten.
    members = max(len(found), round(reservoir.members[group] * len(found) / max(looked, 1)))
    return _Drawn(group=group, members=members, pasts=list(found.values()), forgotten=looked - len(found))


async def _judged(sample: Sequence[_Drawn], versions: Versions, progress: Progress) -> dict[Group, tuple[Twice, ...]]:
    gate = asyncio.Semaphore(AT_ONCE)
    total, done = sum(len(one.pasts) for one in sample), 0

    async def judged(past: Past) -> Twice:
        nonlocal done
        async with gate:
            found = await versions.judge(past)
        done += 1
        progress("Judging", done, total)
        return found

    async with asyncio.TaskGroup() as group:
        tasks = {one.group: [group.create_task(judged(past)) for past in one.pasts] for one in sample}
    return {name: tuple(task.result() for task in some) for name, some in tasks.items()}
