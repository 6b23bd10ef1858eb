"""What the triage benchmark counts: thresholds, lotteries, reviewers, months."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.metrics.risk import clear_below, violated_from

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RIGHT, SECOND = {"error": 0.0, "second": False}, {"error": 0.2, "second": True}


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


def module(name: str) -> ModuleType:
    return import_module(f"triagebench.{name}")


def question(rows: int = 600, *, overlap: float = 0.0, repeated: int = 1) -> Any:
    """A quarter violates; the judge's scores tell them from the others but for some overlap."""
    chance = np.random.default_rng(1)
    violates = np.arange(rows) % 4 == 0
    logits = np.where(violates, 2.0, -2.0) + overlap * chance.normal(size=rows)
    vectors = chance.normal(size=(rows, 4))
    return module("questions").Question(
        name="sort, spam",
        set="sort",
        logits=logits.astype(np.float32)[:, None],
        meanings=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32),
        labels=violates.astype(np.int8)[:, None],
        texts=np.array([f"text {row // repeated}" for row in range(rows)]),
    )


@pytest.mark.parametrize(
    ("labels", "alpha", "crc", "naive"),
    [  # k <= alpha (n + 1) - 1 by Angelopoulos and others 2022, k <= alpha n by the labels' word
        (18, 0.05, -1, 0),
        (19, 0.05, 0, 0),
        (99, 0.01, 0, 0),
        (100, 0.05, 4, 5),
        (1_000, 0.05, 49, 50),
    ],
)
def test_how_many_misses_each_method_allows(labels: int, alpha: float, crc: int, naive: int) -> None:
    thresholds = module("thresholds")
    assert thresholds.allowed(thresholds.Method.CRC, labels, alpha) == crc
    assert thresholds.allowed(thresholds.Method.NAIVE, labels, alpha) == naive


def test_thresholds_leave_as_many_on_the_wrong_side_as_they_may() -> None:
    thresholds = module("thresholds")
    low, high = np.arange(100) / 1_000, 0.9 + np.arange(100) / 1_000
    for method, misses in ((thresholds.Method.CRC, 4), (thresholds.Method.NAIVE, 5)):
        for side, scores in ((thresholds.Side.MISS, low), (thresholds.Side.OVER_BLOCK, high)):
            found = thresholds.threshold(method, side, scores, alpha=0.05, delta=0.05)
            assert thresholds.wrong(side, scores, found) == misses / 100


def test_no_method_decides_against_the_judge() -> None:
    thresholds = module("thresholds")
    for method in thresholds.Method:
        sure = np.full(1_000, 0.8)
        assert thresholds.threshold(method, thresholds.Side.MISS, sure, alpha=0.05, delta=0.05) == 0.5
        assert thresholds.threshold(method, thresholds.Side.OVER_BLOCK, 1 - sure, alpha=0.05, delta=0.05) > 0.5


def test_ltt_is_the_one_that_ships() -> None:
    thresholds = module("thresholds")
    scores = np.random.default_rng(3).random(500)
    for side, ships in ((thresholds.Side.MISS, clear_below), (thresholds.Side.OVER_BLOCK, violated_from)):
        found = thresholds.threshold(thresholds.Method.LTT, side, scores, alpha=0.05, delta=0.1)
        assert found == ships(scores, alpha=0.05, delta=0.1).threshold


def test_what_the_judge_did_not_read_is_never_wrong() -> None:
    thresholds = module("thresholds")
    scores = np.array([0.1, np.nan, 0.9])
    assert thresholds.wrong(thresholds.Side.MISS, thresholds.kept(thresholds.Side.MISS, scores), 0.5) == 1 / 3
    over = thresholds.kept(thresholds.Side.OVER_BLOCK, scores)
    assert thresholds.wrong(thresholds.Side.OVER_BLOCK, over, 0.5) == 1 / 3


def test_rows_that_say_the_same_stay_together() -> None:
    asked = question(repeated=3)
    parts = asked.parts(3, np.random.default_rng(0))
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(asked)))
    said = [set(asked.texts[rows].tolist()) for rows in parts]
    assert not said[0] & said[1] and not said[0] & said[2] and not said[1] & said[2]


def test_clauses_count_as_one_by_the_likeliest() -> None:
    two = module("questions").Question(
        name="two",
        set="two",
        logits=np.array([[1.0, -1.0], [-2.0, -3.0], [np.nan, np.nan]], np.float32),
        meanings=np.zeros((3, 2), np.float32),
        labels=np.array([[0, 1], [0, -1], [-1, 0]], np.int8),
        texts=np.array(["a", "b", "c"]),
    )
    one = two.together()
    assert one.logits[:2, 0].tolist() == [1.0, -2.0] and np.isnan(one.logits[2, 0])
    assert one.violates.tolist() == two.violates.tolist() == [True, False, False]
    assert two.scores()[:2].tolist() == one.scores()[:2].tolist() == [0.7311, 0.1192]


def contents(count: int) -> st.SearchStrategy[tuple[Any, ...]]:
    flags = st.lists(st.booleans(), min_size=count, max_size=count).map(np.array)
    lots = st.lists(st.floats(0, 0.999), min_size=count, max_size=count, unique=True).map(np.array)
    return st.tuples(flags, flags, lots, st.integers(0, count), st.floats(0.01, 1.0))


@given(st.integers(1, 30).flatmap(contents))
def test_the_lottery_does_not_know_what_was_decided(drawn: tuple[Any, ...]) -> None:
    held, teaches, lots, capacity, rate = drawn
    unsure = np.abs(lots - 0.5)
    for by in (None, unsure):
        looked = module("lottery").looked_at(held, teaches, lots, capacity=capacity, rate=rate, unsure=by)
        assert not (looked.uniform & (teaches | ~looked.reviewed)).any()
        if looked.uniform.any():  # a content with a lower lot than one of the sample is in it, whatever was decided
            assert looked.uniform[~teaches & (lots <= lots[looked.uniform].max())].all()
        assert (looked.reviewed & held).sum() == min(capacity, held.sum())
        assert not (looked.reviewed & ~held & (teaches | (lots >= rate))).any()


def test_active_choice_takes_what_the_judge_is_least_sure_of() -> None:
    held, teaches = np.ones(6, bool), np.array([True] * 4 + [False] * 2)
    lots, unsure = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), np.array([0.4, 0.3, 0.1, 0.2, 0.0, 0.0])
    looked_at = module("lottery").looked_at
    active = looked_at(held, teaches, lots, capacity=4, rate=1.0, unsure=unsure)
    random = looked_at(held, teaches, lots, capacity=4, rate=1.0)
    assert active.reviewed.tolist() == [False, False, True, True, True, True]
    assert random.reviewed.tolist() == [True, True, False, False, True, True]
    assert active.uniform.tolist() == random.uniform.tolist() == [False] * 4 + [True] * 2


def test_lots_are_the_same_every_time_and_even() -> None:
    drawn = module("lottery").drawn
    names = [str(number) for number in range(2_000)]
    assert drawn(names, "a").tolist() == drawn(names, "a").tolist() != drawn(names, "b").tolist()
    assert (drawn(names, "a") < 0.25).mean() == pytest.approx(0.25, abs=0.04)


def test_a_second_opinion_takes_back_what_one_person_found_wrongly() -> None:
    reviewers = module("reviewers")
    truth = np.arange(20_000) < 2_000
    alone = reviewers.ruled(reviewers.Reviewers(name="", error=0.2, second=False), truth, np.random.default_rng(0))
    two = reviewers.ruled(reviewers.Reviewers(name="", **SECOND), truth, np.random.default_rng(0))
    right = reviewers.ruled(reviewers.Reviewers(name="", **RIGHT), truth, np.random.default_rng(0))
    assert right.violates.tolist() == truth.tolist() and right.rulings == len(truth)
    assert alone.violates[~truth].mean() == pytest.approx(0.2, abs=0.01)
    assert two.violates[~truth].mean() == pytest.approx(0.2 * (0.2 + 0.8 * 0.2), abs=0.01)
    assert two.rulings > len(truth) + two.violates.sum()
    assert alone.hours == pytest.approx(len(truth) * 30 / 3_600)


def test_the_loop_stops_holding_what_a_good_judge_can_tell() -> None:
    reviewers = module("reviewers").Reviewers(name="", **RIGHT)
    days = list(module("month").month(question(), reviewers, 0, active=False))
    assert [day.day for day in days] == list(range(1, 31))
    assert days[0].held == 1.0 and days[0].holds is None and not days[0].clears
    assert days[-1].held <= 0.1 and days[-1].clears and days[-1].finds and days[-1].holds
    assert days[-1].hours < days[0].hours
    assert all(day.missed == 0.0 for day in days)


def test_the_loop_counts_a_certificate_that_is_not_true() -> None:
    month, choices = module("month"), module("choices")
    asked = question(2_000, overlap=2.5)
    loop = month._Loop(
        question=asked,
        says=np.full(len(asked), -1, np.int8),
        ruled_on=np.zeros(len(asked), np.intp),
        uniform=np.zeros(len(asked), bool),
        below=0.9,
    )
    day = month._day(loop, month._parts(asked, "salt"), 3, 0.5, 1.0)
    assert day.missed > choices.LOOP_ALPHA and day.holds is False


def test_months_are_put_together() -> None:
    loops, day = module("loops"), module("month").Day
    given = {"over_blocked": 0.0, "hours": 1.0, "finds": False}
    months = [
        [
            day(
                day=number,
                held=1.0 - number / 30 * best,
                missed=0.0,
                labels=10 * number,
                clears=number > 20,
                holds=None if number <= 20 else number != 25 or best < 1,
                **given,
            )
            for number in range(1, 31)
        ]
        for best in (1.0, 0.4)
    ]
    found = loops.together("q", "r", loops.RANDOM, months)
    assert (found.claimed, found.broken, found.broken_months) == (20, 1, 1)
    assert found.first_clear == (21, 21)
    assert found.labels_to == {"0.75": (80, 190), "0.5": (150, None)}
    assert found.hours == 30.0 and found.labels == 300.0
    assert found.days[0].held == pytest.approx(1.0 - 0.7 / 30)


def test_a_guarantee_is_counted_on_the_whole_world() -> None:
    guarantee, thresholds = module("guarantee"), module("thresholds")
    asked = question(4_000, overlap=2.0)
    found = list(guarantee.kept_by("q", guarantee.FROZEN, guarantee.worlds(asked, guarantee.FROZEN), sizes=("500",)))
    by = {(one.side, one.method, one.alpha, one.delta): one.broken for one in found}
    ltt, naive = (by[thresholds.Side.MISS, method, 0.05, 0.05] for method in ("LTT", "naive"))
    assert ltt.n == naive.n == 1_000
    assert ltt.low <= 0.05 and naive.low > 0.3


def test_the_report_tells_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = list(module("report").write(tmp_path))
    assert "saving: nothing was found yet, or nothing could be measured" in said
    assert any("plots are left out" in line for line in said)
    assert "## Where it breaks" in (tmp_path / "report.md").read_text("utf-8")
