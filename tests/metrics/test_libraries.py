"""scikit-learn and SciPy are optional: asked for when a figure is taken, and named where they are missing."""

import subprocess
import sys

import pytest

from komainu.errors import MissingExtraError
from komainu.metrics import Sample, auroc, calibration_error, expect_libraries, figure, share


@pytest.mark.parametrize("module", ["komainu.metrics", "komainu.evals", "komainu.apps.cli.evaluate"])
def test_nothing_optional_is_loaded_before_a_figure_is_taken(module: str) -> None:
    code = f"import {module}, sys; print([name for name in ('sklearn', 'scipy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_scikit_learn_a_ranking_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError, match=r'pip install "komainu\[evals\]"'):
        figure(auroc, Sample([True, False], [0.9, 0.1], ["a", "b"]))
    with pytest.raises(MissingExtraError, match="the figures"):
        expect_libraries()


def test_without_scipy_a_share_and_a_calibration_name_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(MissingExtraError, match=r'pip install "komainu\[evals\]"'):
        share([False, False], ["a", "b"])
    with pytest.raises(MissingExtraError, match="the figures"):
        figure(calibration_error, Sample([True, False], [0.9, 0.1], ["a", "b"]))
