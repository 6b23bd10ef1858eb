"""What a candidate must pass: it does not fail, and it is not wrong more often than the live judge."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

import pytest

from komainu.cascade import Stage, Thresholds
from komainu.domain import Abstention, Content, Opinion, Reason, Ruling, Verdict
from komainu.judges.checks import sample_rulebook
from komainu.judges.scripted import Answer, ScriptedJudge
from komainu.learning.distil import WEIGHT, taught_by
from komainu.learning.gates import Heard, Seen, Shadow, canary_problem, canary_waits, shadowed
from komainu.store.samples import sample

BOOK = sample_rulebook()
FIRST, SECOND = (clause.key for clause in BOOK.clauses[:2])
LIVE = "live@1"


def seen(
    number: int, probabilities: Mapping[str, float], ruled: Mapping[str, Ruling] | None = None, *, judge: str = LIVE
) -> Seen:
    content = Content(text=f"Text {number}")
    opinions: list[Opinion] = [Verdict(clause=key, judge=judge, probability=p) for key, p in probabilities.items()]
    decision = replace(sample(number)[0], content=content.digest, opinions=tuple(opinions))
    return Seen(decision=decision, content=content, ruled=ruled or {})


async def each(many: Sequence[Seen]) -> AsyncIterator[Seen]:
    for one in many:
        yield one


async def shadow(answer: Answer, many: Sequence[Seen], most: int = 1_000) -> Shadow:
    stage = Stage(judge=ScriptedJudge(default=answer), thresholds=Thresholds(clear_below=0.2, violated_from=0.8))
    return await shadowed(stage, LIVE, BOOK, each(many), most=most)


async def test_a_shadow_says_what_would_change() -> None:
    many = [seen(number, {FIRST: 0.1, SECOND: 0.9}) for number in range(5)]
    found = await shadow(0.5, many)
    assert (found.contents, found.clauses, found.failed) == (5, 10, 0)
    assert found.flips == {(Ruling.CLEAR, Ruling.OPEN): 5, (Ruling.VIOLATED, Ruling.OPEN): 5}
    assert found.problem == "", "nobody ruled"
    assert (await shadow(0.1, [seen(1, {FIRST: 0.1})])).flips == {}


async def test_what_was_forgotten_or_asked_of_another_judge_is_passed_over() -> None:
    many = [replace(seen(1, {FIRST: 0.1}), content=None), seen(2, {FIRST: 0.1}, judge="other@1"), seen(3, {FIRST: 0.1})]
    assert (await shadow(0.1, many)).contents == 1


async def test_a_candidate_that_fails_goes_no_further() -> None:
    found = await shadow(Reason.FAILED, [seen(1, {FIRST: 0.1, SECOND: 0.1})])
    assert found.failed == 2
    assert "failed on 2 clauses of 1 contents" in found.problem
    assert (await shadow(Reason.CANNOT_SAY, [seen(1, {FIRST: 0.1})])).problem == ""


@pytest.mark.parametrize(
    ("live_wrong", "candidate_wrong", "stops"), [(0, 4, False), (0, 5, True), (5, 5, False), (9, 0, False)]
)
async def test_a_candidate_that_is_wrong_more_often_goes_no_further(
    live_wrong: int, candidate_wrong: int, stops: bool
) -> None:
    """One-sided at 5 %: five of five are 1/32, four of four 1/16."""
    violated, clear = {FIRST: Ruling.VIOLATED}, {FIRST: Ruling.CLEAR}
    many = [seen(number, {FIRST: 0.9}, clear) for number in range(live_wrong)]
    many += [seen(100 + number, {FIRST: 0.9}, violated) for number in range(candidate_wrong)]
    found = await shadow(0.1, many)
    assert (found.only_live_wrong, found.only_candidate_wrong) == (live_wrong, candidate_wrong)
    assert bool(found.problem) is stops


def heard(violating: int, missed: int, fine: int = 0, wrongly: int = 0, **more: int) -> Heard:
    opinions = more.pop("opinions", 100)
    return Heard(
        decisions=opinions, opinions=opinions, violating=violating, missed=missed, fine=fine, wrongly=wrongly, **more
    )


@pytest.mark.parametrize(
    ("live", "tried", "said"),
    [
        (heard(100, 5), heard(20, 1), ""),
        (heard(100, 5), heard(20, 6), "misses violations that people found: 6 of 20"),
        (heard(0, 0, 100, 5), heard(0, 0, 20, 6), "is wrong on what people cleared: 6 of 20"),
        (heard(60, 40, 40, 0), heard(20, 20, 980, 0), "misses violations that people found: 20 of 20"),
        (heard(100, 5), heard(0, 0), ""),
        (heard(10, 1, opinions=1_000), heard(10, 1, opinions=100, failed=5), "it fails on 5 of 100"),
    ],
)
def test_a_canary_is_taken_back_where_it_is_worse(live: Heard, tried: Heard, said: str) -> None:
    found = canary_problem(live, tried)
    assert said in found
    assert bool(found) is bool(said)


@pytest.mark.parametrize(
    ("live", "tried", "waits"),
    [
        (heard(5, 0, 45), heard(5, 0, 45), ""),
        (heard(0, 0), heard(60, 60), "people ruled on 0 clauses of the live judge, of 50 needed"),
        (heard(5, 0, 45), heard(5, 0, 44), "people ruled on 49 clauses of the candidate"),
        (heard(5, 0, 45), heard(0, 0, 90), "people found 0 violations among those of the candidate, of 5 needed"),
    ],
)
def test_a_canary_goes_live_by_rulings_on_both_judges(live: Heard, tried: Heard, waits: str) -> None:
    assert canary_waits(live, tried, rulings=50, violating=5).startswith(waits)
    assert bool(canary_waits(live, tried, rulings=50, violating=5)) is bool(waits)


async def test_a_shadow_ends_at_so_many_contents_that_count() -> None:
    many = [seen(number, {FIRST: 0.1}, judge="other@1" if number % 2 else LIVE) for number in range(20)]
    assert (await shadow(0.1, many, most=4)).contents == 4


def test_what_became_of_opinions_is_counted_by_judge() -> None:
    one = seen(1, {FIRST: 0.9, SECOND: 0.1}, {FIRST: Ruling.CLEAR, SECOND: Ruling.CLEAR})
    failure = Abstention(clause=SECOND, judge=LIVE, reason=Reason.TIMED_OUT)
    other = Verdict(clause=FIRST, judge="other@1", probability=0.9)
    two = replace(one, decision=replace(one.decision, opinions=(failure, other)))
    found = Heard()
    for each_one in (one, two):
        found.take(LIVE, each_one)
    assert (found.decisions, found.opinions, found.failed, found.ruled, found.wrong) == (2, 3, 1, 2, 1)
    nobody = Heard()
    nobody.take("nobody@1", one)
    assert nobody == Heard()


def test_a_reasoner_teaches_what_it_settled_and_no_person_ruled_on() -> None:
    keys = ("spam/SP1", "spam/SP2", "言葉/ES1")
    decision, content = sample(1)
    rulings = {keys[0]: Ruling.VIOLATED, keys[1]: Ruling.CLEAR, keys[2]: Ruling.OPEN}
    said = [
        Verdict(clause=key, judge="safeguard@m", probability=p) for key, p in zip(keys, (0.9, 0.1, 0.6), strict=True)
    ]
    decision = replace(decision, action=decision.action.HOLD, rulings=rulings, opinions=tuple(said))
    found = {one.clause: (one.violates, one.weight) for one in taught_by(decision, content, ())}
    assert found == {"SP1": (True, WEIGHT), "SP2": (False, WEIGHT)}
    assert [one.clause for one in taught_by(decision, content, {keys[0]})] == ["SP2"]
    others = replace(decision, opinions=tuple(replace(one, judge="embedded@1") for one in said))
    assert list(taught_by(others, content, ())) == []
    against = replace(decision, rulings={**rulings, keys[0]: Ruling.CLEAR})
    assert [one.clause for one in taught_by(against, content, ())] == ["SP2"], "another judge settled it otherwise"
