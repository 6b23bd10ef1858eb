"""What labels say of a reasoner's probabilities."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.judges.calibrations import Calibration, logit
from komainu.learning.calibrate import Answer, Fitted, calibrate

JUDGE, POLICY = "safeguard@3+00000000", "spam@1.0.0"


def line(slope: float, shift: float) -> Calibration:
    return Calibration(
        judge=JUDGE, policy=POLICY, slope=slope, shift=shift, labels=9, violating=4, loss_before=1.0, loss_after=0.5
    )


def drawn(count: int, true_slope: float, true_shift: float, seed: int = 0) -> list[Answer]:
    """Answers of a judge whose logits mean `true_slope * logit + true_shift`."""
    chance = random.Random(seed)
    answers = []
    for number in range(count):
        z = chance.gauss(0.0, 3.0)
        truth = 1.0 / (1.0 + math.exp(-(true_slope * z + true_shift)))
        said = 1.0 / (1.0 + math.exp(-z))
        answers.append(Answer(content=f"c{number // 3}", probability=said, violates=chance.random() < truth))
    return answers


def fitted(answers: list[Answer]) -> Fitted:
    return calibrate(answers, judge=JUDGE, policy=POLICY)


probabilities = st.floats(0.0, 1.0)
lines = st.builds(line, st.floats(0.0, 5.0), st.floats(-20.0, 20.0))


@given(made=lines, probability=probabilities)
def test_a_calibrated_verdict_stays_on_its_side(made: Calibration, probability: float) -> None:
    violated = probability > 0.5
    moved = made.applied(probability, violated=violated)
    assert 0.0 <= moved <= 1.0
    assert moved >= 0.5 if violated else moved <= 0.5
    assert made.applied(0.5, violated=violated) == 0.5


@given(made=lines, one=probabilities, other=probabilities)
def test_a_surer_verdict_stays_at_least_as_sure(made: Calibration, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert made.applied(low, violated=low > 0.5) <= made.applied(high, violated=high > 0.5)


def test_the_line_that_made_the_labels_is_found() -> None:
    found = fitted(drawn(2_000, 0.4, -0.5))
    assert found.calibration is not None
    assert found.calibration.slope == pytest.approx(0.4, abs=0.07)
    assert found.calibration.shift == pytest.approx(-0.5, abs=0.2)
    assert found.loss_after is not None and found.loss_before is not None
    assert found.loss_after < found.loss_before
    assert (found.labels, found.calibration.labels) == (2_000, 2_000)
    assert found.calibration.violating == found.violating > 0


def test_a_judge_that_is_right_is_mostly_left_alone() -> None:
    found = [fitted(drawn(120, 1.0, 0.0, seed)) for seed in range(40)]
    assert sum(one.calibration is not None for one in found) <= 10  # a gain of one standard error comes by chance
    assert any("no better" in one.why_not for one in found)


def test_a_judge_that_knows_nothing_is_made_unsure_and_never_turned_round() -> None:
    found = fitted(drawn(1_500, -0.5, 0.0))
    assert found.calibration is not None
    assert found.calibration.slope == pytest.approx(0.0, abs=0.01)
    for probability in (0.01, 0.25, 0.75, 0.99):
        assert found.calibration.applied(probability, violated=probability > 0.5) == pytest.approx(0.5, abs=0.06)


def test_two_values_are_enough_to_learn_from() -> None:
    answers = [Answer(content=f"{n}", probability=0.75, violates=n % 2 == 0) for n in range(100)]
    answers += [Answer(content=f"clear {n}", probability=0.25, violates=n % 10 == 0) for n in range(100)]
    made = fitted(answers).calibration
    assert made is not None
    assert made.applied(0.75, violated=True) == pytest.approx(0.5, abs=0.03)
    assert made.applied(0.25, violated=False) == pytest.approx(0.1, abs=0.03)


OF_A_KIND = [Answer(content="c", probability=0.2, violates=False)] * 99


@pytest.mark.parametrize("answers", [[], drawn(39, 0.4, 0.0), OF_A_KIND])
def test_too_few_labels_teach_nothing(answers: list[Answer]) -> None:
    found = fitted(answers)
    assert found.calibration is None
    assert "either kind" in found.why_not


def test_the_edges_have_logits() -> None:
    assert logit(0.5) == 0.0
    assert logit(1.0) == pytest.approx(-logit(0.0))
    assert logit(1.0) > 10.0


def test_labels_on_few_contents_teach_nothing() -> None:
    answers = [Answer(content=f"{n % 4}", probability=0.75, violates=n % 3 == 0) for n in range(60)]
    found = fitted(answers)
    assert found.calibration is None
    assert "needs 5 contents" in found.why_not
