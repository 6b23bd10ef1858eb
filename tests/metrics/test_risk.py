"""Thresholds that are proven: against the definition, against published sample sizes, and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from komainu.metrics.risk import clear_below, fewest, most_errors, violated_from

SHARES = st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.3])
SCORES = st.lists(st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=120).map(np.array)


@pytest.mark.parametrize(("alpha", "n"), [(0.1, 29), (0.05, 59), (0.02, 149), (0.01, 299), (0.005, 598)])
def test_so_many_labels_prove_a_bound_where_none_gets_past(alpha: float, n: int) -> None:
    assert fewest(alpha, 0.05) == n
    assert most_errors(n, alpha, 0.05) == 0
    assert most_errors(n - 1, alpha, 0.05) == -1


@given(n=st.integers(0, 3_000), alpha=SHARES, delta=st.sampled_from([0.01, 0.05, 0.1, 0.5]))
def test_one_error_more_would_fail_the_test(n: int, alpha: float, delta: float) -> None:
    k = most_errors(n, alpha, delta)
    assert k == -1 or binom.cdf(k, n, alpha) <= delta
    assert binom.cdf(k + 1, n, alpha) > delta


def walked(scores: np.ndarray, alpha: float, delta: float) -> float:
    """The threshold by the definition: one test after the other from the safest outward, until one fails."""
    found = 0.0
    for threshold in np.unique([*scores[scores <= 0.5], 0.5]):
        if binom.cdf(int((scores < threshold).sum()), len(scores), alpha) > delta:
            break
        found = float(threshold)
    return found


@given(scores=SCORES, alpha=SHARES, delta=st.sampled_from([0.05, 0.1]))
@settings(deadline=None)
def test_it_is_where_a_walk_over_all_thresholds_ends(scores: np.ndarray, alpha: float, delta: float) -> None:
    scores = scores.astype(float)
    assert (clear_below(scores, alpha=alpha, delta=delta).threshold or 0.0) == walked(scores, alpha, delta)


@given(scores=SCORES, alpha=SHARES)
@settings(deadline=None)
def test_either_side_is_the_mirror_of_the_other(scores: np.ndarray, alpha: float) -> None:
    fine = scores.astype(float)
    found = violated_from(fine, alpha=alpha, delta=0.05)
    k = most_errors(len(fine), alpha, 0.05)
    if found.threshold is None:
        assert found.errors == 0
        assert k < 0 or (fine >= np.nextafter(1.0, 0)).sum() > k
    else:
        assert 0.5 < found.threshold <= 1.0
        assert found.errors == (fine >= found.threshold).sum() <= k
        lower = np.nextafter(found.threshold, 0)
        assert lower <= 0.5 or (fine >= lower).sum() > k, "the lowest that is proven"


def test_what_the_judge_does_not_know_is_never_cleared_nor_found() -> None:
    scores = np.array([0.3] * 20 + [math.inf] * 80)
    found = clear_below(scores, alpha=0.05, delta=0.05)
    assert (found.threshold, found.errors, found.n) == (0.3, 0, 100)
    blocking = violated_from(np.array([-math.inf] * 400), alpha=0.01, delta=0.05)
    assert blocking.threshold == np.nextafter(0.5, 1)


def test_too_few_labels_prove_nothing_and_say_how_many_are_needed() -> None:
    for n in (0, 1, 3, 58):
        found = clear_below(np.full(n, 0.9), alpha=0.05, delta=0.05)
        assert (found.threshold, found.needed, found.n) == (None, 59 - n, n)
    assert clear_below(np.full(59, 0.9), alpha=0.05, delta=0.05).threshold == 0.5
    useless = clear_below(np.zeros(1_000), alpha=0.05, delta=0.05)
    assert (useless.threshold, useless.needed) == (None, 0), "more labels would not help: the judge is no good"


@pytest.mark.parametrize(("alpha", "delta"), [(0.0, 0.05), (1.0, 0.05), (0.05, 0.0), (math.nan, 0.05)])
def test_a_bound_is_a_share(alpha: float, delta: float) -> None:
    with pytest.raises(ValueError, match="shares between 0 and 1"):
        clear_below(np.ones(100), alpha=alpha, delta=delta)


@pytest.mark.parametrize("n", [60, 300, 1_000])
@pytest.mark.parametrize(("alpha", "delta"), [(0.05, 0.05), (0.1, 0.1)])
def test_the_promise_is_kept_in_all_but_a_share_delta_of_calibrations(n: int, alpha: float, delta: float) -> None:
    """Uniform scores, whose true share under a threshold is the threshold: 2,000 calibrations with a fixed seed."""
    chance, draws = np.random.default_rng(7), 2_000
    found = [clear_below(chance.uniform(size=n), alpha=alpha, delta=delta).threshold or 0.0 for _ in range(draws)]
    broken = np.mean(np.array(found) > alpha)
    assert broken <= delta + 3 * math.sqrt(delta * (1 - delta) / draws)
    assert broken >= delta / 4, "a bound that is never reached would let less through than it may"
