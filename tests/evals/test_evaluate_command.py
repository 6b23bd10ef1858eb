"""`komainu evaluate`, run as a command."""

import json
import stat
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from komainu.apps.cli.app import app
from tests.evals.test_suites import write_suite

CONFIG = """
[[stages]]
judge = "scripted"
clear_below = 0.1
violated_from = 0.9
[stages.options]
default = 0.5
[stages.options.opinions]
"quiet/HR1" = 0.95
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two suites and a scripted judge that sees a violation of quiet/HR1 in everything."""
    cases = ({"id": "01", "text": "HELLO", "violates": ["HR1"]}, {"id": "02", "text": "hello", "violates": []})
    write_suite(tmp_path / "suites" / "quiet", "quiet", *cases)
    write_suite(tmp_path / "suites" / "loud", "loud", *cases)
    (tmp_path / "komainu.toml").write_text(CONFIG, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["evaluate", "--resamples", "10", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_scores_are_one_line_per_case_and_clause_with_exactly_these_keys(here: Path) -> None:
    assert run("suites", "--scores", "scores.jsonl").exit_code == 0
    assert [json.loads(line) for line in (here / "scores.jsonl").read_text("utf-8").splitlines()] == [
        {"case": "01", "policy": "loud", "clause": "HR1", "label": True, "probability": 0.5, "ruling": "open"},
        {"case": "02", "policy": "loud", "clause": "HR1", "label": False, "probability": 0.5, "ruling": "open"},
        {"case": "01", "policy": "quiet", "clause": "HR1", "label": True, "probability": 0.95, "ruling": "violated"},
        {"case": "02", "policy": "quiet", "clause": "HR1", "label": False, "probability": 0.95, "ruling": "violated"},
    ]


def test_the_report_says_what_was_measured_and_how(here: Path) -> None:
    ran = run("suites", "--report", "report.json", "--resamples", "30", "--seed", "4")
    report = json.loads((here / "report.json").read_text("utf-8"))
    assert report["judges"] == ["scripted@1: clear below 0.1, violated from 0.9"]
    assert (report["resamples"], report["seed"]) == (30, 4)
    assert report["overall"]["ruled"]["held"]["value"] == 0.5
    assert report["overall"]["ruled"]["right"]["n"] == 2
    assert "scripted@1: clear below 0.1" in ran.stdout
    whole = next(line for line in ran.stdout.splitlines() if line.startswith("all"))
    assert whole.split()[:3] == ["all", "4", "0.0%"]
    assert "50.0%" in whole


def test_the_table_fits_an_ordinary_terminal(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("suites").stdout.splitlines()
    assert lines[0].split() == ["group", "pairs", "not", "judged", "AUROC", "held", "right", "of", "settled"]
    assert not any("…" in line for line in lines)


def test_several_folders_may_be_given(here: Path) -> None:
    assert run("suites/quiet", "suites/loud", "--scores", "scores.jsonl").exit_code == 0
    assert len((here / "scores.jsonl").read_text("utf-8").splitlines()) == 4


def test_files_are_readable_replaced_whole_and_nothing_is_left_beside_them(here: Path) -> None:
    (here / "scores.jsonl").write_text("old\n" * 1000, "utf-8")
    run("suites", "--scores", "scores.jsonl", "--report", "report.json")
    assert len((here / "scores.jsonl").read_text("utf-8").splitlines()) == 4
    assert stat.S_IMODE((here / "report.json").stat().st_mode) == 0o644
    assert sorted(file.name for file in here.iterdir()) == ["komainu.toml", "report.json", "scores.jsonl", "suites"]


def test_nothing_goes_on_record(here: Path) -> None:
    run("suites")
    assert sorted(file.name for file in here.iterdir()) == ["komainu.toml", "suites"]


def test_a_missing_output_folder_is_said_before_anything_is_judged(here: Path) -> None:
    (here / "suites" / "quiet" / "cases.jsonl").write_text("broken", "utf-8")
    ran = run("suites", "--report", "nowhere/report.json")
    assert ran.exit_code == 2
    assert "nowhere/report.json: expected a file in a folder that exists" in ran.stderr


def test_a_missing_library_is_said_before_anything_is_judged(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "suites" / "quiet" / "cases.jsonl").write_text("broken", "utf-8")
    monkeypatch.setitem(sys.modules, "sklearn", None)
    ran = run("suites")
    assert (ran.exit_code, 'pip install "komainu[evals]"' in ran.stderr) == (2, True)


def test_a_folder_without_suites_and_a_broken_case_are_named(here: Path) -> None:
    (here / "empty").mkdir()
    ran = run("empty")
    assert (ran.exit_code, "empty: the folder holds no policy.md" in ran.stderr) == (2, True)
    (here / "suites" / "quiet" / "cases.jsonl").write_text("broken\n", "utf-8")
    ran = run("suites")
    assert (ran.exit_code, "cases.jsonl:1: expected one JSON object" in ran.stderr) == (2, True)
