"""Cases judged under their own policy, and what is kept of it."""

from pathlib import Path

from komainu.domain import Action, Ruling
from komainu.evals import described, evaluate
from komainu.evals.run import AT_ONCE
from tests.evals.makers import Saying, cascade_of, case, policy, suite


async def test_every_case_meets_every_clause_of_its_own_policy_and_no_other() -> None:
    judge = Saying(lambda text, clause: 0.95 if clause in text else 0.5)
    suites = [
        suite("house", case("h1", "about HR1", "HR1", tags=("pair:1",)), case("h2", "fine")),
        suite("shop", case("s1", "about SR1", "SR1"), clauses=("SR1",), language="ja"),
    ]
    scores = await evaluate(suites, cascade=cascade_of(judge))
    assert [(one.policy, one.case, one.clause, one.label, one.probability, one.ruling) for one in scores] == [
        ("house", "h1", "HR1", True, 0.95, Ruling.VIOLATED),
        ("house", "h1", "HR2", False, 0.5, Ruling.OPEN),
        ("house", "h2", "HR1", False, 0.5, Ruling.OPEN),
        ("house", "h2", "HR2", False, 0.5, Ruling.OPEN),
        ("shop", "s1", "SR1", True, 0.95, Ruling.VIOLATED),
    ]
    assert [(one.language, one.severity, one.tags) for one in scores][1::3] == [("en", 2, ("pair:1",)), ("ja", 1, ())]
    assert {(keys, rulebook) for _, keys, rulebook in judge.seen} == {
        (("house/HR1", "house/HR2"), "house@1.0.0"),
        (("shop/SR1",), "shop@1.0.0"),
    }


async def test_role_and_context_reach_the_judge() -> None:
    judge = Saying(lambda text, clause: 0.5)
    one = suite("house", case("h1", "yes"))
    scores = await evaluate([one], cascade=cascade_of(judge))
    assert judge.seen[0][0] == one.cases[0].content
    assert scores[0].content == one.cases[0].content.digest


async def test_the_last_verdict_counts_and_an_abstention_does_not_erase_it() -> None:
    first = Saying(lambda text, clause: 0.3, name="first@1")
    second = Saying(lambda text, clause: 0.7 if clause == "HR1" else None, name="second@1")
    scores = await evaluate([suite("house", case("h1", "text"))], cascade=cascade_of(first, second))
    assert [one.probability for one in scores] == [0.7, 0.3]


async def test_a_clause_that_every_judge_abstains_on_is_not_judged_and_stays_open() -> None:
    scores = await evaluate([suite("house", case("h1", "text"))], cascade=cascade_of(Saying(lambda text, clause: None)))
    assert [(one.probability, one.ruling) for one in scores] == [(None, Ruling.OPEN)] * 2


async def test_a_judge_that_fails_leaves_its_cases_not_judged() -> None:
    def fail(text: str, clause: str) -> float:
        if "bad" in text:
            raise RuntimeError("out of memory")
        return 0.5

    both = suite("house", case("h1", "bad"), case("h2", "good"))
    scores = await evaluate([both], cascade=cascade_of(Saying(fail)))
    assert [one.probability for one in scores] == [None, None, 0.5, 0.5]


async def test_a_violation_does_not_keep_the_other_clauses_from_being_judged() -> None:
    first = Saying(lambda text, clause: 1.0 if clause == "HR1" else None, name="first@1")
    second = Saying(lambda text, clause: 0.05, name="second@1")
    cascade = cascade_of(first, second, stops_early=True)
    suites = [suite("house", case("h1", "text", "HR1"))]
    assert (await cascade.decide(suites[0].cases[0].content, suites[0].rulebook)).action is Action.BLOCK
    assert [keys for _, keys, _ in second.seen] == []
    scores = await evaluate(suites, cascade=cascade)
    assert [one.ruling for one in scores] == [Ruling.VIOLATED, Ruling.CLEAR]


async def test_only_so_many_cases_are_judged_at_once_and_progress_counts_them_all() -> None:
    judge = Saying(lambda text, clause: 0.5)
    many = suite("house", *(case(f"h{number}", f"text {number}") for number in range(3 * AT_ONCE)))
    steps: list[tuple[int, int]] = []
    scores = await evaluate([many], cascade=cascade_of(judge), progress=lambda done, total: steps.append((done, total)))
    assert judge.most_at_work == AT_ONCE
    assert steps == [(number, 3 * AT_ONCE) for number in range(1, 3 * AT_ONCE + 1)]
    assert [one.case for one in scores[::2]] == [f"h{number}" for number in range(3 * AT_ONCE)]


async def test_nothing_is_put_on_record(tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.chdir(tmp_path)  # type: ignore[attr-defined]
    await evaluate([suite("house", case("h1", "text"))], cascade=cascade_of(Saying(lambda text, clause: 0.5)))
    assert list(tmp_path.iterdir()) == []


def test_a_cascade_is_described_by_judges_and_thresholds() -> None:
    assert described(cascade_of(Saying(lambda text, clause: 0.5))) == ("saying@1: clear below 0.1, violated from 0.9",)
    assert policy().clauses[0].key == "house/HR1"
