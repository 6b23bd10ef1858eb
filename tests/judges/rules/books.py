"""Small rulebooks of exact rules, and what a judge finds with them."""

from komainu.domain import (
    Abstention,
    Action,
    AllowedClause,
    Clause,
    Content,
    ExactRules,
    Opinion,
    Policy,
    Rulebook,
    Verdict,
)
from komainu.judges.rules import RulesJudge


def clause(clause_id: str, rules: ExactRules, policy: str = "spam") -> Clause:
    return Clause(policy=policy, id=clause_id, title="Spam", text="Spam.", severity=2, action=Action.BLOCK, rules=rules)


def allowed(clause_id: str, rules: ExactRules, limits: tuple[str, ...] = ()) -> AllowedClause:
    return AllowedClause(policy="spam", id=clause_id, title="Talk", text="Talk.", limits=limits, rules=rules)


def book(*clauses: Clause, exceptions: tuple[AllowedClause, ...] = ()) -> Rulebook:
    policy = Policy(id="spam", title="Spam", version="1.0.0", language="en", clauses=clauses, allowed=exceptions)
    return Rulebook(policies=(policy,))


def one_clause(**rules: tuple[str, ...]) -> Rulebook:
    return book(clause("SP1", ExactRules(**rules)))


async def opinions(text: str, rulebook: Rulebook, judge: RulesJudge | None = None) -> list[Opinion]:
    asked = judge or RulesJudge()
    return list(await asked.judge(Content(text=text), rulebook.clauses, rulebook))


async def quotes(text: str, rulebook: Rulebook, judge: RulesJudge | None = None) -> list[str]:
    """The stretches of `text` that the first clause's rules match, as quoted in evidence; empty where none does."""
    first = (await opinions(text, rulebook, judge))[0]
    if isinstance(first, Abstention):
        return []
    assert isinstance(first, Verdict)
    assert first.probability == 1.0
    return [span.of(text) for span in first.evidence]
