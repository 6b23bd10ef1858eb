"""Learn from labels what a reasoner's probabilities are worth under a policy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from komainu.judges.calibrations import Calibration, logit
from komainu.metrics.libraries import library

FEWEST = 40  # labels that the judge answered; at least FEWEST_OF_A_KIND violate, and as many do not
FEWEST_OF_A_KIND = 5
FOLDS = 5  # and so many contents at least
SLOPE, SHIFT = 1.0, 2.0  # standard deviations of the priors: slope near 1, shift near 0, as the judge came
_STEEPEST = 5.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One probability that the judge gave, and what is right."""

    content: str  # digest; folds keep the answers on one content together
    probability: float
    violates: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """What the answers came to."""

    calibration: Calibration | None  # None: too few of them, or no better by cross-validation
    labels: int
    violating: int
    loss_before: float | None = None
    loss_after: float | None = None
    why_not: str = ""


def calibrate(answers: Sequence[Answer], *, judge: str, policy: str) -> Fitted:
    """A calibration of the judge (its name without any) under the policy (id@version), where it does better than none.

    Maximum a posteriori of a logistic regression on the logit, the slope at least 0; the loss after is by
    cross-validation over contents, with the rule applied that a verdict stays on its side of .5.
    """
    labels = np.array([answer.violates for answer in answers], np.float64)
    count, violating = len(labels), int(labels.sum())
    if count < FEWEST or min(violating, count - violating) < FEWEST_OF_A_KIND:
        why = f"needs {FEWEST} answers, {FEWEST_OF_A_KIND} of either kind; there are {count}, {violating} violating"
        return Fitted(calibration=None, labels=count, violating=violating, why_not=why)
    probabilities = np.array([answer.probability for answer in answers], np.float64)
    contents = [one.content for one in answers]
    if len(set(contents)) < FOLDS:
        why = f"needs {FOLDS} contents; the answers are on {len(set(contents))}"
        return Fitted(calibration=None, labels=count, violating=violating, why_not=why)
    losses = _losses(probabilities, labels), _losses(_held_out(probabilities, labels, contents), labels)
    before, after = (float(one.mean()) for one in losses)
    if not _is_better(losses[0] - losses[1], contents):
        return Fitted(
            calibration=None,
            labels=count,
            violating=violating,
            loss_before=before,
            loss_after=after,
            why_not="no better than the judge as it is, as far as so few labels can tell",
        )
    slope, shift = _fit(probabilities, labels)
    made = Calibration(
        judge=judge,
        policy=policy,
        slope=slope,
        shift=shift,
        labels=count,
        violating=violating,
        loss_before=before,
        loss_after=after,
    )
    return Fitted(calibration=made, labels=count, violating=violating, loss_before=before, loss_after=after)


def _fit(probabilities: Floats, labels: Floats) -> tuple[float, float]:
    logits = np.array([logit(one) for one in probabilities])

    def worse(line: Floats) -> float:
        z = line[0] * logits + line[1]
        prior = ((line[0] - 1.0) / SLOPE) ** 2 / 2 + (line[1] / SHIFT) ** 2 / 2
        return float(np.logaddexp(0.0, np.where(labels > 0, -z, z)).sum() + prior)

    found = library("scipy.optimize").minimize(worse, np.array([1.0, 0.0]), bounds=[(0.0, _STEEPEST), (None, None)])
    return float(found.x[0]), float(found.x[1])


def _held_out(probabilities: Floats, labels: Floats, contents: Sequence[str]) -> Floats:
    """Each content's answers judged by a calibration that did not see them."""
    found = probabilities.copy()
    for fit_on, out in _folds(labels, contents):
        slope, shift = _fit(probabilities[fit_on], labels[fit_on])
        line = Calibration(
            judge="", policy="", slope=slope, shift=shift, labels=0, violating=0, loss_before=0.0, loss_after=0.0
        )
        found[out] = [line.applied(one, violated=one > 0.5) for one in probabilities[out]]
    return found


def _is_better(gains: Floats, contents: Sequence[str]) -> bool:
    """Whether the gain in loss is more than its standard error over contents: by chance half of all judges gain."""
    sums = np.bincount(np.unique(contents, return_inverse=True)[1], weights=gains)
    error = sums.std(ddof=1) * np.sqrt(len(sums))
    return bool(sums.sum() > error)


def _folds(labels: Floats, contents: Sequence[str]) -> Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    folds = library("sklearn.model_selection").StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    return list(folds.split(labels, labels, list(contents)))


def _losses(probabilities: Floats, labels: Floats) -> Floats:
    logits = np.array([logit(one) for one in probabilities])
    found: Floats = np.logaddexp(0.0, np.where(labels > 0, -logits, logits))
    return found
