"""Intervals: the same every time, as wide as clusters make them, and right as often as they say."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from komainu.metrics import Bootstrap, Sample, auroc, best_f1, difference, figure, figures, share

FEW = Bootstrap(resamples=60)


def sample(seed: int = 3, clusters: int = 20, size: int = 10, lift: float = 1.0) -> Sample:
    random = np.random.default_rng(seed)
    labels = random.random(clusters * size) < 0.3
    scores = random.normal(size=clusters * size) + lift * labels + np.repeat(random.normal(size=clusters), size)
    return Sample(labels.tolist(), scores.tolist(), [f"policy-{n // size}" for n in range(clusters * size)])


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    first = figure(auroc, sample(), Bootstrap(resamples=60, seed=1))
    assert figure(auroc, sample(), Bootstrap(resamples=60, seed=1)) == first
    assert figure(auroc, sample(), Bootstrap(resamples=60, seed=2)) != first
    assert first.low is not None and first.value is not None and first.high is not None
    assert first.low < first.value < first.high


def test_figures_taken_together_are_those_taken_one_by_one() -> None:
    together = figures((auroc, best_f1), sample(), FEW)
    assert together == (figure(auroc, sample(), FEW), figure(best_f1, sample(), FEW))


def test_an_interval_is_that_of_samples_in_which_drawn_clusters_are_repeated() -> None:
    """What weights stand for: a cluster drawn twice is there twice."""
    labels, scores, clusters = [True, False, True, False, False, True], [0.9, 0.2, 0.6, 0.7, 0.1, 0.3], list("aabbcc")
    repeated = []
    for counts in FEW.counts(3).astype(int):
        rows = np.repeat(np.arange(6), np.repeat(counts, 2))
        repeated.append(roc_auc_score(np.array(labels)[rows], np.array(scores)[rows]))
    low, high = np.quantile(repeated, (0.025, 0.975))
    found = figure(auroc, Sample(labels, scores, clusters), FEW)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))


def test_a_resample_draws_as_many_clusters_as_there_are() -> None:
    counts = Bootstrap(resamples=50).counts(8)
    assert counts.shape == (50, 8)
    assert (counts.sum(axis=1) == 8).all()
    assert counts.min() == 0 and counts.max() > 1


def test_one_cluster_alone_has_no_interval() -> None:
    found = figure(auroc, Sample([True, False, True], [0.9, 0.1, 0.05], ["a"] * 3))
    assert found.value == 0.5
    assert (found.low, found.high) == (None, None)
    some = share([True, False], ["a", "a"])
    assert (some.value, some.low, some.high) == (0.5, None, None)


def test_resamples_without_a_violation_are_left_out_of_the_interval() -> None:
    labels, scores = [True, False, False, False], [0.5, 0.9, 0.1, 0.2]
    found = figure(auroc, Sample(labels, scores, list("abcc")), FEW)
    assert (found.value, found.low, found.high) == (pytest.approx(2 / 3), 0.0, 1.0)


def test_a_share_counts_and_has_an_interval() -> None:
    found = share([True, True, False, False, True, False, False, False], list("aabbccdd"))
    assert (found.value, found.n, found.positives) == (0.375, 8, 3)
    assert found.low is not None and found.high is not None
    assert 0.0 <= found.low < 0.375 < found.high <= 1.0


def test_a_share_of_none_or_all_is_not_certain() -> None:
    none = share([False] * 30, [str(n // 3) for n in range(30)])
    assert (none.value, none.low) == (0.0, 0.0)
    assert none.high == pytest.approx(0.3085, abs=1e-4)  # Clopper and Pearson, 0 of 10
    everything = share([True] * 30, [str(n // 3) for n in range(30)])
    assert (everything.value, everything.high) == (1.0, 1.0)
    assert everything.low == pytest.approx(1 - 0.3085, abs=1e-4)


def test_a_share_of_nothing_is_none() -> None:
    found = share([], [])
    assert (found.value, found.n, found.low, found.high) == (None, 0, None, None)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """Clusters that agree inside: by cluster about 95 % of intervals hold the truth, by pair far fewer do."""
    random = np.random.default_rng(7)
    by_cluster = by_pair = 0
    repeats, clusters, size = 200, 40, 10
    names = [str(n // size) for n in range(clusters * size)]
    pairs = [str(n) for n in range(clusters * size)]
    for _ in range(repeats):
        rates = np.repeat(random.beta(1.2, 2.8, size=clusters), size)  # mean 0.3
        flags = (random.random(clusters * size) < rates).tolist()
        by_cluster += covers(flags, names, 0.3)
        by_pair += covers(flags, pairs, 0.3)
    assert 0.88 <= by_cluster / repeats <= 0.99
    assert by_pair / repeats < 0.85


def covers(flags: list[bool], clusters: list[str], truth: float) -> bool:
    found = share(flags, clusters, Bootstrap(resamples=300))
    assert found.low is not None and found.high is not None
    return found.low <= truth <= found.high


def test_intervals_of_a_ranking_cover_the_truth_too() -> None:
    """Two normal distributions one standard deviation apart have an AUROC of 0.7602."""
    hits = 0
    random = np.random.default_rng(11)
    for _ in range(40):
        labels = random.random(400) < 0.4
        scores = random.normal(size=400) + labels
        found = figure(auroc, Sample(labels.tolist(), scores.tolist(), [str(n // 10) for n in range(400)]), FEW)
        assert found.low is not None and found.high is not None
        hits += found.low <= 0.7602 <= found.high
    assert 0.85 <= hits / 40 <= 0.99


def test_a_difference_is_taken_pair_by_pair() -> None:
    better, worse = sample(lift=2.0), sample(lift=1.0)
    found = difference(auroc, better, worse, FEW)
    one, other = figure(auroc, better, FEW), figure(auroc, worse, FEW)
    assert one.value is not None and other.value is not None
    assert found.value == pytest.approx(one.value - other.value)
    assert found.low is not None and found.high is not None and other.low is not None and other.high is not None
    assert found.high - found.low < other.high - other.low  # what both share cancels out
    same = difference(auroc, better, better, FEW)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)


def test_a_difference_between_other_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="the same pairs"):
        difference(auroc, sample(seed=1), sample(seed=2))


def test_a_bootstrap_without_resamples_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one resample; got 0"):
        Bootstrap(resamples=0)
