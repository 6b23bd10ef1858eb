"""A policy against its own test suite."""

import pytest

from komainu.domain import Ruling, Targets
from komainu.errors import InputError
from komainu.evals import PolicyTest, run_policy_test
from komainu.policies import Case
from tests.evals.makers import Saying, cascade_of, case, policy

# HR1: one found, one missed, one wrongly seen, one right. HR2: one found, one held, two right.
CASES = (
    case("c1", "both HR1! HR2!", "HR1", "HR2"),
    case("c2", "missed HR1", "HR1"),
    case("c3", "false HR1!"),
    case("c4", "unsure HR2?", "HR2"),
)


def answer(text: str, clause: str) -> float | None:
    if f"{clause}!" in text:
        return 0.95
    return 0.5 if f"{clause}?" in text else 0.01


async def run(targets: Targets | None = None, cases: tuple[Case, ...] = CASES) -> PolicyTest:
    return await run_policy_test(policy("house", "HR1", "HR2", targets=targets), cases, cascade_of(Saying(answer)))


async def test_every_case_is_right_wrong_or_held_on_every_clause() -> None:
    test = await run()
    assert (test.policy, test.cases) == ("house@1.0.0", 4)
    rows = [(one.clause, one.cases, one.violating, one.right, len(one.wrong), one.held) for one in test.clauses]
    assert rows == [("HR1", 4, 2, 2, 2, 0), ("HR2", 4, 2, 3, 0, 1)]
    assert [one.found for one in test.clauses] == [1, 1]


async def test_what_is_wrong_is_named_with_its_case_and_probability() -> None:
    test = await run()
    wrong = [(one.case, one.clause, one.ruling, one.probability) for one in test.clauses[0].wrong]
    assert wrong == [(CASES[1], "HR1", Ruling.CLEAR, 0.01), (CASES[2], "HR1", Ruling.VIOLATED, 0.95)]


@pytest.mark.parametrize(
    ("targets", "is_met", "reason"),
    [
        (
            Targets(max_wrong=0.25),
            True,
            "max_wrong: 2 of 8 case-clause pairs are settled wrongly (25.0%); at most 25.0% demanded",
        ),
        (
            Targets(max_wrong=0.2),
            False,
            "max_wrong: 2 of 8 case-clause pairs are settled wrongly (25.0%); at most 20.0% demanded",
        ),
        (
            Targets(max_held=0.125),
            True,
            "max_held: 1 of 8 case-clause pairs are left to a person (12.5%); at most 12.5% demanded",
        ),
        (
            Targets(max_held=0.0),
            False,
            "max_held: 1 of 8 case-clause pairs are left to a person (12.5%); at most 0.0% demanded",
        ),
        (
            Targets(min_recall=0.5),
            True,
            "min_recall: 2 of 4 violating pairs are ruled violated (50.0%); at least 50.0% demanded",
        ),
        (
            Targets(min_recall=0.75),
            False,
            "min_recall: 2 of 4 violating pairs are ruled violated (50.0%); at least 75.0% demanded",
        ),
    ],
)
async def test_a_target_is_met_or_missed_with_the_reason(targets: Targets, is_met: bool, reason: str) -> None:
    test = await run(targets)
    assert [(check.is_met, check.reason) for check in test.targets] == [(is_met, reason)]
    assert test.is_passed is is_met


async def test_one_missed_target_fails_the_test() -> None:
    test = await run(Targets(max_wrong=0.5, max_held=0.0, min_recall=0.5))
    assert [check.is_met for check in test.targets] == [True, False, True]
    assert not test.is_passed


async def test_without_targets_there_is_nothing_to_fail() -> None:
    test = await run()
    assert test.targets == ()
    assert test.is_passed


async def test_recall_that_cannot_be_measured_is_not_met() -> None:
    test = await run(Targets(min_recall=0.0), cases=(case("c1", "fine"),))
    assert [(check.measured, check.is_met) for check in test.targets] == [(None, False)]
    assert "none of the cases violates a clause" in test.targets[0].reason


async def test_a_judge_that_never_answers_holds_everything() -> None:
    targets = Targets(max_wrong=0.0, max_held=0.5, min_recall=0.1)
    silent = cascade_of(Saying(lambda text, clause: None))
    test = await run_policy_test(policy("house", "HR1", "HR2", targets=targets), CASES, silent)
    assert [one.held for one in test.clauses] == [4, 4]
    assert [check.is_met for check in test.targets] == [True, False, False]


async def test_a_policy_without_cases_is_not_passed_but_refused() -> None:
    with pytest.raises(InputError, match="expected cases to test it on"):
        await run(cases=())
