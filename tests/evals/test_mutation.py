"""Whether a judge and the labels notice when a policy says something else."""

import re
from collections.abc import Sequence

import pytest

from komainu.cascade import Cascade, Stage, Thresholds
from komainu.domain import Clause, Content, Opinion, Policy, Role, Rulebook, Verdict
from komainu.errors import InputError
from komainu.evals import MutationTest, Outcome, Tried, run_mutation_test
from komainu.judges.scripted import ScriptedJudge
from komainu.metrics import standing
from komainu.policies import Case, parse
from komainu.policies.mutants import Operator

POLICY = """---
id: board
title: Board
version: 1.0.0
language: en
---

## Violates
### BD1 Adverts {severity=2}
Mentions candles, lamps or ovens.
### BD2 Threats {severity=3}
Mentions knives.

## Allowed
### BD-A1 Questions {limits=BD1,BD2}
Mentions asking.
"""


class Reading:
    """Reads a clause as the words it mentions: sure where one occurs in the text, and half as sure by an exception."""

    name = "reading@1"

    def __init__(self, *, sure: float = 0.8, moved: float = 0.0) -> None:
        self.sure, self.moved = sure, moved

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        policy = rulebook.policies[0]
        return [
            Verdict(clause=one.key, judge=self.name, probability=self._sure(one, policy, content)) for one in clauses
        ]

    def _sure(self, clause: Clause, policy: Policy, content: Content) -> float:
        words = set(re.findall(r"candles|lamps|ovens|knives", clause.text))
        hit = bool(words & set(content.text.split())) is not clause.title.startswith("Anything but")
        excused = any("asking" in one.text and "asking" in content.text for one in policy.exceptions_to(clause))
        return max(0.0, (self.sure if hit else 0.1) - (0.3 if hit and excused else 0.0) - self.moved)


def case(case_id: str, text: str, *violates: str, why: str = "") -> Case:
    return Case(id=case_id, text=text, role=Role.POST, violates=violates, why=why)


CASES = (
    case("candles", "my candles", "BD1", why="Candles."),
    case("lamps", "my lamps", "BD1", why="Lamps."),
    case("knives", "my knives", "BD2", why="Knives."),
    case("more", "your knives", "BD2", why="Knives."),
    case("asking", "asking for candles", why="Asking: BD-A1, not BD1."),
    case("plain", "my soup"),
)


def cascade(judge: object | None = None, *, settles: bool = False) -> Cascade:
    thresholds = Thresholds(clear_below=0.2, violated_from=0.7) if settles else Thresholds()
    return Cascade(stages=(Stage(judge=judge or Reading(), thresholds=thresholds),))  # type: ignore[arg-type]


async def tried(judged_by: Cascade | None, cases: tuple[Case, ...] = CASES, text: str = POLICY) -> MutationTest:
    return await run_mutation_test(parse(text, path="policy.md"), cases, judged_by)


def one(test: MutationTest, operator: Operator, clause: str, cut: str = "") -> Tried:
    made = (*test.tried, *test.controls)
    return next(
        each for each in made if (each.mutant.operator, each.mutant.clause, each.mutant.cut) == (operator, clause, cut)
    )


async def test_a_judge_that_reads_the_policy_kills_what_its_cases_turn_on() -> None:
    test = await tried(cascade())
    outcomes = {each.mutant.name: each.judged.outcome for each in test.tried if each.judged}
    assert outcomes == {
        "BD1 drop": Outcome.KILLED,
        "BD1 negate": Outcome.KILLED,
        "BD1 swap BD2": Outcome.KILLED,
        "BD1 weaken: Mentions candles": Outcome.KILLED,
        "BD1 weaken: lamps": Outcome.KILLED,
        "BD1 weaken: ovens": Outcome.SURVIVED,  # no case is about ovens
        "BD2 drop": Outcome.KILLED,
        "BD2 negate": Outcome.KILLED,
        "BD-A1 drop": Outcome.KILLED,
    }
    assert [each.judged.outcome for each in test.controls if each.judged] == [Outcome.SURVIVED] * 3


async def test_the_order_is_told_before_and_after() -> None:
    judged = one(await tried(cascade()), Operator.WEAKEN, "BD1", "lamps").judged
    assert judged is not None
    assert judged.pairs == 8  # 2 violating cases, 4 others
    assert judged.before == 1.0
    # `my lamps` is as sure as three others now, and behind `asking for candles`: 1.5 of its 4 pairs are left.
    assert judged.after == pytest.approx((4 + 1.5) / 8)


async def test_what_was_settled_as_labelled_and_is_not_any_more_is_named() -> None:
    judged = one(await tried(cascade(settles=True)), Operator.WEAKEN, "BD1", "lamps").judged
    assert judged is not None
    assert (judged.outcome, judged.lost) == (Outcome.KILLED, ("lamps",))
    dropped = one(await tried(cascade(settles=True)), Operator.DROP, "BD2").judged
    assert dropped is not None
    assert dropped.lost == ("knives", "more")


async def test_a_threshold_that_is_crossed_by_a_little_loses_nothing() -> None:
    class Wavering(Reading):
        async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
            self.moved = 0.15 if any("This is a rule" in each.text for each in rulebook.clauses) else 0.0
            return await super().judge(content, clauses, rulebook)

    test = await tried(cascade(Wavering(), settles=True))  # .8 is a violation, .65 is open
    assert {each.judged.outcome for each in test.controls if each.judged} == {Outcome.SURVIVED}


async def test_a_dropped_clause_is_not_missed_where_another_finds_the_same() -> None:
    both = POLICY.replace("Mentions knives.", "Mentions knives or candles.")
    cases = (
        case("candles", "my candles", "BD1", "BD2"),
        case("lamps", "my lamps", "BD1"),
        case("knives", "my knives", "BD2"),
        case("plain", "my soup"),
    )
    test = await tried(cascade(settles=True), cases, both)
    judged = one(test, Operator.DROP, "BD1").judged
    assert judged is not None
    assert judged.lost == ("lamps",)


async def test_a_judge_that_cannot_tell_the_cases_apart_is_blind() -> None:
    test = await tried(cascade(ScriptedJudge(default=0.3)))
    judged = one(test, Operator.NEGATE, "BD1").judged
    assert judged is not None
    assert judged.outcome is Outcome.BLIND


async def test_a_shift_of_every_probability_kills_nothing() -> None:
    sure, less = [await tried(cascade(Reading(moved=moved))) for moved in (0.0, 0.05)]
    assert [each.judged.outcome for each in less.tried if each.judged] == [
        each.judged.outcome for each in sure.tried if each.judged
    ]


async def test_one_pair_of_cases_is_chance() -> None:
    cases = (CASES[0], CASES[2], CASES[4])
    judged = one(await tried(cascade(), cases), Operator.DROP, "BD-A1").judged
    assert judged is not None
    assert (judged.pairs, judged.before, judged.after) == (2, 1.0, 0.5)
    assert judged.outcome is Outcome.SURVIVED


async def test_without_cases_on_one_side_nothing_is_tried() -> None:
    test = await tried(cascade(), (CASES[0], CASES[2]))
    judged = one(test, Operator.DROP, "BD-A1").judged
    assert judged is not None
    assert judged.outcome is Outcome.UNTRIED


async def test_a_judge_that_fails_kills_nothing() -> None:
    class Failing(Reading):
        async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
            if "knives" in content.text and not any("knives" in each.text for each in clauses):
                raise MemoryError("no room")
            return await super().judge(content, clauses, rulebook)

    test = await tried(cascade(Failing()))
    judged = one(test, Operator.DROP, "BD2").judged
    assert judged is not None
    assert judged.outcome is Outcome.NOT_JUDGED


async def test_without_a_judge_the_labels_alone_are_read() -> None:
    test = await tried(None)
    assert all(each.judged is None for each in test.tried)
    assert test.controls == ()
    assert [each.mutant.name for each in test.tried if each.labels.is_survived] == ["BD1 weaken: ovens"]


async def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    policy = parse(POLICY, path="policy.md")
    test = await run_mutation_test(policy, CASES, cascade(), progress=lambda done, of: told.append((done, of)))
    total = len(test.tried) + len(test.controls)
    assert told == [(number, total) for number in range(1, total + 1)]


async def test_a_policy_without_cases_cannot_be_tried() -> None:
    with pytest.raises(InputError, match="policy board: expected cases"):
        await tried(cascade(), ())


def test_standing_is_the_share_of_pairs_in_order() -> None:
    assert standing([0.9, 0.5], [0.5, 0.1]) == 0.875  # three of four, and one tie
    assert standing([0.1], [0.9]) == 0.0
    assert standing([], [0.9]) is None
