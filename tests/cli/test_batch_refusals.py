"""`komainu batch`: what is not begun, not resumed and not overwritten."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command, one_line
from tests.cli.test_batch_resume import read_lines, unfinish, write_input, write_settings


def test_a_finished_run_stays_as_it_is(here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 100)
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    before = {path: path.read_bytes() for path in here.glob("out*")}
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume")
    assert ran.code == 0
    assert "This run was finished at " in ran.out
    assert "nothing was done" in ran.out
    assert "99 rows, 0 allow, 0 limit, 99 hold, 0 block" in one_line(ran.out)
    assert {path: path.read_bytes() for path in here.glob("out*")} == before


def test_resume_begins_where_there_was_nothing(here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 5)
    assert komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume").code == 0
    assert len(read_lines(here / "out.jsonl")) == 5


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.run.json", "out.errors.jsonl"])
def test_nothing_is_overwritten(name: str, here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 5)
    (here / name).write_text("precious")
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl")
    assert ran.code == 2
    assert ran.err == (
        f"komainu: {name}: expected no such file, since nothing is overwritten; go on with --resume, "
        "or choose another --out\n"
    )
    assert (here / name).read_text() == "precious"


@pytest.mark.parametrize(("name", "problem"), [
    ("out.jsonl", "out.jsonl: expected out.jsonl.run.json beside it, to resume from; there is none"),
    ("out.errors.jsonl", "out.errors.jsonl: expected out.jsonl.run.json beside it, to resume from; there is none"),
    ("out.jsonl.run.json", "out.jsonl.run.json: expected the run that writes out.jsonl; "),
])  # fmt: skip
def test_what_batch_did_not_write_is_not_resumed(name: str, problem: str, here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 5)
    (here / name).write_text("precious")
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume")
    assert ran.code == 2
    assert problem in one_line(ran.err)
    assert (here / name).read_text() == "precious"


def change_input(here: Path) -> tuple[str, ...]:
    write_input(here / "in.jsonl", 50)
    return ()


def change_policy(here: Path) -> tuple[str, ...]:
    path = here / "policies" / "house" / "policy.md"
    path.write_text(path.read_text("utf-8").replace("offer to sell", "offer to hire out"), "utf-8")
    return ()


def change_judges(here: Path) -> tuple[str, ...]:
    path = here / "komainu.toml"
    path.write_text(path.read_text() + '[[stages]]\njudge = "rules"\n')
    return ()


def change_thresholds(here: Path) -> tuple[str, ...]:
    path = here / "komainu.toml"
    path.write_text(path.read_text().replace('"scripted"\n', '"scripted"\nclear_below = 0.2\n'))
    return ()


@pytest.mark.parametrize(("change", "meaning"), [
    (change_input, "input file: expected in.jsonl (1,"),
    (change_policy, "policies (an edited policy keeps its version, not its digest)."),
    (lambda here: ("--policy", "policies/house"), "policies: expected 'house@1.0.0', 'shop@2.0.0'; got 'house@1.0.0'."),
    (change_judges, "judges: expected 'scripted@1'; got 'scripted@1', 'rules@"),
    (change_thresholds, "thresholds, timeouts or order of the stages."),
    (lambda here: ("--text-field", "id"), "--text-field, --role-field or --role: expected 'text', 'role', 'post'; got"),
    (lambda here: ("--full",), "--full: expected False; got True."),
    (lambda here: ("--errors", "bad.jsonl"), "--errors: expected out.errors.jsonl; got bad.jsonl."),
    (lambda here: ("--store", "other.db"), "record (--store)."),
])  # fmt: skip
def test_another_plan_is_refused(
    change: Callable[[Path], tuple[str, ...]], meaning: str, here: Path, komainu: Command
) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 40)
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    unfinish(here)
    before = (here / "out.jsonl").read_bytes()
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume", *change(here))
    assert ran.code == 2
    assert f"out.jsonl: this run was begun with another {meaning}" in one_line(ran.err)
    assert "Resume it with what it was begun with, or begin a new run with another --out." in one_line(ran.err)
    assert (here / "out.jsonl").read_bytes() == before


def test_an_input_changed_further_on_is_found(here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    long = "x" * 1_100_000  # more than what the run knows of its input
    rows = [{"text": long}, {"text": "one"}, {"text": "two"}]
    (here / "in.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    unfinish(here)
    (here / "out.jsonl").write_bytes((here / "out.jsonl").read_bytes().splitlines(keepends=True)[0])
    (here / "in.jsonl").write_text((here / "in.jsonl").read_text().replace("two", "owt"))
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume")
    assert ran.code == 2
    assert "row 3: expected the text that was judged before the interruption" in one_line(ran.err)
    assert [line["row"] for line in read_lines(here / "out.jsonl")] == [1, 2]


def test_a_changed_output_is_refused_and_kept(here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 40)
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    unfinish(here)
    lines = (here / "out.jsonl").read_bytes().splitlines(keepends=True)
    (here / "out.jsonl").write_bytes(b"".join([*lines[:9], lines[3], *lines[10:]]))
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume")
    assert ran.code == 2
    assert "out.jsonl:10: expected the next line of a batch run; the file was changed" in one_line(ran.err)
    assert len((here / "out.jsonl").read_bytes().splitlines()) == 40


def test_changed_bad_rows_are_refused_and_kept(here: Path, komainu: Command) -> None:
    write_settings(here, delay=0.0)
    write_input(here / "in.jsonl", 400)
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    unfinish(here)
    (here / "out.errors.jsonl").write_text("precious\n")
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--resume")
    assert ran.code == 2
    assert "out.errors.jsonl:1: expected the next line of a batch run; the file was changed" in one_line(ran.err)
    assert (here / "out.errors.jsonl").read_text() == "precious\n"
