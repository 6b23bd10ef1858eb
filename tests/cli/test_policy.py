"""`komainu policy`: policies written, checked, shown and tested."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from komainu.policies import load, starter_path
from tests.cli.conftest import Command, one_line

HOUSE = "policies/house/policy.md"
RIGHT = {"house/HR1": 0.0, "house/HR2": 0.0, "house/HR3": 0.0}


def edit(here: Path, old: str, new: str) -> None:
    """Changes the house policy."""
    file = here / HOUSE
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def findings(komainu: Command, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = komainu("policy", "lint", *arguments, "--json").json["findings"]
    return found


def test_lint_shows_place_message_line_caret_and_why(here: Path, komainu: Command) -> None:
    edit(here, "Offers followers for money.", "Usually offers followers for money.")
    ran = komainu("policy", "lint", "policies/house")
    assert ran.code == 0
    lines = ran.out.splitlines()
    place = next(number for number, line in enumerate(lines) if "Usually" in line and "    Usually" in line)
    assert lines[place - 1].startswith(f"{HOUSE}:19:1: ")
    assert "warning K2" in lines[place - 1]
    assert lines[place] == "    Usually offers followers for money."
    assert lines[place + 1] == "    ^"
    assert lines[place + 2].startswith("    ") and len(lines[place + 2]) > 20
    assert "0 errors, " in lines[-1]


def test_lint_as_json_says_the_same(here: Path, komainu: Command) -> None:
    edit(here, "Offers followers for money.", "Usually offers followers for money.")
    found = [one for one in findings(komainu, "policies/house") if one["line"] == 19]
    assert [set(one) for one in found] == [{"path", "line", "column", "level", "code", "message", "why"}]
    assert (found[0]["path"], found[0]["column"], found[0]["level"]) == (HOUSE, 1, "warning")


def test_lint_fails_on_errors_and_strictly_on_warnings(here: Path, komainu: Command) -> None:
    assert komainu("policy", "lint", "policies").code == 0
    assert komainu("policy", "lint", "policies", "--strict").code == 1
    edit(here, "{severity=2}", "{severity=9}")
    ran = komainu("policy", "lint", "policies")
    assert ran.code == 1
    assert "error K100" in ran.out
    assert "1 error, " in ran.out
    assert {one["path"] for one in findings(komainu, "policies")} >= {HOUSE, "policies/shop/policy.md"}


def test_the_caret_stands_below_the_column_also_in_wide_and_long_lines(here: Path, komainu: Command) -> None:
    shop = here / "policies" / "shop" / "policy.md"
    long = "値引きがないのに" * 30
    shop.write_text(shop.read_text("utf-8").replace("値引きがないのに値引き", f"{long}通常は値引き"), "utf-8")
    lines = komainu("policy", "lint", "policies/shop").out.splitlines()
    place = next(number for number, line in enumerate(lines) if "通常" in line and line.startswith("    …"))
    before = lines[place][: lines[place].index("通常")]
    cells = sum(2 if ord(character) > 0x2FFF else 1 for character in before)
    assert lines[place + 1] == " " * cells + "^"


def test_a_file_named_twice_is_linted_once(here: Path, komainu: Command) -> None:
    assert findings(komainu, "policies/house", HOUSE) == findings(komainu, "policies/house")


def test_lint_refuses_a_path_that_holds_no_policy(here: Path, komainu: Command) -> None:
    (here / "empty").mkdir()
    for path in ("empty", "nowhere"):
        ran = komainu("policy", "lint", path)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"komainu: {path}: ")


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.usefixtures("scripted")
def test_a_new_policy_can_be_used_at_once(here: Path, komainu: Command, language: str) -> None:
    ran = komainu("policy", "new", "tea-house", "--language", language, "--into", "drafts", "--title", "茶屋 rules")
    assert ran.code == 0
    assert "komainu policy lint drafts/tea-house" in ran.out
    policy = load(here / "drafts" / "tea-house")
    assert (policy.id, policy.title, policy.language) == ("tea-house", "茶屋 rules", language)
    assert komainu("policy", "lint", "drafts", "--strict").code == 0
    assert komainu("check", "hello", "--policy", "drafts", "--json").json["policies"] == [policy.name]


def test_a_new_policy_has_a_title_made_from_its_id(here: Path, komainu: Command) -> None:
    komainu("policy", "new", "tea-house")
    assert load(here / "tea-house").title == "Tea house"


@pytest.mark.parametrize("taken", ["policy.md", "cases.jsonl"])
def test_a_new_policy_never_overwrites(here: Path, komainu: Command, taken: str) -> None:
    (here / "tea-house").mkdir()
    (here / "tea-house" / taken).write_text("mine", "utf-8")
    ran = komainu("policy", "new", "tea-house")
    assert ran.code == 2
    assert f"tea-house/{taken}: expected a new file; it is there already" in ran.err
    assert [file.name for file in (here / "tea-house").iterdir()] == [taken]
    assert (here / "tea-house" / taken).read_text("utf-8") == "mine"


@pytest.mark.parametrize("arguments", [["../escape"], ["Tea House"], [""], ["tea", "--language", "fr"]])
def test_a_new_policy_needs_a_usable_name(here: Path, komainu: Command, arguments: list[str]) -> None:
    before = set(here.rglob("*"))
    assert komainu("policy", "new", *arguments).code == 2
    assert set(here.rglob("*")) == before


def test_a_folder_that_is_a_file_is_named(here: Path, komainu: Command) -> None:
    (here / "file").write_text("", "utf-8")
    ran = komainu("policy", "new", "tea", "--into", "file")
    assert ran.code == 2
    assert "cannot be written" in ran.err


def test_a_policy_is_shown_with_what_each_clause_does(komainu: Command) -> None:
    shown = one_line(komainu("policy", "show", "policies/house").out)
    assert "House rules (house@1.0.0)" in shown
    assert "These rules keep the forum pleasant." in shown
    assert "Trade: an offer to sell, buy or swap." in shown
    assert "HR1 Trading followers block medium, 1 example, 1 exact rule, except HR-A1" in shown
    assert "HR3 Private numbers hold high, 1 example, 0 exact rules" in shown
    assert "HR-A1 Quoting an offer allowed in spite of HR1" in shown
    assert "wrong at most 25%" in shown


def test_the_canonical_markdown_is_the_same_policy(here: Path, komainu: Command) -> None:
    out = komainu("policy", "show", "policies/house", "--markdown").out
    (here / "canonical.md").write_text(out, "utf-8")
    assert load(here / "canonical.md") == load(here / HOUSE)
    assert komainu("policy", "show", "canonical.md", "--markdown").out == out


def test_every_starter_policy_is_shown(komainu: Command) -> None:
    ran = komainu("policy", "show", str(starter_path()))
    assert ran.code == 0
    assert "Prompt injection" in ran.out


def test_a_test_run_counts_per_clause_and_shows_what_was_wrong(scripted: Callable[..., None], komainu: Command) -> None:
    scripted({"house/HR1": 0.5, "house/HR2": 0.99, "house/HR3": 0.0})
    ran = komainu("policy", "test", "policies/house")
    rows = [line.split() for line in ran.out.splitlines()]
    assert ["HR1", "4", "1", "1", "0", "3"] in rows  # the exact rule found one, the others are held
    assert ["HR2", "4", "1", "1", "3", "0"] in rows
    assert ["HR3", "4", "1", "3", "1", "0"] in rows
    shown = one_line(ran.out)
    assert "wrong: house-03 does not violate HR2, was ruled violated (p=0.99): “The soup was lovely”" in shown
    assert "wrong: house-04 violates HR3, was ruled clear (p=0.00): “Call my aunt, 555 0101”" in shown
    assert "target missed max_wrong: 4 of 12 case-clause pairs are settled wrongly (33.3%); at most 25.0%" in shown
    assert ran.code == 1


def test_a_test_run_passes_when_the_targets_are_met(scripted: Callable[..., None], komainu: Command) -> None:
    scripted(RIGHT)
    ran = komainu("policy", "test", "policies/house")
    assert ran.code == 0
    assert "target met max_wrong: 2 of 12" in one_line(ran.out)


def test_a_test_run_as_json(scripted: Callable[..., None], komainu: Command) -> None:
    scripted(RIGHT)
    found = komainu("policy", "test", "policies/house", "--json").json
    assert found["passed"] is True
    (policy,) = found["policies"]
    assert (policy["policy"], policy["cases"], policy["passed"]) == ("house@1.0.0", 4, True)
    assert policy["clauses"][0] == {
        "clause": "HR1",
        "cases": 4,
        "violating": 1,
        "right": 4,
        "wrong": 0,
        "held": 0,
        "failed": 0,
        "found": 1,
    }
    assert policy["wrong"][0] == {
        "case": "house-02",
        "clause": "HR2",
        "violates": True,
        "ruling": "clear",
        "probability": 0.0,
        "text": "GOOD MORNING ALL",
        "why": "Capitals.",
    }
    assert policy["targets"][0]["met"] is True
    assert (policy["targets"][0]["target"], policy["targets"][0]["demanded"]) == ("max_wrong", 0.25)


def test_a_policy_without_targets_is_said_to_have_none(
    here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    scripted({"house/HR2": 0.99})
    edit(here, "targets: {max_wrong: 0.25}\n", "")
    ran = komainu("policy", "test", "policies/house")
    assert ran.code == 0
    assert "The policy declares no targets" in ran.out


def test_a_test_run_puts_nothing_on_record(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    komainu("policy", "test", "policies/house")
    assert not (here / "komainu.db").exists()


def test_a_policy_without_cases_cannot_be_tested(scripted: Callable[..., None], komainu: Command) -> None:
    ran = komainu("policy", "test", "policies")
    assert ran.code == 2
    assert "policies/shop/cases.jsonl" in ran.err


def test_a_case_that_is_none_is_named_with_its_line(
    here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    with (here / "policies" / "house" / "cases.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "house-05", "text": "x", "violates": ["HR9"]}\n')
    ran = komainu("policy", "test", "policies/house")
    assert ran.code == 2
    assert "policies/house/cases.jsonl:5: " in ran.err
