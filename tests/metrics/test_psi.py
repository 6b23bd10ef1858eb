"""The population stability index against values worked out by hand, its formula, and chance."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.metrics import expected_psi, psi, psi_of_counts, shift, tally
from komainu.metrics.psi import MOST

values = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60)


def test_a_worked_example() -> None:
    """Shares 10.5/31 and 20.5/31 change places: 2 * (10/31) * ln(20.5/10.5), with half a value added to each bin."""
    by_hand = 2 * (10 / 31) * math.log(20.5 / 10.5)
    assert psi_of_counts([10, 20], [20, 10]) == pytest.approx(by_hand)
    low, high = [0.1] * 10 + [0.9] * 20, [0.1] * 20 + [0.9] * 10
    assert psi(low, high, [0.0, 0.5, 1.0]) == pytest.approx(by_hand)


def test_a_value_at_an_edge_falls_above_it_and_none_is_lost_outside() -> None:
    assert psi([0.5, 0.5], [0.6, 0.6], [0.0, 0.5, 1.0]) == pytest.approx(0.0)
    assert psi([-3.0, 7.0], [0.1, 0.9], [0.0, 0.5, 1.0]) == pytest.approx(0.0)


@pytest.mark.parametrize("edges", [[], [1.0], [0.0, 0.0], [1.0, 0.0]])
def test_edges_that_are_none_are_refused(edges: list[float]) -> None:
    with pytest.raises(ValueError, match="edges ascend"):
        psi([0.1], [0.2], edges)


@pytest.mark.parametrize("sample", [[], [math.nan], [math.inf]])
def test_what_is_no_sample_is_refused(sample: list[float]) -> None:
    with pytest.raises(ValueError, match="finite numbers"):
        tally(sample, [0.5])
    with pytest.raises(ValueError, match="finite numbers"):
        psi([0.5], sample, [0.0, 1.0])
    with pytest.raises(ValueError, match="with values"):
        shift([0, 0], [1, 0])


@pytest.mark.parametrize(("n", "m", "bins"), [(200, 200, 10), (1_000, 200, 10), (100, 400, 5)])
def test_without_a_shift_the_mean_of_psi_is_what_the_formula_says(n: int, m: int, bins: int) -> None:
    """Trap of the usual thresholds: on 200 values against 200 the mean is .09, and one in twenty exceeds .17."""
    generator = np.random.default_rng(0)
    even = np.full(bins, 1 / bins)
    found = psi_of_counts(generator.multinomial(n, even, 20_000), generator.multinomial(m, even, 20_000))
    assert found.mean() == pytest.approx(expected_psi(bins, n, m), rel=0.05)
    if (n, m) == (200, 200):
        assert expected_psi(bins, n, m) == pytest.approx(0.09)
        assert np.quantile(found, 0.95) == pytest.approx(0.17, abs=0.015)


@pytest.mark.parametrize("ties", [False, True])
def test_p_is_uniform_where_nothing_shifted(ties: bool) -> None:
    """Never more often small than it says, and where values are all different, as often."""
    generator = np.random.default_rng(1)
    found = []
    for seed in range(600):
        sample = generator.random(400)
        if ties:
            sample = np.round(sample, 1)
        found.append(shift(*tally(sample[:250], sample[250:]), seed=seed).p)
    for share in (0.01, 0.05, 0.1, 0.25, 0.5, 0.75):
        spread = 3 * math.sqrt(share * (1 - share) / len(found))
        below = np.mean(np.array(found) <= share)
        assert below <= share + spread
        assert ties or below >= share - spread


def test_a_shift_is_found_with_its_direction() -> None:
    generator = np.random.default_rng(2)
    low, high = generator.beta(2, 8, 500), generator.beta(3, 7, 300)
    up, down = shift(*tally(low, high)), shift(*tally(high, low))
    assert up.p == pytest.approx(1 / (MOST + 1))
    assert (up.direction, down.direction) == (1, -1)
    assert up.psi > 5 * up.expected
    assert (up.reference, up.current, up.bins) == (500, 300, 12)


def test_the_same_seed_gives_the_same_p() -> None:
    generator = np.random.default_rng(3)
    counts = tally(generator.random(100), generator.random(100) ** 1.2)
    assert shift(*counts, seed=4) == shift(*counts, seed=4)


def test_p_counts_the_arrangements_that_do_as_much() -> None:
    """All of three zeros against all of three ones: 2 of the 20 ways to part them do as much."""
    found = shift([3, 0], [0, 3])
    assert found.p == pytest.approx(0.1, abs=0.05)
    assert found.bins == 2


def test_a_few_extreme_values_are_seen() -> None:
    """Four in a hundred that are new at the top: next to nothing in ten equal bins, plain in a bin for the rarest."""
    generator = np.random.default_rng(5)
    before, after = generator.beta(2, 8, 3_000), generator.beta(2, 8, 1_000)
    after[:40] = 0.99
    found = shift(*tally(before, after))
    assert found.bins == 14
    assert found.p < 0.001
    assert found.psi - found.expected > 0.02
    even = np.quantile(np.concatenate([before, after]), np.linspace(0, 1, 11))
    assert psi(before, after, even) - expected_psi(10, 3_000, 1_000) < 0.02


def test_scores_that_are_all_the_same_do_not_shift() -> None:
    found = shift(*tally([0.3] * 50, [0.3] * 40))
    assert (found.psi, found.expected, found.p, found.direction, found.bins) == (0.0, 0.0, 1.0, 0, 1)


@given(reference=values, current=values)
def test_any_sample_has_a_shift(reference: list[float], current: list[float]) -> None:
    found = shift(*tally(reference, current))
    assert found.psi >= 0.0
    assert 0.0 < found.p <= 1.0
    assert 1 <= found.bins <= 14
    assert (found.reference, found.current) == (len(reference), len(current))
    again = shift(*tally(current, reference))
    assert again.psi == pytest.approx(found.psi)
    assert again.direction == -found.direction
    same = shift(*tally(reference, reference))
    assert (same.psi, same.p, same.direction) == (pytest.approx(0.0), 1.0, 0)


@given(reference=values, current=values)
def test_fine_bins_that_nobody_falls_into_change_nothing(reference: list[float], current: list[float]) -> None:
    counts = tally(reference, current)
    spaced = [np.insert(one, [0, len(one)], 0) for one in counts]
    assert shift(*spaced) == shift(*counts)
