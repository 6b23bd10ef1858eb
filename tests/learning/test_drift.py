"""Alarms from decisions and reviews."""

import dataclasses
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import timedelta

import numpy as np
import pytest

from komainu.domain import Reason, Ruling
from komainu.learning.drift import Alarm, Drift, DriftReport, Recorded, Watch, drift_of
from komainu.learning.streams import FINE, Measure, fine_bin
from tests.learning.records import JUDGE, NOW, POLICY, START, days, decision, opinion, review

ONE, OTHER = "spam/SP1", "spam/SP2"
WEEKS = 40  # days: 28 of reference, 5 between, 7 current


def scores(seed: int = 0) -> Callable[[], float]:
    generator = np.random.default_rng(seed)
    return lambda: float(generator.beta(1, 8))


def told(recorded: Iterable[Recorded], **watch: float) -> DriftReport:
    drift = Drift(Watch(**watch), now=NOW)  # type: ignore[arg-type]
    for one in recorded:
        drift.add(one)
    return drift.report()


def named(report: DriftReport) -> list[tuple[str, Measure, str]]:
    return [(alarm.clause, alarm.measure, alarm.test) for alarm in report.alarms]


def test_nothing_is_told_where_nothing_moves() -> None:
    one, other = scores(1), scores(2)
    report = told(Recorded(decision=decision(n, {ONE: one(), OTHER: other()})) for n in days(WEEKS))
    assert report.alarms == ()
    assert report.decisions == len(days(WEEKS))
    seen = report.watched[0]
    assert (seen.key.clause, seen.key.judge, seen.key.policy) == (ONE, JUDGE, POLICY)
    assert seen.shift is not None
    assert (seen.shift.reference, seen.shift.current) == (28 * 96, 7 * 96)
    assert seen.measures[Measure.SCORE].reference == pytest.approx(1 / 9, abs=0.01)
    assert seen.needs == ""


def test_a_shift_in_the_last_week_names_the_clause_and_shows_what_came() -> None:
    one, other = scores(1), scores(2)
    late = 96 * (WEEKS - 2)

    def scored(n: int) -> float:
        return 0.9 if n >= late and n % 5 == 0 else one()

    report = told(Recorded(decision=decision(n, {ONE: scored(n), OTHER: other()})) for n in days(WEEKS))
    assert {alarm.clause for alarm in report.alarms} == {ONE}
    alarm = next(alarm for alarm in report.alarms if alarm.test == "psi")
    assert (alarm.judge, alarm.policy, alarm.measure, alarm.direction) == (JUDGE, POLICY, Measure.SCORE, 1)
    assert alarm.before == pytest.approx(1 / 9, abs=0.01)
    assert alarm.after == pytest.approx(alarm.before + 2 / 7 * 0.2 * (0.9 - alarm.before), abs=0.02)
    assert (alarm.n_before, alarm.n_after) == (28 * 96, 7 * 96)
    assert alarm.since == START + timedelta(days=WEEKS - 7)
    assert alarm.p <= Watch().each
    assert alarm.shift is not None
    assert alarm.shift.psi > alarm.shift.expected + Watch().least_psi
    assert [example.value for example in alarm.examples] == [0.9] * 3
    assert [example.decision for example in alarm.examples] == [f"d{n}" for n in (3835, 3830, 3825)]


def test_a_mean_that_moves_is_told_with_the_moment_it_did() -> None:
    one = scores(1)
    moves = 96 * 20  # within the reference, so that PSI alone would take part of it as normal
    report = told(Recorded(decision=decision(n, {ONE: min(1.0, one() + 0.3 * (n >= moves))})) for n in days(34))
    alarm = next(alarm for alarm in report.alarms if alarm.test == "adwin")
    assert (alarm.clause, alarm.measure, alarm.direction) == (ONE, Measure.SCORE, 1)
    assert abs(alarm.since - (START + timedelta(days=20))) < timedelta(days=1)
    assert (alarm.before, alarm.after) == (pytest.approx(0.11, abs=0.02), pytest.approx(0.41, abs=0.05))
    assert alarm.p <= Watch().each
    assert len(alarm.examples) == 3
    assert all(example.at >= alarm.since.timestamp() for example in alarm.examples)


@pytest.mark.parametrize(
    ("reason", "measure"), [(Reason.FAILED, Measure.FAILURE), (Reason.TIMED_OUT, Measure.FAILURE),
                            (Reason.CANNOT_SAY, Measure.SILENCE)]
)  # fmt: skip
def test_a_judge_that_begins_to_fail_or_to_fall_silent_is_told(reason: Reason, measure: Measure) -> None:
    one = scores(1)
    late = 96 * 10
    report = told(
        Recorded(decision=decision(n, {ONE: reason if n >= late and n % 3 == 0 else one()})) for n in days(20)
    )
    assert named(report) == [(ONE, measure, "adwin")]
    assert report.alarms[0].before == 0.0
    assert report.alarms[0].after == pytest.approx(1 / 3, abs=0.1)
    assert all(int(example.decision[1:]) % 3 == 0 for example in report.alarms[0].examples)


def test_people_who_begin_to_overrule_a_judge_are_told() -> None:
    """The judge says .1 throughout; people ruled one in twenty violated, then half."""
    generator = np.random.default_rng(3)

    def recorded(n: int) -> Recorded:
        made = decision(n, {ONE: 0.1, OTHER: 0.1})
        rulings = {ONE: Ruling.VIOLATED if generator.random() < (0.05 if n < 960 else 0.5) else Ruling.CLEAR}
        return Recorded(decision=made, reviews=[review(n, rulings)] if n % 3 == 0 else [])

    report = told(map(recorded, days(25)))
    assert named(report) == [(ONE, Measure.OVERRIDE, "adwin")]
    assert report.alarms[0].before == pytest.approx(0.05, abs=0.04)
    assert report.alarms[0].after == pytest.approx(0.5, abs=0.15)
    assert report.watched[1].measures[Measure.OVERRIDE].n == 0


def test_of_several_reviews_the_last_counts_and_a_settled_clause_stands_as_it_was_settled() -> None:
    made = decision(0, {ONE: 0.4, OTHER: 0.9})
    settled = dataclasses.replace(made, rulings={ONE: Ruling.VIOLATED, OTHER: Ruling.OPEN})
    reviews = [
        review(0, {ONE: Ruling.CLEAR, OTHER: Ruling.CLEAR}),
        review(0, {ONE: Ruling.VIOLATED}, "second"),
    ]
    report = told([Recorded(decision=settled, reviews=reviews)])
    shares = [one.measures[Measure.OVERRIDE] for one in report.watched]
    assert [(one.mean, one.n) for one in shares] == [(0.0, 1), (1.0, 1)]


@pytest.mark.parametrize("version", [{"judge": "embedded@2"}, {"policy": "spam@1.1.0"}])
def test_versions_are_never_mixed(version: dict[str, str]) -> None:
    """The new version says something else altogether, from the 30th day on, and that is no drift."""
    one = scores(1)
    report = told(
        Recorded(decision=decision(n, {ONE: one()}) if n < 2_880 else decision(n, {ONE: 0.9}, **version))  # type: ignore[arg-type]
        for n in days(WEEKS)
    )
    assert report.alarms == ()
    assert report.ended == 1
    assert [one.measures[Measure.SCORE].n_reference for one in report.watched] == [10 * 96]
    assert "in the current window" in report.watched[0].needs


def test_too_few_decisions_are_told_instead_of_a_figure() -> None:
    one = scores(1)
    few = [decision(n, {ONE: one()}, at=START + timedelta(days=n)) for n in range(33)]
    report = told(Recorded(decision=made) for made in few)
    assert report.watched[0].shift is None
    assert report.watched[0].needs == (
        "needs 22 more verdicts in the reference window and 45 more verdicts in the current window "
        "(the reference ends 2026-09-29)"
    )
    assert told([]) == DriftReport(decisions=0, until=None, watched=(), ended=0, alarms=())


def test_of_many_clauses_each_p_is_adjusted_for_all() -> None:
    """Twelve clauses that do not move and one that does a little: its p alone would do, among so many it is larger."""
    generator = np.random.default_rng(6)
    clauses = [f"spam/SP{number}" for number in range(13)]

    def drawn(n: int, clause: str) -> float:
        return float(generator.beta(1.4 if clause == clauses[0] and n >= 28 * 96 else 1, 8))

    made = [Recorded(decision=decision(n, {one: drawn(n, one) for one in clauses})) for n in days(36)]
    report = told(made)
    for seen in report.watched:
        assert seen.p is not None
        assert seen.shift is not None
        assert seen.p >= seen.shift.p
    smallest = min(report.watched, key=lambda seen: seen.shift.p if seen.shift else 1.0)
    assert smallest.key.clause == clauses[0]
    assert smallest.shift is not None
    assert smallest.p == pytest.approx(13 * smallest.shift.p)


def test_a_large_record_tells_no_trifles() -> None:
    """PSI of .01 is surely no chance on so many values, and too little to matter unless one says so."""
    generator = np.random.default_rng(4)

    def recorded(n: int) -> Recorded:
        at = START + timedelta(minutes=2 * n)
        late = at >= START + timedelta(days=28)
        return Recorded(decision=decision(n, {ONE: float(generator.beta(2, 8 - 0.5 * late))}, at=at))

    made = [recorded(n) for n in range(25_000)]
    report = told(made, least_move=0.2)
    assert report.watched[0].p is not None
    assert report.watched[0].p <= Watch().each
    assert report.alarms == ()
    assert named(told(made, least_psi=0.001, least_move=0.2)) == [(ONE, Measure.SCORE, "psi")]


def test_a_mean_that_moves_by_next_to_nothing_is_no_alarm() -> None:
    made = [Recorded(decision=decision(n, {ONE: 0.1 if n < 6_000 else 0.109})) for n in range(12_000)]
    assert named(told(made, least_psi=100)) == []
    assert named(told(made, least_psi=100, least_move=0.001)) == [(ONE, Measure.SCORE, "adwin")]


def test_what_was_said_before_is_not_counted_again_where_a_decision_stands_in_place_of_another() -> None:
    reasoner = "safeguard@3"
    first = decision(0, {ONE: 0.3}, more=[opinion(ONE, reasoner, Reason.LATER)])
    second = decision(1, {ONE: 0.3}, more=[opinion(ONE, reasoner, 0.8)], supersedes=first.id)
    third = decision(2, {ONE: 0.3}, more=[opinion(ONE, reasoner, 0.9)], supersedes=second.id)
    report = told(
        [
            Recorded(decision=first),
            Recorded(decision=second, before=first),
            Recorded(decision=third, before=second),
        ]
    )
    counted = {one.key.judge: one.measures[Measure.SCORE].n for one in report.watched}
    assert counted == {JUDGE: 1, reasoner: 1}
    assert all(one.measures[Measure.SILENCE].n == 1 for one in report.watched)


def test_a_clock_that_was_wrong_hides_nothing() -> None:
    """From the 33rd day on scores are high, and decisions say that it is years earlier or later; one did before."""
    one = scores(1)

    def recorded(n: int, years: int) -> Recorded:
        at = START + timedelta(minutes=15 * n)
        if n >= 33 * 96 and n % 2:
            return Recorded(decision=decision(n, {ONE: 0.9}, at=at + timedelta(days=365 * years)))
        return Recorded(decision=decision(n, {ONE: one()}, at=at + timedelta(days=365 * years * (n == 500))))

    for years in (-3, 0, 30):
        report = told(recorded(n, years) for n in days(WEEKS))
        assert named(report) == [(ONE, Measure.SCORE, "adwin"), (ONE, Measure.SCORE, "psi")]
        assert report.watched[0].shift is not None
        assert report.watched[0].shift.reference == 28 * 96


def test_only_the_policies_asked_for_are_watched() -> None:
    made = [decision(n, {ONE: 0.5}) for n in range(3)]
    for names, count in ((frozenset({POLICY}), 1), (frozenset({"spam@9.9.9"}), 0), (None, 1)):
        drift = Drift(Watch(), now=NOW, policies=names)
        for one in made:
            drift.add(Recorded(decision=one))
        assert len(drift.report().watched) == count


def test_a_stream_under_several_rulebooks_says_so() -> None:
    made = (decision(n, {ONE: 0.1 + 0.8 * (n >= 900)}, rulebook=f"r{n // 900}") for n in days(20))
    report = told(Recorded(decision=one) for one in made)
    assert [alarm.rulebooks for alarm in report.alarms] == [3]


async def test_drift_of_a_stream_of_decisions_is_that_of_a_list() -> None:
    made = [Recorded(decision=decision(n, {ONE: 0.1 + 0.8 * (n >= 900)})) for n in days(20)]

    async def stream() -> object:
        for one in made:
            yield one

    report = await drift_of(stream(), watch=Watch(), now=NOW)  # type: ignore[arg-type]
    assert report == told(made)
    assert isinstance(report.alarms[0], Alarm)


def test_memory_does_not_grow_with_the_record() -> None:
    drift, one = Drift(Watch(topics=50), now=NOW), scores(1)
    sizes = []
    tracemalloc.start()
    for n in range(9_000):
        if n in (4_000, 8_999):
            sizes.append(tracemalloc.get_traced_memory()[0])
        drift.add(Recorded(decision=decision(n, {ONE: one()})))
    tracemalloc.stop()
    assert sizes[1] - sizes[0] < 60_000


def test_fine_bins_ascend_and_hold_every_probability() -> None:
    found = [fine_bin(p) for p in np.linspace(0.0, 1.0, 2_001)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, FINE - 1)
    assert fine_bin(0.001) < fine_bin(0.002) < fine_bin(0.004)


@pytest.mark.parametrize("given", [{"alpha": 0.0}, {"reference_days": 0}, {"needed": 0}, {"topics": -1}])
def test_what_cannot_be_watched_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got"):
        Watch(**given)  # type: ignore[arg-type]
