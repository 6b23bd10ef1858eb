"""`komainu learn fit`: labels in, a judge that says it was fitted to them out."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CASES, Command, one_line

EMBEDDED = 'policies = ["policies"]\n[[stages]]\njudge = "embedded"\n'


@pytest.fixture
def embedded(here: Path) -> None:
    """The embedded judge alone, for both policies."""
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")


def clause(found: dict[str, Any], name: str) -> dict[str, Any]:
    """One clause of a policy in the JSON."""
    return next(one for one in found["clauses"] if one["clause"] == name)


@pytest.mark.usefixtures("embedded")
def test_examples_and_cases_fit_a_policy_and_the_judge_uses_it(komainu: Command, here: Path) -> None:
    before = komainu("check", "Followers for money, ten for a coin", "--policy", "policies/house", "--json").json
    ran = komainu("learn", "fit", "--policy", "policies/house")
    assert ran.code == 0
    assert "house@1.0.0 0 labels from the record" in one_line(ran.out)
    assert "kept in fits/house.npz" in one_line(ran.out)
    assert "komainu policy test flatters the judge" in one_line(ran.out)
    assert (here / "fits" / "house.npz").exists()
    after = komainu("check", "Followers for money, ten for a coin", "--policy", "policies/house", "--json").json
    judges = [{opinion["judge"] for opinion in found["opinions"]} for found in (before, after)]
    assert judges[0] != judges[1]
    assert "labels" in str(after["opinions"])


@pytest.mark.usefixtures("embedded")
def test_json_says_what_became_of_each_clause(komainu: Command) -> None:
    (found,) = komainu("learn", "fit", "--policy", "policies/house", "--json").json
    assert found["policy"] == "house@1.0.0"
    assert found["from_record"] == found["outdated"] == found["forgotten"] == 0
    assert found["file"] == "fits/house.npz"
    first = clause(found, "HR1")
    assert first["labels"] == 2 + len(CASES)  # two examples, then every case: one of them is the fine example
    assert found["unread"] == 0
    assert first["violating"] == 2
    assert first["loss_before"] > 0 and first["loss_after"] > 0
    assert first["fitted"] is (first["loss_after"] <= first["loss_before"]), "what does worse is not kept"
    assert any(one["fitted"] for one in found["clauses"])


def test_labels_from_reviews_count_if_they_are_of_this_version(
    komainu: Command, held: dict[str, Any], here: Path
) -> None:
    komainu("review", "rule", held["id"], "--violates", "house/HR3", "--clear", "house/HR2")
    (found,) = komainu("learn", "fit", "--policy", "policies/house", "--json").json
    assert found["from_record"] == 2
    assert clause(found, "HR3")["violating"] == 3  # the example, the case and the review
    policy = here / "policies" / "house" / "policy.md"
    policy.write_text(policy.read_text("utf-8").replace("version: 1.0.0", "version: 1.1.0"), "utf-8")
    (newer,) = komainu("learn", "fit", "--policy", "policies/house", "--json").json
    assert (newer["from_record"], newer["outdated"]) == (0, 2)
    ran = komainu("learn", "fit", "--policy", "policies/house")
    assert "2 labels left out, made under another version of the policy (--every-version" in one_line(ran.out)
    (all_of_them,) = komainu("learn", "fit", "--policy", "policies/house", "--every-version", "--json").json
    assert (all_of_them["from_record"], all_of_them["outdated"]) == (2, 0)


@pytest.mark.usefixtures("embedded")
def test_a_policy_that_says_nothing_to_learn_from_is_left_alone(komainu: Command, here: Path) -> None:
    folder = here / "policies" / "bare"
    folder.mkdir()
    (folder / "policy.md").write_text(
        "---\nid: bare\ntitle: Bare\nversion: 1.0.0\nlanguage: en\n---\n\nNothing more.\n\n"
        "## Violates\n### BR1 Trade {severity=2}\nOffers something for sale.\n",
        "utf-8",
    )
    ran = komainu("learn", "fit", "--policy", "policies/bare")
    assert ran.code == 0
    assert "Nothing was fitted" in ran.out
    assert not (here / "fits").exists()


@pytest.mark.usefixtures("embedded")
def test_no_record_is_made_by_fitting(komainu: Command, here: Path) -> None:
    komainu("learn", "fit", "--policy", "policies/house", "--store", "sqlite:///none.db")
    assert not (here / "none.db").exists() and not (here / "komainu.db").exists()


@pytest.mark.usefixtures("embedded")
def test_a_damaged_fit_stops_the_judge_and_says_what_to_do(komainu: Command, here: Path) -> None:
    komainu("learn", "fit", "--policy", "policies/house")
    (here / "fits" / "house.npz").write_bytes(b"torn")
    ran = komainu("check", "The soup was lovely")
    assert ran.code == 2
    assert "fits/house.npz is damaged" in one_line(ran.err)
    assert "fit the policy again" in one_line(ran.err)


@pytest.mark.parametrize("path", ["policies/none", "policies/house/cases.jsonl"])
def test_a_policy_that_is_none_is_said(komainu: Command, path: str) -> None:
    ran = komainu("learn", "fit", "--policy", path)
    assert ran.code == 2
    assert "none" in ran.err or "policy" in ran.err


def test_the_folder_is_configured(komainu: Command, here: Path) -> None:
    (here / "komainu.toml").write_text(f'fits = "kept/here"\n{EMBEDDED}', "utf-8")
    ran = komainu("learn", "fit", "--policy", "policies/house")
    assert "kept in kept/here/house.npz" in one_line(ran.out)
