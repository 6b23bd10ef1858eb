"""Which clauses judges and people read differently."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from komainu.cascade import Cascade, Stage
from komainu.domain import Action, Call, Content, Decision, Label, Opinion, Reason, Role, Ruling, Verdict
from komainu.domain.opinion import Abstention
from komainu.evals import Suite
from komainu.evals.ambiguity import Between, ClauseAmbiguity, Gathered, ambiguity
from komainu.judges.scripted import ScriptedJudge
from komainu.metrics.wilson import wilson
from komainu.policies import Case, parse
from komainu.store import open_store

POLICY = parse(
    """---
id: board
title: Board
version: 1.0.0
language: en
---

## Violates
### BD1 Adverts {severity=2}
Sells something.
### BD2 Threats {severity=3}
Threatens somebody.
""",
    path="policy.md",
)
SUITE = Suite(policy=POLICY, cases=())
ONE, TWO = "board/BD1", "board/BD2"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def verdict(clause: str, judge: str, probability: float) -> Verdict:
    return Verdict(clause=clause, judge=judge, probability=probability)


def decision(number: int, *opinions: Opinion, **changed: object) -> Decision:
    made = Decision(
        id=f"d{number}",
        content=Content(text=f"text {number}").digest,
        action=Action.HOLD,
        rulings={ONE: Ruling.OPEN, TWO: Ruling.OPEN},
        opinions=opinions,
        stages=(),
        rulebook="r",
        policies=("board@1.0.0",),
        decided_at=NOW,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def label(number: int, clause: str, who: str, *, violates: bool, policy: str = "board@1.0.0") -> Label:
    return Label(
        id=f"l{number}{clause}{who}{violates}",
        content=Content(text=f"text {number}").digest,
        clause=clause,
        policy=policy,
        violates=violates,
        source=who,
        labelled_at=NOW,
    )


async def given(decisions: Sequence[Decision]) -> AsyncIterator[Decision]:
    for one in decisions:
        yield one


async def found(
    tmp_path: Path, decisions: Sequence[Decision], labels: Sequence[Label] = (), **more: object
) -> Mapping[str, ClauseAmbiguity]:
    store = await open_store(tmp_path / "record.db")
    await store.add_labels(labels)
    gathered = await ambiguity([SUITE], store=store, decisions=given(decisions), **more)  # type: ignore[arg-type]
    await store.close()
    return {one.clause: one for one in gathered.clauses}


async def test_two_judges_on_either_side_of_a_half_differ(tmp_path: Path) -> None:
    first, second = (verdict(ONE, "embedded@1", 0.2), [verdict(ONE, "safeguard@1", p) for p in (0.9, 0.1)])
    both = [decision(n, first, second[n >= 3]) for n in range(12)]
    clauses = await found(tmp_path, both)
    assert clauses[ONE].by == {Between.JUDGES: wilson(3, 12)}
    assert clauses[ONE].score == wilson(3, 12)
    assert clauses[ONE].is_enough
    assert clauses[ONE].examples[0].said == "embedded 0.20, safeguard 0.90"
    assert (clauses[TWO].score.value, clauses[TWO].is_enough) == (None, False)


async def test_people_differ_with_each_other_and_with_judges(tmp_path: Path) -> None:
    said = [verdict(ONE, "embedded@1", 0.8)]
    labels = [
        label(0, ONE, "review:a", violates=True),
        label(0, ONE, "review:b", violates=False),
        label(1, ONE, "review:a", violates=False),
        label(1, ONE, "review:a", violates=True),  # a changed their mind
        label(2, ONE, "reasoner:x", violates=False),  # no person
        label(3, ONE, "review:a", violates=False, policy="board@0.9.0"),
    ]
    clauses = await found(tmp_path, [decision(n, *said) for n in range(4)], labels)
    assert clauses[ONE].by == {Between.PEOPLE: wilson(1, 1), Between.PERSON_AND_JUDGE: wilson(0.5, 2)}
    # Of the pairs on the first content (a with b, a and b with the judge) two differ.
    assert clauses[ONE].score == wilson(2 / 3, 2)
    every = await found(tmp_path, [decision(3, *said)], every_version=True)
    assert every[ONE].by == {Between.PEOPLE: wilson(1, 1), Between.PERSON_AND_JUDGE: wilson(1, 1)}


async def test_a_reasoner_that_did_not_repeat_itself_is_counted(tmp_path: Path) -> None:
    call = Call(judge="safeguard@1", model="m", policies=("board",), purpose="repeat")
    opinions = (
        Abstention(clause=ONE, judge="safeguard@1", reason=Reason.GARBLED),
        verdict(TWO, "safeguard@1", 0.9),
    )
    again = [
        decision(0, *opinions, calls=(replace(call, findings=("repeat_differs:BD1",)),)),
        decision(1, *opinions, calls=(replace(call, findings=("repeat_unanswered:BD1",)),)),
        decision(2, *opinions, calls=(replace(call, purpose=""),)),
    ]
    clauses = await found(tmp_path, again)
    assert clauses[ONE].by == {Between.REPEAT: wilson(1, 1)}
    assert clauses[TWO].by == {Between.REPEAT: wilson(0, 2)}


async def test_a_clause_taken_for_another_is_named(tmp_path: Path) -> None:
    labels = [label(0, ONE, "review:a", violates=True), label(0, TWO, "review:a", violates=False)]
    judged = decision(0, verdict(ONE, "embedded@1", 0.1), verdict(TWO, "embedded@1", 0.9))
    clauses = await found(tmp_path, [judged], labels)
    (pair,) = clauses[ONE].confusions
    assert (pair.found, pair.meant, pair.contents) == (TWO, ONE, 1)
    assert clauses[TWO].confusions == ()


async def test_probabilities_near_a_half_are_unsure_and_no_difference(tmp_path: Path) -> None:
    clauses = await found(tmp_path, [decision(n, verdict(ONE, "embedded@1", 0.3 + n / 10)) for n in range(4)])
    assert clauses[ONE].unsure == wilson(2, 4)
    assert clauses[ONE].score.value is None


async def test_cases_alone_are_enough() -> None:
    cases = tuple(
        Case(id=f"c{n}", text=f"text {n}", role=Role.POST, violates=("BD1",) if n < 6 else ()) for n in range(12)
    )
    judge = ScriptedJudge({ONE: 0.2, TWO: lambda content: 0.9 if content.text == "text 0" else 0.1})
    gathered: Gathered = await ambiguity(
        [Suite(policy=POLICY, cases=cases)], cascade=Cascade(stages=(Stage(judge=judge),))
    )
    first, second = gathered.clauses
    assert (gathered.cases, first.clause, first.by) == (12, ONE, {Between.CASE_AND_JUDGE: wilson(6, 12)})
    assert second.score == wilson(1, 12)
    assert [(one.found, one.contents) for one in first.confusions] == [(TWO, 1)]
    assert first.examples[0].content == "board:c0"


async def test_decisions_under_other_versions_are_left_out(tmp_path: Path) -> None:
    other = decision(0, verdict(ONE, "a@1", 0.1), verdict(ONE, "b@1", 0.9), policies=("board@0.9.0",))
    assert (await found(tmp_path, [other]))[ONE].score.n == 0
    assert (await found(tmp_path, [other], every_version=True))[ONE].score.n == 1


def test_the_interval_of_wilson() -> None:
    """10 of 100: .0552 to .1744 (Newcombe 1998, method 3, gives .0552 and .1744)."""
    found = wilson(10, 100)
    assert (found.low, found.high) == (pytest.approx(0.0552, abs=5e-5), pytest.approx(0.1744, abs=5e-5))
    assert wilson(0, 0).value is None
    with pytest.raises(ValueError, match="between none and all; got 3 of 2"):
        wilson(3, 2)
