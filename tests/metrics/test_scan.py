"""A crowd is found where one is planted, and no more often where none is than alpha says."""

import math

import numpy as np
import pytest

from komainu.metrics import surges
from komainu.metrics.scan import _ratios


def cloud(count: int, generator: np.random.Generator) -> np.ndarray:
    """Points of several loose topics."""
    centres = np.random.default_rng(0).normal(size=(8, 40))
    return centres[generator.integers(0, 8, count)] + generator.normal(size=(count, 40)) * 0.7


def test_a_planted_crowd_is_found_with_its_members() -> None:
    generator = np.random.default_rng(1)
    reference, current = cloud(150, generator), cloud(120, generator)
    current[40:60] = generator.normal(size=40) * 2 + generator.normal(size=(20, 40)) * 0.3
    found = surges(reference, current, alpha=0.01)
    assert found[0].p == pytest.approx(0.001)
    assert set(found[0].members[:12]) <= set(range(40, 60))
    assert found[0].reference <= 6
    everyone = [place for one in found for place in one.members]
    assert len(everyone) == len(set(everyone))


def test_two_crowds_are_told_apart() -> None:
    generator = np.random.default_rng(2)
    reference, current = cloud(200, generator), cloud(200, generator)
    for start in (0, 100):
        current[start : start + 24] = generator.normal(size=40) * 3 + generator.normal(size=(24, 40)) * 0.2
    found = surges(reference, current, alpha=0.01)
    assert [sorted({place // 100 for place in one.members}) for one in found[:2]] in ([[0], [1]], [[1], [0]])


def test_chance_makes_no_more_crowds_than_alpha_says() -> None:
    generator = np.random.default_rng(3)
    runs, alpha = 120, 0.1
    hits = sum(
        bool(surges(cloud(60, generator), cloud(50, generator), alpha=alpha, permutations=99, seed=run))
        for run in range(runs)
    )
    assert hits / runs <= alpha + 3 * math.sqrt(alpha * (1 - alpha) / runs)


def test_a_crowd_that_went_away_is_none() -> None:
    generator = np.random.default_rng(4)
    reference, current = cloud(120, generator), cloud(120, generator)
    reference[:24] = generator.normal(size=40) * 3 + generator.normal(size=(24, 40)) * 0.2
    assert all(one.reference < len(one.members) for one in surges(reference, current, alpha=0.05))


def test_the_likelihood_ratio_by_hand() -> None:
    """Five of six inside are current, and 5 of 14 outside; 10 of 20 in all."""
    by_hand = 5 * math.log(5 / 6) + math.log(1 / 6) + 5 * math.log(5 / 14) + 9 * math.log(9 / 14) - 20 * math.log(1 / 2)
    found = _ratios(6, 10, 20)
    assert found[[5, 3, 2]] == pytest.approx([by_hand, 0.0, 0.0])
    assert list(found) == sorted(found)
    assert _ratios(6, 2, 20)[3:] == pytest.approx(0.0)  # more than there are


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 3), (1, 40)])
def test_a_few_points_make_no_crowd(n: int, m: int) -> None:
    generator = np.random.default_rng(5)
    assert surges(cloud(n, generator), cloud(m, generator), alpha=0.01) == []
    assert surges(np.ones((n, 4)), np.ones((m, 4)), alpha=0.01) == []


@pytest.mark.parametrize(("reference", "current"), [([], [[1.0]]), ([[1.0]], [[1.0, 2.0]]), ([1.0], [[1.0]])])
def test_what_is_no_sample_is_refused(reference: list[object], current: list[object]) -> None:
    with pytest.raises(ValueError, match="rows of one width"):
        surges(reference, current)
