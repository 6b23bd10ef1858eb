"""Shares and means over strata, from samples of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.metrics import Figure
from komainu.metrics.stratified import Drawn, allocate, difference, mean, share


def drawn(members: int, *values: float) -> Drawn:
    return Drawn(members=members, values=np.array(values, np.float64))


def test_each_drawn_stands_for_its_part_of_the_stratum() -> None:
    found = share([drawn(90, 1, 0, 0), drawn(10, 1, 1)])
    assert found.value == pytest.approx(0.9 / 3 + 0.1)
    assert (found.n, found.positives) == (5, 3)
    assert mean([drawn(90, 1, 0, 0.5), drawn(10, 2, 2)]).value == pytest.approx(0.9 * 0.5 + 0.1 * 2)


def test_what_was_looked_at_whole_is_certain() -> None:
    assert share([drawn(4, 1, 0, 0, 0), drawn(2, 0, 0)]) == Figure(value=1 / 6, n=6, positives=1, low=1 / 6, high=1 / 6)
    assert mean([drawn(2, 3, 5)]) == Figure(value=4.0, n=2, positives=2, low=4.0, high=4.0)


def test_nothing_found_is_not_nothing_there() -> None:
    """The upper end of 0 of n is about 3.69 / n (of a Poisson count of 0: -ln .025)."""
    found = share([drawn(1_000_000, *[0] * 1_000)])
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(3.69 / 1_000, rel=0.01)
    every = share([drawn(1_000_000, *[1] * 1_000)])
    assert (every.value, every.high) == (1.0, 1.0)
    assert every.low == pytest.approx(1 - 3.69 / 1_000, rel=0.001)


def test_one_event_has_the_interval_of_a_poisson_count() -> None:
    """Exact limits of a Poisson count of 1: .0253 and 5.572 (Fay and Feuer 1997 give them back for equal weights)."""
    found = share([drawn(10_000_000, *[0] * 999, 1)])
    assert found.low is not None and 0.01 < found.low * 1_000 < 0.03
    assert found.high is not None and found.high * 1_000 == pytest.approx(5.572, rel=0.01)


def test_a_stratum_nobody_looked_at_makes_it_unknown() -> None:
    for taken in (share, mean):
        assert taken([drawn(5, 1), drawn(5)]).value is None
        assert taken([]).value is None
        assert taken([drawn(5, 1, 1, 1, 1, 1), drawn(0)]).value == 1.0
    with pytest.raises(ValueError, match="at least as many as were drawn; got 2 of 1"):
        drawn(1, 1, 0)


@pytest.mark.parametrize("shares", [(0.0, 0.001, 0.5), (0.01, 0.01, 0.01), (0.3, 0.4, 0.9), (0.002, 0.0, 0.0)])
def test_intervals_cover_the_truth(shares: tuple[float, ...]) -> None:
    """Of 400 samples, at most 7 % on either side may miss it: 2.5 % are meant to, and chance adds."""
    chance = np.random.default_rng(20261125)
    sizes = (20_000, 4_000, 300)
    populations = [
        (np.arange(size) < round(size * one)).astype(np.float64) for size, one in zip(sizes, shares, strict=True)
    ]
    truth = sum(one.sum() for one in populations) / sum(sizes)
    wanted = allocate(sizes, (1, 2, 8), 1_000)
    below = above = 0
    for _ in range(400):
        found = share(
            [
                Drawn(members=len(one), values=chance.choice(one, number, replace=False))
                for one, number in zip(populations, wanted, strict=True)
            ]
        )
        assert found.low is not None and found.high is not None
        below += found.high < truth - 1e-12
        above += found.low > truth + 1e-12
    assert max(below, above) <= 28


def test_a_difference_is_as_uncertain_as_both() -> None:
    first, second = share([drawn(10_000, *[1] * 50, *[0] * 450)]), share([drawn(10_000, *[1] * 20, *[0] * 480)])
    found = difference(first, second)
    assert found.value == pytest.approx(0.06)
    assert found.low is not None and found.high is not None
    assert found.high - found.low > first.high - first.low  # type: ignore[operator]
    assert difference(first, share([])).value is None


@given(
    st.lists(st.tuples(st.integers(1, 5_000), st.sampled_from([1.0, 2.0, 8.0])), min_size=1, max_size=30),
    st.integers(100, 3_000),
)
def test_all_of_the_sample_is_given_out(strata: list[tuple[int, float]], most: int) -> None:
    members = [size for size, _ in strata]
    given_out = allocate(members, [interest for _, interest in strata], most)
    assert sum(given_out) == min(most, sum(members))
    least = min(5, most // len(members))
    for number, size in zip(given_out, members, strict=True):
        assert min(least, size) <= number <= size


def test_more_is_drawn_where_it_is_interesting_but_never_less_than_half_of_a_fair_part() -> None:
    plain, near = allocate([10_000, 10_000], [1, 8], 1_000)
    assert near > 2 * plain
    assert plain >= 0.5 * 500
