"""The reasoner behind the commands: over real HTTP, in the form a user types."""

import json
from pathlib import Path

import pytest

from komainu.apps.settings import Reasoner, load_settings, with_reasoner
from komainu.errors import SettingsError
from tests.cli.conftest import Command
from tests.cli.serving import POLICY, Serve, spam
from tests.models.fault_server import FAULTS, MODEL


def test_check_asks_the_reasoner_and_shows_its_reasons(komainu: Command, serving: Serve) -> None:
    server = serving(spam)
    done = komainu("check", "lovely followers here", "--policy", POLICY, "--reasoner", server.url, "--json")
    assert done.code == 0, done.out
    found = json.loads(done.out)
    assert found["rulings"]["house/HR1"] == "violated"
    said = next(one for one in found["opinions"] if one["clause"] == "house/HR1" and "safeguard" in one["judge"])
    assert said["evidence"][0]["text"] == "followers"
    assert said["remedy"] == "Leave it out."
    assert found["calls"][0]["model"] == MODEL
    assert found["calls"][0]["tokens"] == {"in": 100, "cached": 64, "reasoning": 9, "out": 20}
    shown = komainu("decisions", "show", found["id"], "--json")
    assert json.loads(shown.out)["calls"] == found["calls"]


@pytest.mark.parametrize("name", ["hangs up", "500", "null and stop", "garbage", "other model", "budget", "401"])
def test_check_prints_a_decision_whatever_the_server_does(komainu: Command, serving: Serve, name: str) -> None:
    server = serving(FAULTS[name][0])
    done = komainu("check", "hello there", "--policy", POLICY, "--reasoner", server.url, "--model", MODEL, "--json")
    assert done.code == 0, done.out
    found = json.loads(done.out)
    assert found["action"] == "hold"
    assert "clear" not in found["rulings"].values()
    assert {one["outcome"] for one in found["calls"]} & {FAULTS[name][1]}


def test_a_server_that_is_not_there_holds(komainu: Command) -> None:
    done = komainu("check", "hello there", "--policy", POLICY, "--reasoner", "http://127.0.0.1:9/v1")
    assert done.code == 0, done.out
    assert "HOLD" in done.out


def test_a_batch_says_on_each_line_that_the_reasoner_failed(komainu: Command, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "hello there"}\n')
    asked = ("--policy", POLICY, "--reasoner", "http://127.0.0.1:9/v1", "--model", MODEL)
    assert komainu("batch", str(tmp_path / "rows.jsonl"), "--out", str(tmp_path / "out.jsonl"), *asked).code == 0
    line = json.loads((tmp_path / "out.jsonl").read_text())
    assert line["why"].startswith("not judged: expected a server at http://127.0.0.1:9/v1")


def test_retries_say_nothing_beside_the_decision(process: Command) -> None:
    asked = ("--policy", POLICY, "--reasoner", "http://127.0.0.1:9/v1", "--model", MODEL, "--json")
    done = process("check", "hello there", *asked)
    assert done.code == 0
    assert [call["outcome"] for call in done.json["calls"]] == ["unreachable"] * 3
    assert done.err == ""


def test_usage_sums_what_decisions_took(komainu: Command, serving: Serve, tmp_path: Path) -> None:
    server = serving(spam)
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"text": f"text {number} of followers"}) + "\n" for number in range(5)))
    out = tmp_path / "out.jsonl"
    done = komainu(
        "batch", str(rows), "--out", str(out), "--policy", POLICY, "--reasoner", server.url, "--model", MODEL
    )
    assert done.code == 0, done.out
    found = json.loads(komainu("usage", "--json").out)
    assert found["decisions"] == 5
    assert found["outcomes"] == {"answered": 5}
    assert found["calls"]["calls"] == 5
    assert found["policies"]["house"]["tokens_in"] == 500
    assert found["calls"]["tokens_cached"] == 320
    shares = {one["judge"].split("@")[0]: one["asked"] for one in found["judges"]}
    assert shares == {"rules": 5, "embedded": 5, "safeguard": 5}
    shown = komainu("usage")
    assert "safeguard@" in shown.out
    assert "5 answered" in shown.out


def test_a_policy_is_tested_with_the_reasoner(komainu: Command, serving: Serve) -> None:
    server = serving(spam)
    done = komainu("policy", "test", POLICY, "--reasoner", server.url, "--model", MODEL, "--effort", "low", "--json")
    found = json.loads(done.out)
    assert found["policies"][0]["cases"] == 4
    assert found["passed"]
    assert sum(clause["held"] for clause in found["policies"][0]["clauses"]) == 0


def test_a_policy_test_in_which_a_judge_failed_is_not_passed(komainu: Command) -> None:
    asked = ("policy", "test", POLICY, "--reasoner", "http://127.0.0.1:9/v1", "--model", MODEL)
    done = komainu(*asked)
    assert done.code == 1
    assert "not tested: a judge failed on 11 of 12 pairs" in done.out
    found = komainu(*asked, "--json").json
    assert not found["passed"]
    assert [clause["failed"] for clause in found["policies"][0]["clauses"]] == [3, 4, 4]


def test_the_prompt_can_be_read(komainu: Command) -> None:
    done = komainu("policy", "render", POLICY, "--text", "some text")
    assert done.code == 0
    assert "some text" in done.out
    assert "about" in done.err
    assert komainu("policy", "render", POLICY, "--form", "poem").code == 2
    assert komainu("policy", "render", POLICY, "policies/shop", "--form", "yes_no").code == 2


def test_a_configured_reasoner_takes_its_key_from_the_variable_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "komainu.toml"
    file.write_text(
        '[[stages]]\njudge = "safeguard"\n[stages.options]\nurl = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
        'api_key_env = "MY_KEY"\n'
    )
    stage = load_settings(file, environment={"MY_KEY": "secret"}).stages[0]
    assert stage.options["api_key"] == "secret"
    assert (stage.clear_below, stage.violated_from, stage.timeout_seconds) == (0.3, 0.7, 120.0)
    with pytest.raises(SettingsError, match="MY_KEY"):
        load_settings(file, environment={})
    named = with_reasoner(load_settings(file, environment={"MY_KEY": "x"}), Reasoner(effort="high"), environment={})
    assert [stage.options["effort"] for stage in named.stages] == ["high"]


def test_an_effort_without_a_reasoner_is_an_error(komainu: Command) -> None:
    done = komainu("check", "hello", "--effort", "high")
    assert done.code == 2
    assert "--reasoner" in done.err


def test_verdicts_are_probed_on_request(komainu: Command, serving: Serve) -> None:
    server = serving(spam)
    asked = ("check", "lovely followers here", "--policy", POLICY, "--reasoner", server.url, "--probe")
    found = komainu(*asked, "--json").json
    assert {call.get("purpose") for call in found["calls"]} == {None, "counterfactual", "rederivation", "repeat"}
    shown = komainu(*asked)
    assert "probe counterfactual: stood" in shown.out
    assert "probe repeat: stood" in shown.out
    assert "probe rederivation: rederivation_differs:HR1" in shown.out  # this server reads no reasons
    use = komainu("usage", "--json").json
    assert use["probes"]["rederivation"] == {"calls": 2, "findings": 2, "unanswered": 0}
    assert "probe rederivation: 2 calls, 2 clauses did not stand it" in komainu("usage").out
    without = komainu("check", "hello", "--policy", POLICY, "--probe")
    assert without.code == 2
    assert "--reasoner" in without.err
