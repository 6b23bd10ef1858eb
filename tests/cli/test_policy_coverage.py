"""`komainu policy coverage`."""

import json
from pathlib import Path

from tests.cli.conftest import CASES, Command, one_line


def write(here: Path, *more: dict[str, object]) -> None:
    lines = "".join(f"{json.dumps(case)}\n" for case in (*CASES, *more))
    (here / "policies" / "house" / "cases.jsonl").write_text(lines, "utf-8")


def test_gaps_are_counted_and_named(komainu: Command) -> None:
    ran = komainu("policy", "coverage", "policies")
    shown = one_line(ran.out)
    assert ran.code == 0
    assert "uncovered no boundary case violates HR1" in shown
    assert "uncovered no case is allowed by HR-A1" in shown
    assert "shop@2.0.0 0 cases" in shown
    assert "uncovered no case violates SR1" in shown
    assert shown.endswith(
        "0 of 5 clauses with a boundary case on each side, 0 of 1 exception with a case; "
        "~ where shared words alone say so"
    )


def test_strictly_a_gap_is_a_failure(komainu: Command) -> None:
    assert komainu("policy", "coverage", "policies/house", "--strict").code == 1


def test_what_is_covered_passes_strictly(here: Path, komainu: Command) -> None:
    base = {"role": "post", "violates": []}
    write(
        here,
        {**base, "id": "x1", "text": "Sell me a boat", "violates": ["HR1", "HR2", "HR3"], "tags": ["boundary"]},
        {**base, "id": "x2", "text": "He wrote: followers, cheap", "why": "A warning (HR-A1), not HR1, HR2 or HR3."},
    )
    ran = komainu("policy", "coverage", "policies/house", "--strict", "--json")
    assert (ran.code, ran.json["covered"]) == (0, True)
    (policy,) = ran.json["policies"]
    assert policy["gaps"] == []
    assert policy["clauses"][1]["near_violating"] == [{"case": "x1", "basis": "tag"}]
    assert policy["clauses"][1]["near_clear"] == [{"case": "x2", "basis": "named"}]
    assert policy["exceptions"] == [{"clause": "HR-A1", "cases": [{"case": "x2", "basis": "named"}], "gaps": []}]


def test_guesses_are_marked(here: Path, komainu: Command) -> None:
    write(here, {"id": "x1", "text": "Where can I buy followers, cheap", "violates": []})
    row = next(line.split() for line in komainu("policy", "coverage", "policies/house").out.splitlines() if "~" in line)
    assert row == ["HR1", "1", "~1", "~1"]


def test_the_default_is_what_is_configured(here: Path, komainu: Command) -> None:
    (here / "komainu.toml").write_text('policies = ["policies/shop"]\n', "utf-8")
    assert [one["policy"] for one in komainu("policy", "coverage", "--json").json["policies"]] == ["shop@2.0.0"]


def test_cases_that_cannot_be_read_are_an_error(here: Path, komainu: Command) -> None:
    write(here, {"id": "x1", "text": "x", "violates": ["HR9"]})
    ran = komainu("policy", "coverage", "policies")
    assert (ran.code, ran.out) == (2, "")
    assert "cases.jsonl:5: " in ran.err
