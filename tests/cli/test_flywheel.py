"""`komainu learn run`: from rulings of people to a better judge, a step at a time, and back again."""

import fcntl
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line

EMBEDDED = 'policies = ["policies/house"]\nreviewer = "yuki"\n[[stages]]\njudge = "embedded"\n'
NOUNS = ("lamp", "boat", "kettle", "ladder", "carpet", "mirror", "barrel", "saddle", "anchor", "basket")
VERBS = ("paint", "carry", "repair", "borrow", "clean")
ROWS = [
    (text, violates)
    for row, noun in enumerate(NOUNS)
    for column, verb in enumerate(VERBS)
    for text, violates in (
        (f"Please {verb} the {noun} and get followers {NOUNS[row - column]}", True),
        (f"They {verb} a {NOUNS[row - column]} near the garden {noun}", False),
    )
]


@pytest.fixture
def ruled(komainu: Command, here: Path) -> list[dict[str, Any]]:
    """A hundred contents that were held, and ruled on by a person."""
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")
    source = here / "rows.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text, _ in ROWS), "utf-8")
    assert komainu("batch", "rows.jsonl", "--out", "out.jsonl").code == 0
    lines = [json.loads(line) for line in (here / "out.jsonl").read_text("utf-8").splitlines()]
    for line, (_, violates) in zip(lines, ROWS, strict=True):
        kind = ("--violates", "HR1") if violates else ("--clear", "HR1")
        assert komainu("review", "rule", line["decision"], *kind).code == 0
    return lines


def test_a_candidate_goes_through_the_shadow_and_a_canary_to_live_and_back(
    komainu: Command, ruled: list[dict[str, Any]], here: Path
) -> None:
    first = komainu("learn", "run", "--json").json
    assert first["state"] == "shadow"
    compared = next(one for one in first["clauses"] if one["clause"] == "house/HR1")
    assert compared["outcome"] == "better"
    assert compared["candidate_loss"] < compared["live_loss"]
    assert komainu("learn", "status", "--json").json["live"] == ""

    waits = komainu("learn", "run")
    assert "stays in the shadow" in one_line(waits.out), "two hundred contents are needed, and there are a hundred"
    second = komainu("learn", "run", "--shadow-contents", "100", "--canary-share", "0.5", "--json").json
    assert (second["state"], second["judge"]) == ("canary", first["judge"])

    waits = komainu("learn", "run")
    assert "stays a canary" in one_line(waits.out)
    judges = set()
    for text, violates in ROWS[:40]:
        made = komainu("check", text, "--json").json
        judges |= {opinion["judge"] for opinion in made["opinions"]}
        kind = ("--violates", "HR1") if violates else ("--clear", "HR1")
        komainu("review", "rule", made["id"], *kind)
    assert first["judge"] in judges and len(judges) == 2
    third = komainu("learn", "run", "--canary-rulings", "10", "--json").json
    assert (third["state"], third["judge"]) == ("live", first["judge"])
    found = komainu("learn", "status", "--json").json
    assert found["live"] and found["canary"] is None
    assert [step["state"] for step in found["steps"]] == ["shadow", "canary", "live"]
    assert {step["by"] for step in found["steps"]} == {"komainu"}

    back = komainu("learn", "rollback", "--why", "too many alarms")
    assert "what was there before any version is live again" in one_line(back.out)
    after = komainu("check", "Please borrow the lamp", "--json").json
    assert {opinion["judge"] for opinion in after["opinions"]} != {first["judge"]}
    assert komainu("learn", "status", "--json").json["steps"][-1] | {"taken_at": ""} == {
        "subject": f"judge:{first['judge']}",
        "state": "retired",
        "by": "yuki",
        "why": "too many alarms",
        "share": None,
        "taken_at": "",
    }
    assert komainu("ledger", "verify").code == 0
    assert komainu("learn", "rollback", "--why", "again").code == 2
    once_more = komainu("learn", "run", "--json").json
    assert once_more["state"] is None, "what a person took back does not come again by itself"
    assert "was taken back before" in once_more["why"]


def test_a_canary_that_people_contradict_is_taken_back_by_itself(
    komainu: Command, ruled: list[dict[str, Any]], here: Path
) -> None:
    komainu("learn", "run")
    komainu("learn", "run", "--shadow-contents", "100", "--canary-share", "0.5")
    for text, _ in ROWS:
        made = komainu("check", f"{text} again", "--json").json
        judge = made["opinions"][0]["judge"]
        said = next(one["probability"] for one in made["opinions"] if one["clause"] == "house/HR1") >= 0.5
        wrong = judge.count("+") == 2  # the canary: it names what it was fitted to
        kind = "--violates" if said is not wrong else "--clear"
        komainu("review", "rule", made["id"], kind, "HR1")
    found = komainu("learn", "run", "--json").json
    assert found["state"] == "retired"
    assert "the live judge 0 of" in found["why"]
    assert komainu("learn", "status", "--json").json["canary"] is None
    assert not (here / "fits" / "canary").exists()


def test_a_candidate_is_certified_before_it_decides(komainu: Command, ruled: list[dict[str, Any]], here: Path) -> None:
    labels = here / "labels.jsonl"
    lines = [
        {"text": f"{text}, {place}", "clause": "house/HR1", "violates": violates, "source": "team"}
        for place in ("said Tom", "as told")
        for text, violates in ROWS
    ]
    labels.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    komainu("certify", "--labels", "labels.jsonl", "--alpha", "0.1", "--over-block", "0.02")
    judge = komainu("learn", "run", "--json").json["judge"]
    ran = komainu("learn", "run", "--shadow-contents", "100", "--labels", "labels.jsonl")
    assert "Certified on 1 of 1 clauses with labels" in one_line(ran.out)
    found = {one["judge"]: (one["alpha"], one["over_block"]) for one in komainu("certificates", "--all", "--json").json}
    assert found[judge] == (0.1, 0.02), "what was promised before is promised still"


def test_a_person_may_promote_a_candidate_and_fit_on_top_of_it(
    komainu: Command, ruled: list[dict[str, Any]], here: Path
) -> None:
    assert komainu("learn", "promote", "--why", "now").code == 2
    judge = komainu("learn", "run", "--json").json["judge"]
    assert komainu("learn", "promote", "--why", "now", "--by", " ").code == 2
    assert f"{judge} is live" in one_line(komainu("learn", "promote", "--why", "we trust it").out)
    version = komainu("learn", "status", "--json").json["live"]
    assert judge.endswith(version)
    ran = komainu("learn", "fit", "--json").json
    assert ran[0]["file"].startswith("fits/versions/")
    assert komainu("learn", "status", "--json").json["live"] != version


def test_without_labels_there_is_nothing_to_do(komainu: Command, here: Path) -> None:
    policy = here / "policies" / "house" / "policy.md"
    text = policy.read_text("utf-8")
    policy.write_text(text[: text.index("## Examples")], "utf-8")
    (here / "policies" / "house" / "cases.jsonl").unlink()
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")
    ran = komainu("learn", "run")
    assert ran.code == 0
    assert "Nothing to learn from" in one_line(ran.out)
    assert komainu("learn", "status", "--json").json["steps"] == []


def test_one_at_a_time(komainu: Command, here: Path) -> None:
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")
    (here / "fits").mkdir()
    with (here / "fits" / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ran = komainu("learn", "run")
    assert ran.code == 2
    assert "somebody else is teaching the judge" in one_line(ran.err)


def test_only_the_embedded_judge_learns(komainu: Command, here: Path) -> None:
    (here / "komainu.toml").write_text('[[stages]]\njudge = "rules"\n', "utf-8")
    ran = komainu("learn", "run")
    assert ran.code == 2
    assert "expected the embedded judge among the stages" in one_line(ran.err)
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")
    assert komainu("learn", "run", "--canary-share", "0").code == 2


def test_items_that_teach_most_are_named(komainu: Command, here: Path) -> None:
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")
    assert komainu("learn", "next").code == 3
    for text in ("Please paint the lamp", "They carry a mirror", "They carry a mirror!"):
        komainu("check", text)
    found = komainu("learn", "next", "--json").json
    assert len(found) == 2, "of two that nearly repeat each other one is named"
    assert found[0]["unsure"] >= found[1]["unsure"]
    ran = komainu("learn", "next", "--clause", "house/HR1", "--limit", "1")
    assert "house/HR1" in one_line(ran.out)
    assert komainu("learn", "next", "--clause", "house/HR9", "--json").json == []


def test_a_clause_that_was_never_certified_is_not_bound_by_a_candidate(
    komainu: Command, ruled: list[dict[str, Any]], here: Path
) -> None:
    (here / "labels.jsonl").write_text(
        json.dumps({"text": "a boat", "clause": "house/HR1", "violates": False, "source": "team"}), "utf-8"
    )
    komainu("learn", "run")
    ran = komainu("learn", "run", "--shadow-contents", "100", "--labels", "labels.jsonl")
    assert "Not certified: the live judge is not either." in one_line(ran.out)
    assert komainu("certificates", "--json").json == []


def test_versions_that_were_taken_back_do_not_come_back(
    komainu: Command, ruled: list[dict[str, Any]], here: Path
) -> None:
    komainu("learn", "run")
    komainu("learn", "promote", "--why", "we trust it")
    first = komainu("learn", "status", "--json").json["live"]
    komainu("learn", "fit")
    second = komainu("learn", "status", "--json").json["live"]
    assert f"{first} is live again" in one_line(komainu("learn", "rollback", "--why", "no good").out)
    komainu("learn", "rollback", "--why", "no good either")
    assert komainu("learn", "status", "--json").json["live"] == ""
    assert second != first


def test_a_promotion_that_was_cut_off_is_finished_or_taken_back(
    komainu: Command, ruled: list[dict[str, Any]], here: Path
) -> None:
    judge = komainu("learn", "run", "--json").json["judge"]
    (here / "fits" / "live").write_text(judge.rpartition("+")[2], "utf-8")
    back = komainu("learn", "rollback", "--why", "no good")
    assert "what was there before any version is live again" in one_line(back.out)
    assert not (here / "fits" / "live").exists()
