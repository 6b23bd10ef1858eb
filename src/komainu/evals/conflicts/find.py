"""Find what policies contradict each other in: first what is certain, then what judges find likely."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from komainu.cascade import Cascade
from komainu.domain import Abstention, Content, Policy, Role, Rulebook, Ruling, Verdict
from komainu.evals.conflicts.conflict import Allowed, Conflict, Sort, Written, allowed_by, meets
from komainu.evals.conflicts.written import by_examples, by_id, by_precedence, by_words
from komainu.judges.rules import RulesJudge

AT_ONCE = 64  # texts being judged at any time


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """What was found."""

    policies: int
    conflicts: tuple[Conflict, ...]  # the certain ones first
    judged: int = 0  # texts that judges were asked about
    not_judged: int = 0  # of them, on which one failed: what it would have found is not known


async def find_conflicts(
    given: Sequence[Written],
    cascade: Cascade | None = None,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Conflicts:
    """What the policies contradict each other in, as far as they meet; by judges too, where a cascade is given."""
    kept, found = by_id(given)
    policies = [one.policy for one in kept]
    found += by_precedence(policies)
    found += by_examples(policies)
    found += await _by_rules(policies)
    found += by_words(policies)
    judged = not_judged = 0
    if cascade is not None:
        texts = [one for policy in policies for one in allowed_by(policy)]
        likely, not_judged = await _by_judges(texts, policies, cascade, progress)
        judged = len(texts)
        known = {(one.first, one.second, one.text) for one in found}
        found += [one for one in likely if (one.first, one.second, one.text) not in known]
    ordered = sorted(found, key=lambda one: (not one.is_certain, list(Sort).index(one.sort), one.first, one.second))
    return Conflicts(policies=len(given), conflicts=tuple(ordered), judged=judged, not_judged=not_judged)


async def _by_rules(policies: Sequence[Policy]) -> list[Conflict]:
    """What one policy allows and exact rules of another match, its own exceptions considered."""
    judge, found = RulesJudge(), []
    for other in policies:
        if not any(clause.rules for clause in other.clauses):
            continue
        book = Rulebook(policies=(other,))
        for one in policies:
            for allowed in allowed_by(one) if one is not other and meets(one, other) else ():
                for opinion in await judge.judge(_content(allowed), other.clauses, book):
                    if isinstance(opinion, Verdict):
                        found.append(_conflict(Sort.RULE, allowed, opinion, f"{opinion.rationale}"))
    return found


async def _by_judges(
    texts: Sequence[Allowed], policies: Sequence[Policy], cascade: Cascade, progress: Callable[[int, int], None]
) -> tuple[list[Conflict], int]:
    """What judges find violated, and on how many texts one failed."""
    # Without precedence, which plays no part and may run in a circle.
    book = Rulebook(policies=tuple(replace(one, dominates=(), yields_to=()) for one in policies))
    thorough, gate = replace(cascade, stops_early=False), asyncio.Semaphore(AT_ONCE)
    done = 0

    async def judged(allowed: Allowed) -> tuple[list[Conflict], bool]:
        nonlocal done
        async with gate:
            decision = await thorough.decide(_content(allowed), book)
        done += 1
        progress(done, len(texts))
        others = {one.id for one in policies if one.id != allowed.policy.id and meets(one, allowed.policy)}
        last = {one.clause: one for one in decision.opinions if isinstance(one, Verdict)}
        found = [
            _conflict(Sort.JUDGED, allowed, verdict, f"{verdict.judge} says {verdict.probability:.2f}")
            for key, verdict in last.items()
            if decision.rulings[key] is Ruling.VIOLATED and key.partition("/")[0] in others
        ]
        return found, any(isinstance(one, Abstention) and one.is_failure for one in decision.opinions)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(judged(one)) for one in texts]
    results = [task.result() for task in tasks]
    return [one for found, _ in results for one in found], sum(failed for _, failed in results)


def _content(allowed: Allowed) -> Content:
    """The text in a role that its policy is meant for."""
    return Content(text=allowed.text, role=next(iter(allowed.policy.applies_to), Role.POST))


def _conflict(sort: Sort, allowed: Allowed, verdict: Verdict, why: str) -> Conflict:
    return Conflict(
        sort=sort,
        is_certain=sort is Sort.RULE,
        first=allowed.key,
        second=verdict.clause,
        what=f"{allowed.key} allows what violates {verdict.clause}: {why}",
        text=allowed.text,
    )
