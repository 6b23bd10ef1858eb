"""Pure numbers: how well probabilities and rulings agree with labels, and how sure one can be of that.

Every figure comes with its sample size and a bootstrap interval that resamples whole clusters (policies), since the
pairs of one policy resemble each other. scikit-learn and SciPy do the counting; they come with the optional part
`komainu[evals]`, and MissingExtraError says so where a figure is taken without them.
"""

from komainu.metrics.adwin import Adwin, Change
from komainu.metrics.agreement import Agreement, agreement
from komainu.metrics.bootstrap import Bootstrap, difference, figure, figures, mean, share
from komainu.metrics.calibration import calibration_error
from komainu.metrics.figure import Figure
from komainu.metrics.holm import holm
from komainu.metrics.libraries import expect_libraries
from komainu.metrics.psi import Shift, expected_psi, psi, psi_of_counts, shift, tally
from komainu.metrics.ranking import (
    Metric,
    auprc,
    auroc,
    balanced_accuracy_at,
    best_balanced_accuracy,
    best_balanced_accuracy_threshold,
    best_f1,
    best_f1_threshold,
    f1_at,
    recall_at_fpr,
)
from komainu.metrics.sample import Sample
from komainu.metrics.scan import Surge, surges
from komainu.metrics.standing import standing

__all__ = [
    "Adwin",
    "Agreement",
    "Bootstrap",
    "Change",
    "Figure",
    "Metric",
    "Sample",
    "Shift",
    "Surge",
    "agreement",
    "auprc",
    "auroc",
    "balanced_accuracy_at",
    "best_balanced_accuracy",
    "best_balanced_accuracy_threshold",
    "best_f1",
    "best_f1_threshold",
    "calibration_error",
    "difference",
    "expect_libraries",
    "expected_psi",
    "f1_at",
    "figure",
    "figures",
    "holm",
    "mean",
    "psi",
    "psi_of_counts",
    "recall_at_fpr",
    "share",
    "shift",
    "standing",
    "surges",
    "tally",
]
