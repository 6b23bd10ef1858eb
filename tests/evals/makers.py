"""Small policies, cases, scores and judges for the tests of evaluations."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from komainu.cascade import Cascade, Stage, Thresholds
from komainu.domain import (
    Abstention,
    Action,
    Clause,
    Content,
    Opinion,
    Policy,
    Reason,
    Role,
    Rulebook,
    Ruling,
    Targets,
    Verdict,
)
from komainu.evals import Score, Suite
from komainu.policies import Case


@dataclass
class Saying:
    """A judge that gives `answer(text, clause id)` as its probability, and abstains where that is None."""

    answer: Callable[[str, str], float | None]
    name: str = "saying@1"
    at_work: int = 0
    most_at_work: int = 0
    seen: list[tuple[Content, tuple[str, ...], str]] = field(default_factory=list)  # content, clauses, rulebook

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        self.seen.append((content, tuple(clause.key for clause in clauses), rulebook.names[0]))
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        await asyncio.sleep(0)
        self.at_work -= 1
        return [self._opinion(content, clause) for clause in clauses]

    def _opinion(self, content: Content, clause: Clause) -> Opinion:
        probability = self.answer(content.text, clause.id)
        if probability is None:
            return Abstention(clause=clause.key, judge=self.name, reason=Reason.CANNOT_SAY)
        return Verdict(clause=clause.key, judge=self.name, probability=probability)


def cascade_of(*judges: Saying, **more: Any) -> Cascade:
    """A cascade that clears under 0.1 and sees a violation from 0.9 on."""
    thresholds = Thresholds(clear_below=0.1, violated_from=0.9)
    return Cascade(stages=tuple(Stage(judge=judge, thresholds=thresholds) for judge in judges), **more)


def policy(policy_id: str = "house", *clause_ids: str, targets: Targets | None = None, language: str = "en") -> Policy:
    """A policy with these clauses, of severity 1, 2, ..."""
    return Policy(
        id=policy_id,
        title="Rules",
        version="1.0.0",
        language=language,
        targets=targets or Targets(),
        clauses=tuple(
            Clause(
                policy=policy_id,
                id=clause_id,
                title=f"Rule {clause_id} of {policy_id}",
                text=f"No {clause_id}.",
                severity=number,
                action=Action.BLOCK,
                examples=(f"an example of {clause_id}",),
            )
            for number, clause_id in enumerate(clause_ids or ("HR1", "HR2"), start=1)
        ),
    )


def case(case_id: str, text: str, *violates: str, tags: tuple[str, ...] = ()) -> Case:
    """A case that violates these clauses."""
    return Case(id=case_id, text=text, role=Role.POST, violates=violates, tags=tags)


def suite(policy_id: str, *cases: Case, clauses: tuple[str, ...] = ("HR1", "HR2"), language: str = "en") -> Suite:
    """A suite with these cases."""
    return Suite(policy=policy(policy_id, *clauses, language=language), cases=cases)


def score(
    probability: float | None,
    ruling: Ruling = Ruling.OPEN,
    *,
    label: bool = False,
    at: str = "house/01/HR1",
    content: str = "",
    **more: Any,
) -> Score:
    """A score of policy/case/clause."""
    policy_id, case_id, clause = at.split("/")
    return Score(
        case=case_id,
        policy=policy_id,
        clause=clause,
        label=label,
        probability=probability,
        ruling=ruling,
        language=more.pop("language", "en"),
        content=content or case_id,
        **more,
    )
