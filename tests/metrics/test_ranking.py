"""Each metric against values worked out by hand, and against scikit-learn on anything."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from komainu.metrics import (
    Bootstrap,
    Metric,
    Sample,
    auprc,
    auroc,
    balanced_accuracy_at,
    best_balanced_accuracy,
    best_balanced_accuracy_threshold,
    best_f1,
    best_f1_threshold,
    calibration_error,
    f1_at,
    figure,
    figures,
    recall_at_fpr,
)
from komainu.metrics.sample import Draw

FEW = Bootstrap(resamples=10)

# Ranked: 0.9 yes, 0.8 no, 0.7 yes, 0.4 no, then 0.3 no and 0.3 yes, which no threshold can part.
LABELS = [True, False, True, False, False, True]
SCORES = [0.9, 0.8, 0.7, 0.4, 0.3, 0.3]

BY_HAND = {
    "auroc": (auroc, (3 + 2 + 0.5) / 9),
    "auprc": (auprc, (1 / 1 + 2 / 3 + 3 / 6) / 3),
    "recall at 1 %": (recall_at_fpr(0.01), 1 / 3),
    "recall at a third": (recall_at_fpr(1 / 3), 2 / 3),
    "recall at all": (recall_at_fpr(1.0), 1.0),
    "f1 at 0.5": (f1_at(0.5), 2 * 2 / (3 + 3)),
    "f1 at 0.8, which counts": (f1_at(0.8), 2 * 1 / (2 + 3)),
    "f1 above all": (f1_at(0.95), 0.0),
    "best f1": (best_f1, 2 / 3),
    "best f1 threshold": (best_f1_threshold, 0.7),  # 0.3 is as good
    "balanced at 0.5": (balanced_accuracy_at(0.5), 2 / 3),
    "balanced at 0.4": (balanced_accuracy_at(0.4), (2 / 3 + 1 / 3) / 2),
    "balanced above all": (balanced_accuracy_at(0.95), 0.5),
    "best balanced": (best_balanced_accuracy, 2 / 3),
    "best balanced threshold": (best_balanced_accuracy_threshold, 0.9),  # 0.7 is as good
    "calibration": (calibration_error, (2 * 0.2 + 0.4 + 0.3 + 0.8 + 0.1) / 6),
}
RANKING = [metric for name, (metric, _) in BY_HAND.items() if name != "calibration"]


@pytest.mark.parametrize("name", BY_HAND)
def test_the_metric_is_what_a_hand_works_out(name: str) -> None:
    metric, expected = BY_HAND[name]
    found = figure(metric, Sample(LABELS, SCORES, list("aabbcc")), FEW)
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert (found.n, found.positives) == (6, 3)


@pytest.mark.parametrize("metric", RANKING)
@pytest.mark.parametrize("labels", [[True] * 4, [False] * 4, []], ids=["all violate", "none does", "empty"])
def test_where_all_labels_are_the_same_there_is_no_ranking(metric: Metric, labels: list[bool]) -> None:
    found = figure(metric, Sample(labels, [0.1, 0.5, 0.5, 0.9][: len(labels)], list("abcd")[: len(labels)]), FEW)
    assert (found.value, found.low, found.high) == (None, None, None)
    assert (found.n, found.positives) == (len(labels), sum(labels))


def test_perfect_and_reversed_scores_are_one_and_zero() -> None:
    labels, clusters = [True, True, False, False], list("abcd")
    assert figure(auroc, Sample(labels, [0.9, 0.8, 0.2, 0.1], clusters), FEW).value == 1.0
    assert figure(auroc, Sample(labels, [0.1, 0.2, 0.8, 0.9], clusters), FEW).value == 0.0
    assert figure(auroc, Sample(labels, [0.5] * 4, clusters), FEW).value == 0.5
    assert figure(recall_at_fpr(0.05), Sample(labels, [0.5] * 4, clusters), FEW).value == 0.0
    assert figure(balanced_accuracy_at(0.5), Sample(labels, [0.1, 0.2, 0.8, 0.9], clusters), FEW).value == 0.0


def test_one_false_alarm_in_a_hundred_is_within_one_per_cent() -> None:
    labels = [False, True] + [False] * 99
    scores = [0.9, 0.8] + [0.1] * 99
    assert figure(recall_at_fpr(0.01), Sample(labels, scores, ["a"] * 101)).value == 1.0


weighted = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.integers(0, 3)),
    min_size=2,
    max_size=40,
)


@settings(deadline=None, max_examples=50)
@given(weighted)
def test_scikit_learn_agrees_whatever_the_ties_and_weights(rows: list[tuple[bool, float, int]]) -> None:
    labels, scores, weights = (np.array(column) for column in zip(*rows, strict=True))
    assume(weights[labels].sum() > 0 and weights[~labels].sum() > 0)
    draw = Draw(Sample(labels.tolist(), scores.tolist(), ["a"] * len(rows)), weights.astype(float))
    flagged = scores >= 0.5
    assert auroc(draw) == pytest.approx(reference.roc_auc_score(labels, scores, sample_weight=weights))
    assert auprc(draw) == pytest.approx(reference.average_precision_score(labels, scores, sample_weight=weights))
    assert f1_at(0.5)(draw) == pytest.approx(reference.f1_score(labels, flagged, sample_weight=weights))
    assert balanced_accuracy_at(0.5)(draw) == pytest.approx(
        reference.balanced_accuracy_score(labels, flagged, sample_weight=weights)
    )
    alarms, recalls, _ = reference.roc_curve(labels, scores, sample_weight=weights, drop_intermediate=False)
    assert recall_at_fpr(0.3)(draw) == pytest.approx(recalls[alarms <= 0.3 + 1e-12].max())


@settings(deadline=None, max_examples=25)
@given(weighted, st.randoms(use_true_random=False))
def test_the_order_of_pairs_makes_no_difference(rows: list[tuple[bool, float, int]], random: object) -> None:
    def figures_of(given_rows: list[tuple[bool, float, int]]) -> list[object]:
        labels, scores, clusters = zip(*given_rows, strict=True)
        sample = Sample(labels, scores, [str(cluster) for cluster in clusters])
        return list(figures((auroc, auprc, best_f1, calibration_error), sample, FEW))

    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for one, other in zip(figures_of(rows), figures_of(mixed), strict=True):
        for name in ("value", "low", "high"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9)


def test_calibration_is_perfect_where_probabilities_come_true() -> None:
    labels = [True] * 2 + [False] * 8 + [True] * 8 + [False] * 2
    found = figure(calibration_error, Sample(labels, [0.2] * 10 + [0.8] * 10, ["a"] * 20))
    assert found.value == pytest.approx(0.0, abs=1e-12)


def test_calibration_is_defined_where_nothing_violates() -> None:
    assert figure(calibration_error, Sample([False] * 4, [0.25] * 4, list("aabb"))).value == pytest.approx(0.25)
    assert figure(calibration_error, Sample([], [], [])).value is None


def test_bins_are_of_equal_size_and_keep_equal_scores_together() -> None:
    distinct = Sample([False] * 100, [number / 100 for number in range(100)], ["a"] * 100)
    assert np.bincount(distinct.bins).tolist() == [10] * 10
    tied = Sample([False] * 100, [0.5] * 95 + [0.9] * 5, ["a"] * 100)
    assert sorted(set(tied.bins.tolist())) == [0, 9]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_score_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Sample([True], [bad], ["a"])


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2, 1 and 1"):
        Sample([True, False], [0.5], ["a"])
