"""`komainu policy diff`: from two paths to words, JSON and an exit code."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Command, one_line


@pytest.fixture
def newer(here: Path) -> Path:
    """A copy of the policies, to be edited."""
    return Path(shutil.copytree(here / "policies", here / "newer"))


def edit(folder: Path, old: str, new: str, name: str = "house") -> None:
    file = folder / name / "policy.md"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_the_same_policy_is_no_difference(newer: Path, komainu: Command) -> None:
    edit(newer, "for money.", "for\nmoney.\n<!-- a comment -->")
    ran = komainu("policy", "diff", "policies", "newer")
    assert (ran.code, ran.out) == (0, "No difference in what they say.\n")
    assert komainu("policy", "diff", "policies/house", "newer/house", "--json").json["same"] is True


def test_words_effects_and_warnings_are_shown(newer: Path, komainu: Command) -> None:
    edit(newer, "Offers followers for money.", "Offers or asks for followers for money.")
    edit(newer, "HR2 Shouting {severity=1}", "HR9 Shouting {severity=2}")
    edit(newer, "it is HR1 and HR2", "it is HR1 and HR9")
    edit(newer, "**HR2**", "**HR9**")
    ran = komainu("policy", "diff", "policies/house", "newer/house/policy.md")
    shown = one_line(ran.out)
    assert ran.code == 1
    assert "house@1.0.0 → house@1.0.0 5 changes: 2 can change a verdict, 2 what is done about it, 1 neither" in shown
    assert "verdict HR1 text reworded: Offers {+or asks for+} followers for money." in shown
    assert "neither HR9 renamed: HR2 → HR9" in shown
    assert "action HR9 severity changed: 1 → 2" in shown
    assert "warning the version is 1.0.0 still" in shown
    assert "warning HR2 is HR9 now, and house-02 still violate it" in shown


def test_as_json_each_change_has_its_words(newer: Path, komainu: Command) -> None:
    edit(newer, "お金をもらって", "お礼をもらって", "shop")
    edit(newer, "version: 2.0.0", "version: 2.1.0", "shop")
    ran = komainu("policy", "diff", "policies/shop", "newer/shop", "--json")
    assert ran.code == 1
    (policy,) = ran.json["policies"]
    assert (policy["old"], policy["new"], policy["warnings"]) == ("shop@2.0.0", "shop@2.1.0", [])
    assert policy["counts"] == {"verdict": 1, "action": 0, "none": 1}
    text = policy["changes"][1]
    assert (text["kind"], text["part"], text["name"], text["field"]) == ("reworded", "clause", "HR1", "text")
    assert text["edits"][:3] == [
        {"op": "keep", "text": "お"},
        {"op": "cut", "text": "金"},
        {"op": "put", "text": "礼"},
    ]


def test_folders_are_compared_policy_by_policy(newer: Path, komainu: Command) -> None:
    shutil.rmtree(newer / "shop")
    ran = komainu("policy", "diff", "policies", "newer", "--json")
    assert ran.code == 1  # one file against two policies
    assert ran.json["removed"] == ["shop"]
    assert [one["changes"] for one in ran.json["policies"]] == [[]]
    assert "policy added: shop" in komainu("policy", "diff", "newer", "policies").out


def test_what_cannot_be_read_is_neither_same_nor_different(newer: Path, komainu: Command) -> None:
    edit(newer, "{severity=2}", "{severity=9}")
    for new in ("newer/house", "nowhere"):
        ran = komainu("policy", "diff", "policies/house", new)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"komainu: {new}")


def test_two_policies_of_one_id_cannot_be_told_apart(newer: Path, komainu: Command) -> None:
    shutil.copytree(newer / "house", newer / "again")
    ran = komainu("policy", "diff", "policies", "newer")
    assert ran.code == 2
    assert "'house' is also the id of" in ran.err


def test_cases_that_cannot_be_read_do_not_hide_a_difference(newer: Path, komainu: Command) -> None:
    edit(newer, "version: 1.0.0", "version: 1.0.1")
    (newer / "house" / "cases.jsonl").write_text("no json", "utf-8")
    ran = komainu("policy", "diff", "policies/house", "newer/house")
    assert ran.code == 1
    assert "version changed: 1.0.0 → 1.0.1" in ran.out
