"""`komainu learn calibrate`: the reasoner is asked about what is labelled, and is as sure as it was right."""

import json
import logging
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Command, one_line
from tests.cli.serving import POLICY, Serve, spam
from tests.models.fault_server import FAULTS, MODEL, FaultServer


def asking(server: FaultServer) -> tuple[str, ...]:
    return ("--policy", POLICY, "--reasoner", server.url, "--model", MODEL)


def labelled(here: Path) -> None:
    """Sixty cases: the judge finds half of them, every second of these rightly, and clears the rest rightly."""
    found = [(f"{n} followers, my dear", ["HR1"] if n % 2 == 0 else []) for n in range(30)]
    fine: list[tuple[str, list[str]]] = [(f"{n} boats", []) for n in range(30)]
    cases = [
        {"id": f"c{n}", "text": text, "role": "post", "violates": violates, "why": "."}
        for n, (text, violates) in enumerate(found + fine)
    ]
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    (here / POLICY / "cases.jsonl").write_text(lines, "utf-8")


def test_a_reasoner_that_is_wrong_half_the_time_settles_no_violation_any_more(
    komainu: Command, serving: Serve, here: Path
) -> None:
    server = serving(spam)
    labelled(here)
    before = komainu("check", "lovely followers here", *asking(server), "--json").json
    assert before["rulings"]["house/HR1"] == "violated"
    (found,) = komainu("learn", "calibrate", *asking(server), "--json").json
    assert found["policy"] == "house@1.0.0"
    assert (found["contents"], found["labels"], found["violating"], found["unanswered"]) == (60, 180, 15, 0)
    assert found["loss_after"] < found["loss_before"]
    assert re.fullmatch(r"fits/house\.[0-9a-f]{8}\.reasoner\.json", found["file"])
    after = komainu("check", "lovely followers here", *asking(server), "--json").json
    assert after["rulings"]["house/HR1"] == "open"
    said = next(one for one in after["opinions"] if one["clause"] == "house/HR1" and "safeguard" in one["judge"])
    assert said["probability"] == pytest.approx(0.5, abs=0.1)
    assert said["judge"] not in {one["judge"] for one in before["opinions"]}
    fine = komainu("check", "other boats", *asking(server), "--json").json
    assert fine["action"] == "allow"
    again = komainu("learn", "calibrate", *asking(server), "--json").json
    assert (again[0]["slope"], again[0]["shift"]) == pytest.approx((found["slope"], found["shift"]))


def test_the_table_says_what_was_learnt(komainu: Command, serving: Serve, here: Path) -> None:
    server = serving(spam)
    labelled(here)
    ran = komainu("learn", "calibrate", *asking(server), "--most", "40")
    assert ran.code == 0
    said = one_line(ran.out)
    assert "house@1.0.0 40 contents asked about" in said
    assert "kept in fits/house." in said
    assert "flatters the reasoner" in said


def test_too_few_labels_leave_it_as_it_is(komainu: Command, serving: Serve, here: Path) -> None:
    ran = komainu("learn", "calibrate", *asking(serving(spam)))
    assert ran.code == 0
    assert "not calibrated: needs 40 answers" in one_line(ran.out)
    assert not (here / "fits").exists()


def test_what_is_not_answered_teaches_nothing(komainu: Command, serving: Serve, here: Path) -> None:
    labelled(here)
    server = serving(FAULTS["garbage"][0])
    (found,) = komainu("learn", "calibrate", *asking(server), "--most", "5", "--json").json
    assert (found["labels"], found["unanswered"], found["file"]) == (0, 15, None)


def test_examples_of_the_prompt_are_no_labels(komainu: Command, serving: Serve, here: Path) -> None:
    case = {"id": "x", "text": "The soup was lovely", "role": "post", "violates": [], "why": "In the prompt."}
    (here / POLICY / "cases.jsonl").write_text(json.dumps(case) + "\n", "utf-8")
    (found,) = komainu("learn", "calibrate", *asking(serving(spam)), "--json").json
    assert found["contents"] == 0


def test_a_calibration_is_for_one_judge_and_says_so_to_another(
    komainu: Command, serving: Serve, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = serving(spam)
    labelled(here)
    komainu("learn", "calibrate", *asking(server))
    with caplog.at_level(logging.WARNING):
        other = komainu("check", "lovely followers", *asking(server), "--effort", "high", "--json").json
    assert other["rulings"]["house/HR1"] == "violated"
    assert "was made for safeguard@" in caplog.text
    (file,) = (here / "fits").glob("house.*.reasoner.json")
    komainu("learn", "calibrate", *asking(server), "--effort", "high")
    assert len(list((here / "fits").glob("house.*.reasoner.json"))) == 2
    caplog.clear()
    both = komainu("check", "lovely followers", *asking(server), "--effort", "high", "--json").json
    assert both["rulings"]["house/HR1"] == "open"
    assert caplog.text == ""
    file.write_text("{}", "utf-8")
    damaged = komainu("check", "lovely followers", *asking(server))
    assert damaged.code == 2
    assert "learn calibrate" in damaged.err


def test_a_policy_that_was_edited_since_is_named(
    komainu: Command, serving: Serve, here: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = serving(spam)
    labelled(here)
    komainu("learn", "calibrate", *asking(server))
    file = here / POLICY / "policy.md"
    file.write_text(file.read_text("utf-8").replace("1.0.0", "1.1.0"), "utf-8")
    komainu("check", "lovely followers", *asking(server))
    assert "what was learnt under house@1.0.0 is used for house@1.1.0" in caplog.text


def test_what_was_learnt_before_is_named_where_nothing_is_learnt_now(
    komainu: Command, serving: Serve, here: Path
) -> None:
    server = serving(spam)
    labelled(here)
    komainu("learn", "calibrate", *asking(server))
    (here / POLICY / "cases.jsonl").write_text("", "utf-8")
    ran = komainu("learn", "calibrate", *asking(server))
    assert "is used still" in one_line(ran.out)


def test_it_is_kept_where_the_reasoner_looks_for_it(komainu: Command, serving: Serve, here: Path) -> None:
    server = serving(spam)
    labelled(here)
    config = (
        f'[[stages]]\njudge = "safeguard"\n[stages.options]\nurl = "{server.url}"\nmodel = "{MODEL}"\nfits = "other"\n'
    )
    (here / "komainu.toml").write_text(config, "utf-8")
    komainu("learn", "calibrate", "--policy", POLICY)
    assert len(list((here / "other").glob("house.*.reasoner.json"))) == 1
    after = komainu("check", "lovely followers", "--policy", POLICY, "--json").json
    assert after["rulings"]["house/HR1"] == "open"
    (here / "komainu.toml").write_text(config + "policies_per_call = 4\n", "utf-8")
    together = komainu("learn", "calibrate", "--policy", POLICY)
    assert together.code == 2
    assert "policies_per_call" in together.err


@pytest.mark.parametrize("thresholds", ["clear_below = 0.6", "violated_from = 0.5", "clear_below = 0.55"])
def test_a_half_settles_nothing(komainu: Command, here: Path, thresholds: str) -> None:
    (here / "komainu.toml").write_text(
        f'[[stages]]\njudge = "safeguard"\n{thresholds}\nviolated_from = 0.7\n'.replace(
            "violated_from = 0.7\n", "" if "violated" in thresholds else "violated_from = 0.7\n"
        )
        + '[stages.options]\nurl = "http://127.0.0.1:9/v1"\n',
        "utf-8",
    )
    ran = komainu("check", "x", "--policy", POLICY)
    assert ran.code == 2
    assert "neither a yes nor a no" in ran.err


def test_there_must_be_a_reasoner(komainu: Command) -> None:
    ran = komainu("learn", "calibrate", "--policy", POLICY)
    assert ran.code == 2
    assert "--reasoner" in ran.err
