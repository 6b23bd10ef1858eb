"""`komainu review`: from a held decision to its labels."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from komainu.domain import Label
from komainu.store import open_store
from tests.cli.conftest import Command, one_line


def labels() -> tuple[Label, ...]:
    """The labels in komainu.db."""

    async def read() -> tuple[Label, ...]:
        store = await open_store("komainu.db")
        try:
            return await store.labels()
        finally:
            await store.close()

    return asyncio.run(read())


def test_a_held_decision_waits_until_a_person_has_ruled_and_leaves_labels(
    komainu: Command, held: dict[str, Any]
) -> None:
    waiting = komainu("review", "list", "--json").json
    assert [(one["id"], one["open"]) for one in waiting] == [(held["id"], ["house/HR2", "house/HR3"])]
    assert waiting[0]["item"]["text"] == "Ring the harbour office"

    first = komainu("review", "rule", held["id"], "--clear", "HR2", "--note", "not shouted")
    assert first.code == 0
    assert "by tamako is on record: house/HR2 clear." in one_line(first.out)
    assert "Still open: house/HR3." in first.out
    assert "The rulings come to HOLD." in first.out
    assert komainu("review", "list", "--json").json[0]["open"] == ["house/HR3"]

    second = komainu("review", "rule", held["id"][:18], "--violates", "house/HR3", "--reviewer", "inari")
    assert "Nothing is open any more." in second.out
    assert "The rulings come to HOLD." in second.out  # what HR3 does with content that violates it
    assert komainu("review", "list").out == "Nothing waits for a person.\n"
    assert komainu("review", "list", "--json").json == []
    assert [(label.clause, label.violates, label.source, label.policy) for label in labels()] == [
        ("house/HR2", False, "review:tamako", "house@1.0.0"),
        ("house/HR3", True, "review:inari", "house@1.0.0"),
    ]
    assert {label.content for label in labels()} == {held["content"]}
    reviews = komainu("decisions", "show", held["id"], "--json").json["reviews"]
    assert [(review["reviewer"], review["rulings"], review["note"]) for review in reviews] == [
        ("tamako", {"house/HR2": "clear"}, "not shouted"),
        ("inari", {"house/HR3": "violated"}, ""),
    ]
    assert "by tamako: house/HR2 clear: not shouted" in one_line(komainu("decisions", "show", held["id"]).out)
    assert komainu("ledger", "verify", "--json").json["entries"] == 5


def test_all_clear_settles_what_is_open_and_comes_to_allow(komainu: Command, held: dict[str, Any]) -> None:
    ran = komainu("review", "rule", held["id"], "--all-clear")
    assert "The rulings come to ALLOW." in ran.out
    assert {(label.clause, label.violates) for label in labels()} == {("house/HR2", False), ("house/HR3", False)}


def test_the_rest_is_clear_beside_what_is_violated(komainu: Command, held: dict[str, Any]) -> None:
    ran = komainu("review", "rule", held["id"], "--violates", "HR2", "--rest-clear")
    assert "The rulings come to LIMIT." in ran.out
    assert {(label.clause, label.violates) for label in labels()} == {("house/HR2", True), ("house/HR3", False)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--all-clear", "--violates", "HR2"], "--all-clear and --violates contradict each other"),
        (["--clear", "HR2", "--violates", "house/HR2"], "got both for house/HR2"),
        ([], "expected a ruling on at least one clause"),
        (["--clear", "HR1"], "'HR1' is a clause of several policies: write house/HR1 or shop/HR1"),
        (["--clear", "HR7"], "expected a clause that decision"),
        (["--clear", "spam/SP1"], "expected a clause that decision"),
        (["--all-clear", "--reviewer", " "], "expected the name of the reviewer"),
        (["--all-clear", "--policy", "nowhere"], "nowhere: there is no such file or folder"),
    ],
)
def test_what_cannot_be_ruled_is_refused_and_not_recorded(
    komainu: Command, held: dict[str, Any], arguments: list[str], message: str
) -> None:
    ran = komainu("review", "rule", held["id"], *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert labels() == ()
    assert komainu("ledger", "verify", "--json").json["entries"] == 1


def test_all_clear_of_nothing_open_is_refused(komainu: Command, held: dict[str, Any]) -> None:
    komainu("review", "rule", held["id"], "--all-clear")
    ran = komainu("review", "rule", held["id"], "--all-clear")
    assert ran.code == 2
    assert "none waits any more" in ran.err


def test_the_reviewer_comes_from_option_environment_configuration_or_login(
    here: Path, komainu: Command, held: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def rule(*arguments: str) -> str:
        komainu("review", "rule", held["id"], "--clear", "HR2", *arguments)
        return labels()[-1].source

    assert rule() == "review:tamako"
    config = here / "komainu.toml"
    config.write_text('reviewer = "team"\n' + config.read_text("utf-8"), "utf-8")
    assert rule() == "review:team"
    monkeypatch.setenv("KOMAINU_REVIEWER", "inari")
    assert rule() == "review:inari"
    assert rule("--reviewer", "kitsune") == "review:kitsune"


def test_the_list_is_oldest_first_and_says_when_more_wait(scripted: Callable[..., None], komainu: Command) -> None:
    ids = [komainu("check", f"text {number}", "--json").json["id"] for number in range(3)]
    komainu("check", "buy followers")
    shown = komainu("review", "list", "--limit", "2").out
    assert [line[:18] for line in shown.splitlines()[1:3]] == [one[:18] for one in ids[:2]]
    assert "More wait" in shown
    assert "buy followers" not in komainu("review", "list").out
    assert "More wait" not in komainu("review", "list").out


def test_a_reviewer_sees_content_context_policy_text_and_opinions(
    scripted: Callable[..., None], komainu: Command
) -> None:
    scripted({"house/HR1": 0.25, "house/HR2": 0.75}, default=0.0)
    text = "RING MR OAK\nunder 555 0100\x1b[31m"
    decision = komainu("check", "-", "--context", "Who has his number?", "--json", stdin=text.encode()).json
    out = komainu("review", "show", decision["id"]).out
    assert "before:\nWho has his number?\n" in out
    assert "post:\nRING MR OAK\nunder 555 0100\\x1b[31m\n" in out
    shown = one_line(out)
    assert "house/HR1 Trading followers severity 2, block, house@1.0.0" in shown
    assert "Offers followers for money." in shown
    assert "Allowed, HR-A1 Quoting an offer: Quotes an offer in order to warn of it." in shown
    assert "Ambiguity: If an offer is shouted, it is HR1 and HR2." in shown
    assert "scripted@1 p=0.25: as scripted" in shown
    assert "abstained: no exact rule matched" in shown
    assert shown.index("house/HR2 Shouting") < shown.index("house/HR1 Trading")  # the likelier first
    assert "HR3" not in shown
    assert "not word for word" not in shown


def test_a_reviewer_is_told_that_the_policies_have_changed(here: Path, komainu: Command, held: dict[str, Any]) -> None:
    policy = here / "policies" / "house" / "policy.md"
    policy.write_text(policy.read_text("utf-8").replace("in capital letters", "in large letters"), "utf-8")
    shown = one_line(komainu("review", "show", held["id"]).out)
    assert "are not word for word those that the decision was made under (house@1.0.0, shop@2.0.0)" in shown
    assert "Is written in large letters throughout." in shown
    ran = komainu("review", "rule", held["id"], "--violates", "HR2", "--rest-clear")
    assert ran.code == 0
    assert "depends on the policies that the decision was made under" in one_line(ran.out)
    assert len(labels()) == 2


def test_a_reviewer_can_rule_where_no_policies_are_found(here: Path, komainu: Command, held: dict[str, Any]) -> None:
    (here / "policies").rename(here / "moved")
    shown = one_line(komainu("review", "show", held["id"]).out)
    assert "No policies are found here" in shown
    assert "house/HR2 (not in the policies found here)" in shown
    named = one_line(komainu("review", "show", held["id"], "--policy", "moved").out)
    assert "house/HR2 Shouting" in named
    assert "not word for word" not in named
    assert "come to ALLOW" in komainu("review", "rule", held["id"], "--all-clear").out


def test_a_settled_or_forgotten_decision_says_so(komainu: Command, held: dict[str, Any]) -> None:
    komainu("decisions", "forget", held["id"], "--yes")
    assert "The content has been forgotten." in komainu("review", "show", held["id"]).out
    komainu("review", "rule", held["id"], "--all-clear")
    shown = one_line(komainu("review", "show", held["id"]).out)
    assert "Nothing is waiting." in shown
    assert "by tamako: house/HR2, house/HR3 clear" in shown
