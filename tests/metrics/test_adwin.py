"""ADWIN: how often it cries wolf, how soon it sees a change, and where it says that the change was."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.metrics import Adwin, Change, holm

Drawn = Callable[[np.random.Generator, int], np.ndarray]
STREAMS, LENGTH = 200, 3_000

KINDS: dict[str, Drawn] = {
    "errors, one in two": lambda generator, n: generator.random(n) < 0.5,
    "errors, one in twenty": lambda generator, n: generator.random(n) < 0.05,
    "errors, one in a thousand": lambda generator, n: generator.random(n) < 0.001,
    "scores near nothing": lambda generator, n: generator.beta(0.1, 3.0, n),
    "few distinct scores": lambda generator, n: np.round(generator.random(n), 1),
}


def changes(values: Sequence[float] | np.ndarray, detector: Adwin) -> list[Change]:
    found = (detector.add(float(value), at) for at, value in enumerate(values))
    return [change for change in found if change is not None]


@pytest.mark.parametrize("kind", KINDS)
def test_streams_that_do_not_change_are_left_alone_however_often_one_looks(kind: str) -> None:
    """Of 200 streams, each looked at 93 times, at most the share delta ever has a change, but for chance."""
    delta = 0.1
    generator = np.random.default_rng(0)
    alarmed = sum(bool(changes(KINDS[kind](generator, LENGTH), Adwin(delta=delta))) for _ in range(STREAMS))
    assert alarmed / STREAMS <= delta + 3 * math.sqrt(delta * (1 - delta) / STREAMS)


@pytest.mark.parametrize(("before", "after", "most"), [(0.1, 0.4, 350), (0.4, 0.1, 350), (0.1, 0.2, 2_000)])
def test_a_change_is_found_soon_and_where_it_was(before: float, after: float, most: int) -> None:
    generator = np.random.default_rng(1)
    found = []
    for _ in range(30):
        values = np.concatenate([generator.random(2_000) < before, generator.random(4_000) < after])
        found += changes(values, Adwin(delta=0.01))[:1]
    assert len(found) >= 28  # now and then chance hides a small change
    assert all(change.direction == (1 if after > before else -1) for change in found)
    assert all(change.before == pytest.approx(before, abs=0.06) and change.p <= 0.01 for change in found)
    assert min(change.found for change in found) > 2_000
    assert np.median([change.found - 2_000 for change in found]) <= most
    assert np.median([abs(change.since - 2_000) for change in found]) <= 200


def test_a_change_in_a_score_that_hardly_varies_is_found_at_once() -> None:
    generator = np.random.default_rng(2)
    values = np.concatenate([generator.uniform(0.01, 0.02, 1_000), generator.uniform(0.5, 0.6, 200)])
    change = changes(values, Adwin(delta=1e-4))[0]
    assert change.found - 1_000 <= 96
    assert change.since == pytest.approx(1_000, abs=32)


def test_the_bound_of_the_paper_spent_over_looks_and_cuts() -> None:
    """32 times 0, then 32 times 1, in blocks of 32: the second look has one cut, between the two.

    With the variance of the window, 1/4, and 1 / (1/32 + 1/32) = 16, the gap of 1 is sqrt(2/4 L/16) + 2 L / (3 16) for
    L = 10.35. That look is of the second octave, which gets 1/6 of delta, a half for each of its two: 12 tries.
    """
    change = changes([0.0] * 32 + [1.0] * 32, Adwin(delta=0.01))[0]
    logarithm = -math.log(change.p / (2 * 12))
    assert math.sqrt(2 * 0.25 * logarithm / 16) + 2 * logarithm / (3 * 16) == pytest.approx(1.0)
    assert change == Change(before=0.0, after=1.0, n_before=32, n_after=32, since=32, found=63, p=change.p)
    assert changes([0.0] * 32 + [1.0] * 32, Adwin(delta=change.p * 0.99)) == []
    assert changes([0.0] * 32 + [1.0] * 32, Adwin(delta=change.p * 1.01)) == [change]


pieces = st.lists(st.tuples(st.sampled_from([0.0, 0.2, 0.9, 1.0]), st.integers(1, 200)), min_size=1, max_size=6)


@given(pieces=pieces, grain=st.sampled_from([1, 8, 32]))
def test_the_window_is_the_end_of_the_stream(pieces: list[tuple[float, int]], grain: int) -> None:
    values = [level for level, count in pieces for _ in range(count)]
    detector, start = Adwin(delta=0.05, grain=grain), 0
    for at, value in enumerate(values):
        change = detector.add(value, at)
        if change is not None:
            assert start < change.since <= at == change.found
            cut = int(change.since)
            assert change.before == pytest.approx(np.mean(values[start:cut]))
            assert change.after == pytest.approx(np.mean(values[cut : at + 1]))
            assert (change.n_before, change.n_after) == (cut - start, at + 1 - cut)
            start = at + 1 - detector.width
            assert start >= cut
        assert detector.width == at + 1 - start
    assert detector.mean == pytest.approx(np.mean(values[start:]))


def test_memory_grows_with_the_logarithm() -> None:
    detector = Adwin()
    generator = np.random.default_rng(3)
    for value in generator.random(50_000):
        detector.add(float(value))
    assert detector.width == 50_000
    assert len(detector._sizes) <= 5 * (math.log2(50_000 / 32) + 1)


def test_a_stream_of_one_value_has_no_change_and_an_empty_one_no_mean() -> None:
    assert Adwin().mean is None
    assert changes([0.7] * 5_000, Adwin(delta=0.5)) == []
    detector = Adwin()
    assert changes([0.1, 0.2, 0.3], detector) == []
    assert (detector.width, detector.mean) == (3, pytest.approx(0.2))


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan])
def test_what_is_no_share_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        Adwin().add(value)


@pytest.mark.parametrize("given", [{"delta": 0.0}, {"delta": 1.0}, {"grain": 0}])
def test_a_detector_that_makes_no_sense_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="got"):
        Adwin(**given)  # type: ignore[arg-type]


def test_holm_on_four_tests() -> None:
    """Worked by hand: .005 * 4, .01 * 3, .03 * 2, and .04 not under the one before it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]
