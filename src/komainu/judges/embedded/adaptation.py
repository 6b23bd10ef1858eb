"""What labels of one clause teach the judge about it, without training: a small correction of its logit.

The corrected logit is `slope * logit + shift + direction . meaning`, where `meaning` is the unit vector of what the
content says. The three are the maximum a posteriori of a logistic regression whose prior is the judge as it was
trained: slope near 1, shift and direction near 0. How far the direction may go is chosen by cross-validation, with
"not at all" among the choices, so that few labels change little.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from komainu.judges.embedded.head import Floats

REACH = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)  # standard deviations of the prior on the direction, to choose among
FEW = 16  # labels below which there is no choosing
REACH_OF_FEW = 2.0
SLOPE, SHIFT = 0.3, 1.0  # standard deviations of the priors on slope - 1 and on the shift
FOLDS = 5
_STEPS = 24
_HALVINGS = 20  # of a step that would lead too far: Newton's method alone may run away
_BETTER = 0.01  # nats per label that a longer reach must gain in cross-validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Of the logit of one clause."""

    slope: float
    shift: float
    direction: Floats  # (width,)
    labels: int  # that it was made from

    def applied(self, logits: Floats, meanings: Floats) -> Floats:
        """Corrected logits (contents,) from the judge's own (contents,) and the meanings (contents, width)."""
        corrected: Floats = self.slope * logits + self.shift + meanings @ self.direction
        return corrected


def correction(
    logits: Floats, meanings: Floats, labels: Sequence[bool], seed: int = 0, weights: Floats | None = None
) -> Correction | None:
    """From labelled contents: logits (n,), meanings (n, width); None where they are not of both kinds.

    `weights` (n,) say how much each label counts, 1 where they are not given.
    """
    truth = np.array(labels, bool)
    counts = np.ones(len(truth), np.float32) if weights is None else np.asarray(weights, np.float32)
    if truth.all() or not truth.any():
        return None
    _, _, basis = np.linalg.svd(meanings, full_matrices=False)
    turned = meanings @ basis.T  # at most as many directions as labels
    reach = REACH_OF_FEW if len(truth) < FEW else _reach(logits, turned, truth, counts, seed)
    slope, shift, direction = _fitted(logits, turned, truth, counts, reach)
    return Correction(
        slope=slope,
        shift=shift,
        direction=(direction @ basis).astype(np.float32),
        labels=len(truth),
    )


def _reach(logits: Floats, meanings: Floats, truth: NDArray[np.bool_], counts: Floats, seed: int) -> float:
    """The shortest reach that is about as good as any on labels that it was not fitted to."""
    folds = folds_of(truth, seed)
    losses = []
    for reach in REACH:
        lost = np.zeros(len(truth))
        for fold in range(FOLDS):
            out = folds == fold
            if not out.any() or truth[~out].all() or not truth[~out].any():
                continue
            slope, shift, direction = _fitted(logits[~out], meanings[~out], truth[~out], counts[~out], reach)
            found = slope * logits[out] + shift + meanings[out] @ direction
            lost[out] = np.logaddexp(0, np.where(truth[out], -found, found))
        losses.append((lost * counts).sum() / counts.sum())
    best = min(losses)
    return next(reach for reach, loss in zip(REACH, losses, strict=True) if loss <= best + _BETTER)


def folds_of(truth: NDArray[np.bool_], seed: int) -> NDArray[np.intp]:
    """Which of FOLDS each label falls into, each kind spread evenly."""
    chance = np.random.default_rng(seed)
    folds = np.zeros(len(truth), np.intp)
    for kind in (True, False):
        rows = np.flatnonzero(truth == kind)
        folds[chance.permutation(rows)] = np.arange(len(rows)) % FOLDS
    return folds


def _fitted(
    logits: Floats, meanings: Floats, truth: NDArray[np.bool_], counts: Floats, reach: float
) -> tuple[float, float, Floats]:
    """Slope, shift and direction: Newton's method on the posterior, both kinds of label weighing as they come."""
    used = meanings if reach else meanings[:, :0]
    columns = np.concatenate([logits[:, None], np.ones((len(logits), 1)), used], axis=1).astype(np.float64)
    width = used.shape[1]
    prior = np.concatenate([[1.0, 0.0], np.zeros(width)])
    precision = np.concatenate([[SLOPE**-2, SHIFT**-2], np.full(width, (reach or 1.0) ** -2)])
    wanted = prior.copy()

    def worth(line: NDArray[np.float64]) -> float:
        """Minus the logarithm of the posterior, which every step must lower."""
        z = columns @ line
        return float(counts @ np.logaddexp(0.0, np.where(truth, -z, z)) + precision @ (line - prior) ** 2 / 2)

    least = worth(wanted)
    for _ in range(_STEPS):
        shares = 1 / (1 + np.exp(-np.clip(columns @ wanted, -30, 30)))
        slant = columns.T @ (counts * (shares - truth)) + precision * (wanted - prior)
        curve = (columns * (counts * shares * (1 - shares))[:, None]).T @ columns + np.diag(precision)
        step = np.linalg.solve(curve, slant)
        reach_of_step = next((1 / 2**n for n in range(_HALVINGS) if worth(wanted - step / 2**n) < least), 0.0)
        wanted -= reach_of_step * step
        least = worth(wanted)
        if np.abs(reach_of_step * step).max() < 1e-6:
            break
    direction = np.zeros(meanings.shape[1])
    direction[:width] = wanted[2:]
    return float(wanted[0]), float(wanted[1]), direction.astype(np.float32)
