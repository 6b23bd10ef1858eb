"""`komainu review next`, `release`, `queues` and `list`: people share the work."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line

SECOND = "[review]\nsecond_opinion_from = 3\nlease_minutes = 5\n"


@pytest.fixture
def configured(here: Path, held: dict[str, Any]) -> Callable[[str], None]:
    """Adds to komainu.toml; house/HR2 (severity 1) and house/HR3 (severity 3) of one decision wait."""

    def add(more: str) -> None:
        config = here / "komainu.toml"
        config.write_text(f"{config.read_text('utf-8')}\n{more}", "utf-8")

    return add


def test_one_takes_an_item_sees_it_and_nobody_else_gets_it(komainu: Command, held: dict[str, Any]) -> None:
    shown = one_line(komainu("review", "next").out)
    assert shown.startswith("Yours until 20")
    assert "queue default, severity 3, waits for: first ruling." in shown
    assert "post: Ring the harbour office" in shown
    assert "house/HR3 Private numbers" in shown
    assert one_line(komainu("review", "next").out).startswith("Still yours until 20")
    other = komainu("review", "next", "--reviewer", "inari")
    assert (other.code, one_line(other.out)) == (
        1,
        "Nothing waits for you. Passed over: 1 item (somebody works on it).",
    )
    refused = komainu("review", "rule", held["id"], "--all-clear", "--reviewer", "inari")
    assert refused.code == 2
    assert f"tamako works on decision {held['id']} until 20" in one_line(refused.err)
    (listed,) = komainu("review", "list", "--json").json
    assert listed["claim"]["reviewer"] == "tamako"
    assert "first ruling tamako " in one_line(komainu("review", "list").out)
    assert komainu("review", "rule", held["id"], "--all-clear").code == 0
    nothing = komainu("review", "next", "--json")
    assert (nothing.code, json.loads(nothing.out)) == (1, {"case": None, "renewed": False, "passed_over": {}})


def test_what_is_given_back_is_there_for_others(komainu: Command, held: dict[str, Any]) -> None:
    taken = komainu("review", "next", "--json").json
    assert (taken["case"]["id"], taken["case"]["waiting"]) == (held["id"], ["house/HR2", "house/HR3"])
    assert "is back in the queue" in komainu("review", "release", held["id"][:18]).out
    again = komainu("review", "release", held["id"])
    assert (again.code, "expected a decision that tamako holds" in again.err) == (2, True)
    assert komainu("review", "next", "--reviewer", "inari", "--json").json["case"]["id"] == held["id"]


def test_a_second_person_is_asked_and_does_not_see_what_the_first_said(
    komainu: Command, held: dict[str, Any], configured: Callable[[str], None]
) -> None:
    configured(SECOND)
    first = one_line(komainu("review", "rule", held["id"], "--violates", "HR3", "--clear", "HR2", "--note", "Oak").out)
    assert "Waiting for somebody else's word: house/HR3." in first
    assert "Still open: house/HR3." in first
    (listed,) = komainu("review", "list", "--json").json
    assert (listed["why"], listed["waiting"], listed["open"]) == ("second opinion", ["house/HR3"], ["house/HR3"])
    own = komainu("review", "next")
    assert (own.code, "it waits for somebody else's word" in own.out) == (1, True)
    shown = one_line(komainu("review", "next", "--reviewer", "inari").out)
    assert "by tamako: house/HR2 clear, 1 ruling kept back until it is settled" in shown
    assert "Oak" not in shown
    assert "violated" not in shown
    second = one_line(komainu("review", "rule", held["id"], "--rest-clear", "--reviewer", "inari").out)
    assert "Waiting for somebody else's word: house/HR3." in second
    assert komainu("review", "list", "--json").json[0]["why"] == "disagreement"
    third = komainu("review", "rule", held["id"], "--violates", "HR3", "--reviewer", "mochi").out
    assert "Nothing is open any more." in third
    assert "The rulings come to HOLD." in third
    assert komainu("review", "list", "--json").json == []
    assert "by tamako: house/HR3 violated, house/HR2 clear: Oak" in one_line(komainu("review", "show", held["id"]).out)
    assert komainu("ledger", "verify").code == 0


def test_queues_show_what_waits_and_who_may_work_there(
    komainu: Command, held: dict[str, Any], configured: Callable[[str], None]
) -> None:
    configured(
        '[[queues]]\nname = "severe"\nseverity_from = 3\nskills = ["trained"]\n'
        '[[queues]]\nname = "shop"\npolicies = ["shop"]\n'
        '[[reviewers]]\nname = "tamako"\nskills = ["trained"]\n[[reviewers]]\nname = "inari"\n'
    )
    komainu("review", "next")
    queues = {queue["name"]: queue for queue in komainu("review", "queues", "--json").json}
    assert list(queues) == ["severe", "shop", "default"]
    assert queues["severe"].pop("oldest_seconds") >= 0
    assert queues["severe"] == {
        "name": "severe",
        "waiting": 1,
        "claimed": 1,
        "severest": 3,
        "reviewers": ["tamako"],
    }
    assert (queues["shop"]["waiting"], queues["shop"]["oldest_seconds"]) == (0, None)
    assert "severe 1 1 3" in one_line(komainu("review", "queues").out)
    assert komainu("review", "list", "--queue", "shop", "--json").json == []
    assert len(komainu("review", "list", "--queue", "severe", "--json").json) == 1
    assert komainu("review", "next", "--reviewer", "inari").code == 1
    for arguments in (["next"], ["rule", held["id"], "--all-clear"]):
        ran = komainu("review", *arguments, "--reviewer", "kitsune")
        assert (ran.code, "expected one of the reviewers of the configuration (tamako, inari)" in ran.err) == (2, True)
    for command in ("next", "list"):
        ran = komainu("review", command, "--queue", "sever")
        assert (ran.code, "expected a queue (severe, shop, default); got 'sever'" in ran.err) == (2, True)


def test_a_queue_that_nobody_can_work_in_is_pointed_out(komainu: Command, configured: Callable[[str], None]) -> None:
    configured('[[queues]]\nname = "severe"\nskills = ["trained"]\n[[reviewers]]\nname = "inari"\n')
    assert "nobody: no reviewer has the skills" in one_line(komainu("review", "queues").out)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[review]\nlease_minutes = 0\n", "review.lease_minutes: Input should be greater than 0"),
        ("[review]\nsecond_opinion_from = 5\n", "review.second_opinion_from: Input should be less than or equal to 4"),
        ("[review]\nsecond_opinion = 3\n", "did you mean 'second_opinion_from'?"),
        ('[[queues]]\nname = "default"\n', "the queue 'default' is there by itself"),
        ('[[queues]]\nname = "a"\n[[queues]]\nname = "a"\n', "given twice: a"),
        ('[[queues]]\nname = " "\n', "queues.0.name"),
        ('[[reviewers]]\nname = "a"\nlimits = {5 = 1}\n', "reviewers.0.limits.5"),
        (
            '[[queues]]\nname = "q"\nreviewers = ["b"]\n[[reviewers]]\nname = "a"\n',
            "queue 'q': expected reviewers of the configuration; got b",
        ),
    ],
)
def test_a_wrong_configuration_is_refused(
    komainu: Command, configured: Callable[[str], None], more: str, message: str
) -> None:
    configured(more)
    ran = komainu("review", "queues")
    assert ran.code == 2
    assert message in one_line(ran.err)


def test_limits_are_read_by_severity(komainu: Command, configured: Callable[[str], None]) -> None:
    configured('[[reviewers]]\nname = "tamako"\nlimits = {3 = 0}\n')
    ran = komainu("review", "next")
    assert ran.code == 1
    assert "the limit of 0 of severity 3 or more in 24 hours is reached" in one_line(ran.out)
