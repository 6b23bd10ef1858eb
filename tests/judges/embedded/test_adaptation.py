"""Labels make the judge better on their clause, and few labels change little."""

import numpy as np
import pytest

from komainu.judges.embedded.adaptation import FOLDS, correction, folds_of

WIDTH = 64


def content(seed: int, count: int, *, told_by: float = 3.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits that say little, meanings of which one direction says much, and the truth."""
    chance = np.random.default_rng(seed)
    truth = np.arange(count) % 2 == 0
    meanings = chance.normal(size=(count, WIDTH))
    meanings[:, 0] += np.where(truth, told_by, -told_by)
    meanings /= np.linalg.norm(meanings, axis=1, keepdims=True)
    logits = np.where(truth, 0.3, -0.3) + chance.normal(size=count)
    return logits.astype(np.float32), meanings.astype(np.float32), truth


def loss(logits: np.ndarray, truth: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(truth, -logits, logits)).mean())


@pytest.mark.parametrize("count", [8, 32, 128])
def test_labels_that_tell_make_it_better_on_others(count: int) -> None:
    logits, meanings, truth = content(1, count)
    others = content(2, 2_000)
    made = correction(logits, meanings, truth.tolist())
    assert made is not None and made.labels == count
    assert loss(made.applied(others[0], others[1]), others[2]) < loss(others[0], others[2])


def test_labels_that_tell_nothing_change_little() -> None:
    logits, meanings, truth = content(3, 60, told_by=0.0)
    others = content(4, 2_000, told_by=0.0)
    made = correction(logits, meanings, truth.tolist())
    assert made is not None
    assert loss(made.applied(others[0], others[1]), others[2]) < loss(others[0], others[2]) + 0.03


@pytest.mark.parametrize("labels", [[True] * 5, [False] * 5, []])
def test_labels_of_one_kind_teach_nothing(labels: list[bool]) -> None:
    logits, meanings, _ = content(5, len(labels))
    assert correction(logits, meanings, labels) is None


def test_the_same_labels_make_the_same_correction() -> None:
    logits, meanings, truth = content(6, 40)
    one, other = (correction(logits, meanings, truth.tolist()) for _ in range(2))
    assert one is not None and other is not None
    np.testing.assert_array_equal(one.direction, other.direction)
    assert (one.slope, one.shift) == (other.slope, other.shift)


def test_extreme_logits_do_not_break_it() -> None:
    _, meanings, truth = content(7, 20)
    made = correction(np.where(truth, -1e4, 1e4).astype(np.float32), meanings, truth.tolist())
    assert made is not None
    assert np.isfinite([made.slope, made.shift, *made.direction]).all()


def test_each_fold_has_its_share_of_both_kinds() -> None:
    truth = np.arange(50) < 10
    folds = folds_of(truth, seed=0)
    for fold in range(FOLDS):
        assert (folds[truth] == fold).sum() == 2
        assert (folds[~truth] == fold).sum() == 8


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("shift", [-12.0, 0.0, 9.0])
def test_a_fit_never_runs_away(seed: int, shift: float) -> None:
    """Newton's method alone did, with a judge that is sure and wrong: losses of hundreds of nats."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(20, 120))
    meanings = chance.normal(size=(n, 64)).astype(np.float32)
    meanings /= np.linalg.norm(meanings, axis=1, keepdims=True)
    truth = np.arange(n) % 3 == 0
    logits = (chance.normal(size=n) * 6 + shift + np.where(truth, 2, -2)).astype(np.float32)
    made = correction(logits, meanings, truth.tolist())
    assert made is not None
    fitted = made.applied(logits, meanings)
    before, after = (np.logaddexp(0, np.where(truth, -one, one)).mean() for one in (logits, fitted))
    assert after <= before
    assert abs(made.slope) < 5 and abs(made.shift) < 20


def test_a_label_that_weighs_nothing_changes_nothing() -> None:
    chance = np.random.default_rng(1)
    meanings = chance.normal(size=(40, 16)).astype(np.float32)
    logits, truth = chance.normal(size=40).astype(np.float32), np.arange(40) % 2 == 0
    weights = np.where(np.arange(40) < 30, 1.0, 1e-9).astype(np.float32)
    all_of_them = correction(logits, meanings, truth.tolist(), weights=weights)
    without = correction(logits[:30], meanings[:30], truth[:30].tolist(), weights=weights[:30])
    assert all_of_them is not None and without is not None
    assert abs(all_of_them.shift - without.shift) < 0.2
