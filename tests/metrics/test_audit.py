"""Rates from a sample with known chances: unbiased, and their intervals hold what they say."""

import numpy as np
import pytest

from komainu.metrics.audit import Stratum, rates


def stratum(members: int, looked_at: int, violating: int) -> Stratum:
    return Stratum(members=members, looked_at=looked_at, violating=violating)


def test_each_that_was_looked_at_stands_for_as_many_as_its_chance_says() -> None:
    """1 of 100 at 10 % stands for 10 missed; 20 of 20 looked at in full; half of 50 found at 20 % are wrong."""
    found = rates([stratum(1_000, 100, 1)], [stratum(50, 10, 5)], [stratum(20, 20, 15)])
    assert found.prevalence.value == pytest.approx((10 + 25 + 15) / 1_070)
    assert found.missed.value == pytest.approx(10 / 50)
    assert found.overblocked.value == pytest.approx(0.5)
    assert found.cleared_wrongly.value == pytest.approx(0.01)
    assert (found.prevalence.n, found.overblocked.n, found.cleared_wrongly.n) == (130, 10, 100)


def test_strata_with_different_chances_are_weighed_each_by_its_own() -> None:
    found = rates([stratum(1_000, 10, 1), stratum(100, 100, 0)], [], [stratum(100, 100, 100)])
    assert found.missed.value == pytest.approx(100 / 200)
    assert found.overblocked.value is None


def test_where_nothing_was_found_the_interval_still_says_what_may_be_there() -> None:
    found = rates([stratum(10_000, 300, 0)], [], [stratum(100, 100, 80)])
    assert found.missed.value == 0.0
    assert found.missed.low == 0.0
    assert found.missed.high is not None and 0.2 < found.missed.high < 0.8, "up to 1 % of 10,000 beside 80"
    whole = rates([stratum(500, 500, 3)], [], [])
    assert (whole.prevalence.low, whole.prevalence.value, whole.prevalence.high) == (0.006, 0.006, 0.006)


@pytest.mark.parametrize(
    ("cleared", "found", "left"),
    [([], [], []), ([stratum(100, 0, 0)], [], [stratum(10, 10, 5)]), ([stratum(10, 10, 0)], [], [])],
)
def test_what_nobody_looked_at_is_not_known(cleared: list[Stratum], found: list[Stratum], left: list[Stratum]) -> None:
    assert rates(cleared, found, left).missed.value is None


@pytest.mark.parametrize("wrong", [(1, 2, 0), (2, 1, 2), (5, 3, -1)])
def test_a_stratum_that_cannot_be_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="violating <= looked_at <= members"):
        stratum(*wrong)


def test_the_estimate_is_unbiased_and_the_interval_covers() -> None:
    """2,000 cleared of which 2 % violate, seen at 10 %; 300 left to people: 600 samples with a fixed seed."""
    chance = np.random.default_rng(3)
    truth, left = np.arange(2_000) < 40, stratum(300, 300, 120)
    values, covered = [], 0
    for _ in range(600):
        drawn = chance.uniform(size=len(truth)) < 0.1
        found = rates([stratum(len(truth), int(drawn.sum()), int(truth[drawn].sum()))], [], [left]).missed
        assert found.value is not None and found.low is not None and found.high is not None
        values.append(found.value)
        covered += found.low <= 40 / 160 <= found.high
    assert 0.92 <= covered / 600 <= 0.985
    prevalences = [value * 120 / (1 - value) for value in values]  # back to how many were estimated as missed
    assert abs(np.mean(prevalences) - 40) < 3 * np.std(prevalences) / np.sqrt(600)
