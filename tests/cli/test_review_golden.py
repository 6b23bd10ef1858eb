"""Golden items: as any other to who reviews them, and labels for nobody; and agreement, from the record to figures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line
from tests.cli.test_review import labels

GOLDEN = ("review", "golden", "add", "Ring the old office", "--by", "lead", "--violates", "house/HR3")


@pytest.fixture
def mixing(here: Path, held: dict[str, Any]) -> None:
    """Every item that can be is a golden one."""
    config = here / "komainu.toml"
    config.write_text(f"{config.read_text('utf-8')}\n[review]\ngolden_share = 1.0\n", "utf-8")


def test_a_reviewer_cannot_tell_a_golden_item_and_its_review_teaches_nothing(
    komainu: Command, held: dict[str, Any], mixing: None
) -> None:
    assert "1 golden item in the queue" in komainu(*GOLDEN).out
    listed = {item["id"]: item for item in komainu("review", "list", "--json").json}
    assert len(listed) == 2
    first = komainu("review", "next", "--json").json["case"]
    assert first["id"] != held["id"]
    own, other = dict(listed[first["id"]]), dict(listed[held["id"]])
    for item in (own, other):
        del item["id"], item["decided_at"], item["content"], item["item"]
    assert own == other
    shown = [set(komainu("decisions", "show", each, "--json").json) for each in listed]
    assert shown[0] == shown[1]
    before = labels()
    golden = one_line(komainu("review", "rule", first["id"], "--clear", "HR3", "--rest-clear").out)
    assert labels() == before
    real = one_line(komainu("review", "rule", held["id"], "--clear", "HR3", "--rest-clear").out)
    assert golden.split(" is on record")[1] == real.split(" is on record")[1]
    assert len(labels()) == len(before) + 2
    assert komainu("review", "list", "--json").json == []
    agreed = komainu("review", "agreement", "--json").json
    assert [(one["name"], one["items"], one["missed"], one["overblocked"]) for one in agreed["golden"]] == [
        ("tamako", 1, 1, 0)
    ]
    assert agreed["everything"]["items"] == 0
    assert komainu("ledger", "verify").code == 0


def test_each_copy_is_for_somebody_else(komainu: Command, mixing: None, held: dict[str, Any]) -> None:
    assert "2 golden items" in komainu(*GOLDEN, "--copies", "2").out
    first = komainu("review", "next", "--json").json["case"]
    assert first["id"] != held["id"]
    komainu("review", "rule", first["id"], "--all-clear")
    assert komainu("review", "next", "--json").json["case"]["id"] == held["id"]
    second = komainu("review", "next", "--reviewer", "inari", "--json").json["case"]
    assert (second["id"] != first["id"], second["content"]) == (True, first["content"])
    pool = komainu("review", "golden", "list", "--json").json
    assert [(one["waits"], one["reviews"], one["answers"]) for one in pool] == [
        (False, 1, {"house/HR3": True}),
        (True, 0, {"house/HR3": True}),
    ]
    assert "Ring the old office" in komainu("review", "golden", "list").out
    assert [(label.clause, label.source) for label in labels()] == [("house/HR3", "golden:lead")]


def test_without_a_share_golden_items_come_after_all_others(komainu: Command, held: dict[str, Any]) -> None:
    komainu(*GOLDEN)
    assert komainu("review", "next", "--json").json["case"]["id"] == held["id"]
    assert komainu("review", "next", "--reviewer", "inari", "--json").json["case"]["id"] != held["id"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x", "--by", " ", "--clear", "HR2"], "expected the name of who vouches"),
        (["x", "--by", "lead"], "expected an answer on a clause that waits: house/HR2, house/HR3"),
        (["x", "--by", "lead", "--clear", "SR1"], "expected an answer on a clause that waits"),
        (["x", "--by", "lead", "--clear", "HR2", "--violates", "HR2"], "house/HR2: the answer contradicts"),
        (["x", "--by", "lead", "--clear", "HR9"], "expected a clause that decision"),
        (["buy followers", "--by", "lead", "--clear", "HR2"], "the judges settle this content (block)"),
    ],
)
def test_what_cannot_be_golden_is_refused(
    komainu: Command, held: dict[str, Any], arguments: list[str], message: str
) -> None:
    ran = komainu("review", "golden", "add", *arguments)
    assert (ran.code, message in one_line(ran.err)) == (2, True)
    assert komainu("ledger", "verify", "--json").json["entries"] == 1
    assert komainu("review", "golden", "list").out == "There are no golden items.\n"


def test_an_answer_that_contradicts_the_record_is_refused(komainu: Command, held: dict[str, Any]) -> None:
    komainu(*GOLDEN)
    ran = komainu(*GOLDEN[:-2], "--clear", "house/HR3")
    assert (ran.code, "house/HR3: the answer contradicts one that is given or on record" in ran.err) == (2, True)


def test_a_ruling_against_what_is_known_needs_a_second_one(komainu: Command, held: dict[str, Any]) -> None:
    """A real item, whose content is known from a golden one."""
    komainu(*GOLDEN)
    again = komainu("check", "Ring the old office", "--json").json
    assert again["action"] == "hold"
    said = one_line(komainu("review", "rule", again["id"], "--all-clear").out)
    assert "Waiting for somebody else's word: house/HR3." in said


def test_agreement_is_told_by_clause_and_by_reviewer(scripted: Callable[..., None], komainu: Command) -> None:
    scripted({"house/HR1": 0.0, "shop/SR1": 0.0, "shop/HR1": 0.0, "house/HR2": 0.0})
    komainu("check", "A first one")
    assert "No clause was ruled on by two" in komainu("review", "agreement").out
    for number in range(12):
        name = komainu("check", f"Ring the office {number}", "--json").json["id"]
        word = "--violates" if number % 3 else "--clear"
        komainu("review", "rule", name, word, "HR3")
        other = {"--violates": "--clear", "--clear": "--violates"}[word] if number < 2 else word
        komainu("review", "rule", name, other, "HR3", "--reviewer", "inari")
    agreed = komainu("review", "agreement", "--json").json
    (clause,) = agreed["clauses"]
    assert (clause["name"], clause["items"]) == ("house/HR3", 12)
    assert clause["figures"]["percent"]["value"] == pytest.approx(10 / 12)
    assert clause["figures"]["positive"]["value"] == pytest.approx(14 / 16)
    assert clause["figures"]["alpha"]["low"] < clause["figures"]["alpha"]["value"]
    assert [(one["name"], one["items"]) for one in agreed["reviewers"]] == [("inari", 12), ("tamako", 12)]
    shown = one_line(komainu("review", "agreement").out)
    assert "house/HR3 12 0.83 [" in shown
    other = komainu("review", "agreement", "--clause", "house/HR1", "--json").json
    assert (other["everything"]["items"], other["clauses"]) == (0, [])


def test_a_few_items_give_no_figure(komainu: Command, held: dict[str, Any]) -> None:
    komainu("review", "rule", held["id"], "--all-clear")
    komainu("review", "rule", held["id"], "--violates", "HR3", "--reviewer", "inari")
    assert "house/HR3 1 too few: 1 of 10" in one_line(komainu("review", "agreement").out)
    assert komainu("review", "agreement", "--json").json["everything"]["figures"] is None
