"""`komainu review appeal`: somebody's word against a decision, and what comes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line
from tests.cli.test_review import labels


@pytest.fixture
def blocked(scripted: Callable[..., None], komainu: Command) -> dict[str, Any]:
    """A decision that a judge made: house/HR1 is violated, and nobody was asked about the rest."""
    scripted(default=0.0)
    decision: dict[str, Any] = komainu("check", "buy followers", "--json").json
    assert decision["action"] == "block"
    return decision


def test_an_appeal_goes_to_a_person_who_can_overturn(komainu: Command, blocked: dict[str, Any]) -> None:
    name = blocked["id"]
    lodged = komainu("review", "appeal", name, "--by", "the author", "--why", "I quoted it", "--json").json
    assert (lodged["by"], lodged["why"]) == ("the author", "I quoted it")
    assert lodged["clauses"] == ["house/HR1", "house/HR2", "house/HR3", "shop/SR1", "shop/HR1"]
    (listed,) = komainu("review", "list", "--json").json
    assert (listed["why"], listed["violated"]) == ("appeal", ["house/HR1"])
    assert komainu("review", "next", "--reviewer", "the author").code == 1
    shown = one_line(komainu("review", "next").out)
    assert "waits for: appeal" in shown
    assert "by the author on house/HR1, house/HR2" in shown
    partly = komainu("review", "rule", name, "--clear", "house/HR1").out  # nobody was asked about the others
    assert "The appeal" not in partly
    assert len(komainu("review", "list", "--json").json) == 1
    done = one_line(komainu("review", "rule", name, "--all-clear").out)
    assert "The appeal is overturned." in done
    assert "The rulings come to ALLOW." in done
    assert {(label.violates, label.source) for label in labels()} == {(False, "appeal:tamako")}
    assert [label.clause for label in labels()] == lodged["clauses"]
    record = komainu("decisions", "show", name, "--json").json
    assert record["appeals"] == [lodged]
    assert [(each["appeal"], each["outcome"]) for each in record["reviews"]] == [
        (lodged["id"], None),
        (lodged["id"], "overturned"),
    ]
    assert "the appeal is overturned" in one_line(komainu("decisions", "show", name).out)
    assert komainu("review", "list", "--json").json == []
    assert komainu("ledger", "verify").code == 0


def test_what_is_upheld_needs_no_word_on_what_nobody_was_asked_about(komainu: Command, blocked: dict[str, Any]) -> None:
    komainu("review", "appeal", blocked["id"], "--by", "the author")
    assert "The appeal is upheld." in komainu("review", "rule", blocked["id"], "--violates", "house/HR1").out
    assert komainu("review", "list", "--json").json == []


def test_an_appeal_against_a_person_goes_to_another_and_a_second_one_waits_for_the_first(
    komainu: Command, held: dict[str, Any]
) -> None:
    komainu("review", "rule", held["id"], "--violates", "HR3", "--rest-clear")
    assert komainu("review", "appeal", held["id"], "--by", "the author").code == 0
    again = komainu("review", "appeal", held["id"], "--by", "a friend")
    assert (again.code, "the author has appealed already" in again.err) == (2, True)
    own = komainu("review", "rule", held["id"], "--clear", "HR3")
    assert (own.code, "tamako has ruled on it before" in own.err) == (2, True)
    shown = one_line(komainu("review", "show", held["id"]).out)
    assert "by tamako: house/HR2 clear, 1 ruling kept back" in shown
    upheld = komainu("review", "rule", held["id"], "--violates", "HR3", "--reviewer", "inari").out
    assert "The appeal is upheld." in upheld
    assert komainu("review", "appeal", held["id"], "--by", "a friend").code == 0
    third = komainu("review", "rule", held["id"], "--violates", "HR3", "--reviewer", "inari")
    assert (third.code, "inari has ruled on it before" in third.err) == (2, True)
    assert komainu("ledger", "verify").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", " "], "expected the name of who appeals"),
        (["--by", "a", "--clause", "HR9"], "expected a clause that decision"),
        (["--by", "a"], "nothing is violated"),
        (["--by", "a", "--clause", "HR3"], "house/HR3: a person has still to rule on it"),
    ],
)
def test_what_cannot_be_appealed_against_is_refused(
    komainu: Command, held: dict[str, Any], arguments: list[str], message: str
) -> None:
    ran = komainu("review", "appeal", held["id"], *arguments)
    assert (ran.code, message in one_line(ran.err)) == (2, True)
    assert komainu("ledger", "verify", "--json").json["entries"] == 1


def test_what_was_allowed_can_be_appealed_against_by_its_clauses(
    scripted: Callable[..., None], komainu: Command
) -> None:
    scripted(default=0.0)
    allowed = komainu("check", "the soup was lovely", "--json").json
    assert allowed["action"] == "allow"
    assert komainu("review", "appeal", allowed["id"], "--by", "a reader", "--clause", "SR1").code == 0
    done = komainu("review", "rule", allowed["id"], "--violates", "SR1").out
    assert "The appeal is overturned." in done
    assert "The rulings come to BLOCK." in done


def test_the_reasons_are_forgotten_with_the_content(komainu: Command, blocked: dict[str, Any]) -> None:
    komainu("review", "appeal", blocked["id"], "--by", "the author", "--why", "I quoted it")
    komainu("decisions", "forget", blocked["id"], "--yes")
    assert komainu("decisions", "show", blocked["id"], "--json").json["appeals"][0]["why"] == ""
    assert komainu("ledger", "verify").code == 0


def test_a_judge_does_not_decide_an_appeal(komainu: Command, blocked: dict[str, Any]) -> None:
    komainu("review", "appeal", blocked["id"], "--by", "the author")
    ran = komainu("decisions", "rejudge", blocked["id"])
    assert ran.code != 0
    assert "appeal" in ran.err
