"""`komainu quality`: people look at a share of everything, and what they find stands for the rest."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line

SCRIPTED = (
    'policies = ["policies/house"]\naudit_share = 1.0\n[[stages]]\njudge = "scripted"\n'
    'options = {script = "script.json"}\n'
)


@pytest.fixture
def looked_at(komainu: Command, here: Path) -> list[dict[str, Any]]:
    """Ten allowed decisions that were all drawn; people find one of them violating."""
    (here / "komainu.toml").write_text(SCRIPTED, "utf-8")
    (here / "script.json").write_text(json.dumps({"default": 0.0}), "utf-8")
    made = [komainu("check", f"Text {number}", "--json").json for number in range(10)]
    assert {one["action"] for one in made} == {"allow"}
    return made


def test_what_was_drawn_waits_for_people_and_tells_what_is_missed(
    komainu: Command, looked_at: list[dict[str, Any]]
) -> None:
    assert len(komainu("review", "list", "--json").json) == 10
    pending = komainu("quality", "--json").json
    assert (pending["decisions"], pending["pending"]) == (10, 10)
    assert pending["rows"][0]["missed"]["value"] is None
    for number, one in enumerate(looked_at):
        ruling = ("--violates", "HR1", "--rest-clear") if number == 3 else ("--all-clear",)
        assert komainu("review", "rule", one["id"], *ruling).code == 0
    assert komainu("review", "list", "--json").json == []
    found = komainu("quality", "--json").json
    first = next(row for row in found["rows"] if row["name"] == "house/HR1")
    assert (first["cleared"], first["looked_at"]) == (10, 10)
    assert first["prevalence"]["value"] == first["cleared_wrongly"]["value"] == 0.1
    assert first["missed"]["value"] == 1.0
    for way, name in (("policy", "house"), ("language", "en")):
        (row,) = komainu("quality", "--by", way, "--json").json["rows"]
        assert (row["name"], row["cleared"]) == (name, 30)
    assert "house/HR1 10 0 0 10 10.0%" in one_line(komainu("quality").out)


def test_labels_of_what_was_drawn_certify(komainu: Command, looked_at: list[dict[str, Any]]) -> None:
    nothing = komainu("certify")
    assert nothing.code == 2
    assert "people are through with the oldest of what was drawn by lot" in one_line(nothing.err)
    for number, one in enumerate(looked_at):
        ruling = ("--violates", "HR1", "--rest-clear") if number == 3 else ("--all-clear",)
        komainu("review", "rule", one["id"], *ruling)
    found = komainu("certify", "--trial", "--json").json
    first = next(one for one in found if one["clause"] == "house/HR1")
    assert (first["violating"], first["fine"], first["labels_needed"]) == (1, 9, 58)


def test_where_some_actions_are_not_drawn_nothing_can_be_certified(
    komainu: Command, looked_at: list[dict[str, Any]], here: Path
) -> None:
    settings = here / "komainu.toml"
    settings.write_text(SCRIPTED.replace("\n[[", "\naudit_shares = {block = 0.0}\n[[", 1), "utf-8")
    (here / "script.json").write_text(json.dumps({"default": 1.0}), "utf-8")
    assert komainu("check", "Text", "--json").json["action"] == "block"
    ran = komainu("certify")
    assert ran.code == 2
    assert "decisions to block were not drawn" in one_line(ran.err)


def test_without_an_audit_nothing_is_known_and_it_says_so(komainu: Command, here: Path) -> None:
    (here / "komainu.toml").write_text(SCRIPTED.replace("audit_share = 1.0", "audit_share = 0.0"), "utf-8")
    (here / "script.json").write_text(json.dumps({"default": 0.0}), "utf-8")
    komainu("check", "Text")
    assert "Nothing is known: 1 decision on record" in one_line(komainu("quality").out)
    assert komainu("quality", "--by", "weather").code == 2


def test_an_action_that_does_not_exist_is_named(komainu: Command, here: Path) -> None:
    (here / "komainu.toml").write_text(SCRIPTED.replace("\n[[", "\naudit_shares = {ban = 0.5}\n[[", 1), "utf-8")
    ran = komainu("check", "Text")
    assert ran.code == 2
    assert "audit_shares" in one_line(ran.err)


def test_who_rules_on_what_was_drawn_does_not_see_what_judges_said(
    komainu: Command, looked_at: list[dict[str, Any]]
) -> None:
    shown = one_line(komainu("review", "show", looked_at[0]["id"]).out)
    assert "DRAWN BY LOT" in shown
    assert "ALLOW" not in shown and "p=0" not in shown
    assert "house/HR1 Trading followers" in shown
    assert "--all-clear, or --violates … --rest-clear" in shown
    komainu("review", "rule", looked_at[0]["id"], "--all-clear")
    assert "ALLOW" in komainu("review", "show", looked_at[0]["id"]).out
