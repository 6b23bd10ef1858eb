"""Gather from the record, and from cases, who said what about the clauses of policies."""

from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from komainu.cascade import Cascade
from komainu.domain import Decision, Policy
from komainu.evals.ambiguity.score import Between, ClauseAmbiguity, Tally
from komainu.evals.ambiguity.votes import Said, Votes, votes_of
from komainu.evals.run import Score, evaluate
from komainu.evals.suites import Suite
from komainu.store import Store

MOST_LABELS = 1_000_000  # of one clause
_MACHINES = ("reasoner", "judge")  # sources of labels that are no person's word
People = Mapping[str, Mapping[str, Said]]  # content digest -> clause key -> who said what


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was found, and from how much."""

    clauses: tuple[ClauseAmbiguity, ...]  # the most surely ambiguous first
    decisions: int
    labels: int
    cases: int


async def ambiguity(
    suites: Sequence[Suite],
    *,
    store: Store | None = None,
    decisions: AsyncIterable[Decision] | None = None,
    cascade: Cascade | None = None,
    every_version: bool = False,
) -> Gathered:
    """How the clauses of the policies are read, by the record and, where a cascade is given, by the policies' cases.

    `store` gives people's labels, `decisions` what judges said; without them, cases alone count. Decisions and labels
    under other versions of a policy count with `every_version`.
    """
    tallies = {
        clause.key: Tally(clause=clause.key, title=clause.title) for suite in suites for clause in suite.policy.clauses
    }
    policies = [suite.policy for suite in suites]
    people = await _people(policies, store, every_version=every_version) if store is not None else {}
    labels = sum(len(words) for said in people.values() for words in said.values())
    used = 0
    async for decision in decisions if decisions is not None else _none():
        mine = [one for one in policies if _was_under(one, decision, every_version=every_version)]
        used += bool(mine)
        keys = {clause.key: tallies[clause.key] for one in mine for clause in one.clauses}
        votes_of(decision, people.pop(decision.content, {})).count(keys)
    for content, said in people.items():  # labelled, and judged by none of these decisions
        Votes(content=content, judges={}, people=said, repeats={}).count(tallies)
    if cascade is not None:
        for suite in suites:
            await _judge_cases(suite, cascade, tallies)
    return Gathered(
        clauses=_sorted([tally.result for tally in tallies.values()]),
        decisions=used,
        labels=labels,
        cases=sum(len(suite.cases) for suite in suites) if cascade is not None else 0,
    )


def _sorted(clauses: Sequence[ClauseAmbiguity]) -> tuple[ClauseAmbiguity, ...]:
    def rank(one: ClauseAmbiguity) -> tuple[bool, float, float, str]:
        return (not one.is_enough, -(one.score.low or 0.0), -(one.score.value or 0.0), one.clause)

    return tuple(sorted(clauses, key=rank))


async def _none() -> AsyncIterator[Decision]:
    return
    yield


def _was_under(policy: Policy, decision: Decision, *, every_version: bool) -> bool:
    if every_version:
        return any(name.partition("@")[0] == policy.id for name in decision.policies)
    return policy.name in decision.policies


async def _people(policies: Sequence[Policy], store: Store, *, every_version: bool) -> dict[str, dict[str, Said]]:
    """What people said, by content and clause; of several words of one person the last counts."""
    found: dict[str, dict[str, dict[str, bool]]] = defaultdict(lambda: defaultdict(dict))
    for policy in policies:
        for clause in policy.clauses:
            for label in await store.labels(clause=clause.key, limit=MOST_LABELS):
                is_person = label.source.partition(":")[0] not in _MACHINES
                if is_person and (every_version or label.policy == policy.name):
                    found[label.content][clause.key][label.source] = label.violates
    return {content: dict(said) for content, said in found.items()}


async def _judge_cases(suite: Suite, cascade: Cascade, tallies: Mapping[str, Tally]) -> None:
    """Cases are one person's word: who wrote them."""
    keys = {clause.key: tallies[clause.key] for clause in suite.policy.clauses}
    by_case: dict[str, list[Score]] = defaultdict(list)
    for score in await evaluate([suite], cascade=cascade):
        by_case[score.case].append(score)
    for case, scores in by_case.items():
        Votes(
            content=f"{suite.policy.id}:{case}",
            judges={_key(one): {"judge": one.probability} for one in scores if one.probability is not None},
            people={_key(one): {"case": one.label} for one in scores},
            repeats={},
            kind=Between.CASE_AND_JUDGE,
        ).count(keys)


def _key(score: Score) -> str:
    return f"{score.policy}/{score.clause}"
