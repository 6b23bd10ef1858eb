"""`komainu check`: one text, judged and put on record."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command, one_line

pytestmark = pytest.mark.usefixtures("scripted")

ODD = {
    "empty": "",
    "white space": " \n\t ",
    "NUL": "a\x00b",
    "right to left": "\u202ereversed\u202c שלום",
    "emoji sequence": "👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈",
    "combining marks": "z\u0335\u0321\u0353" * 50,
    "terminal control": "\x1b[31mred\x1b[0m \x07",
    "Rich markup": "[bold]not bold[/bold] [/]",
    "full width": "ｂｕｙ　ｓｏｕｐ",
}


def test_the_json_holds_the_whole_decision_and_what_is_recorded_is_the_same(komainu: Command) -> None:
    printed = komainu("check", "Please buy followers today", "--role", "comment", "--context", "Hi", "--json").json
    assert list(printed)[:7] == ["id", "action", "rulings", "opinions", "rulebook", "policies", "decided_at"]
    assert printed["action"] == "block"
    assert printed["rulings"]["house/HR1"] == "violated"
    assert printed["policies"] == ["house@1.0.0", "shop@2.0.0"]
    verdict = next(one for one in printed["opinions"] if one["clause"] == "house/HR1")
    assert set(verdict) == {"judge", "clause", "probability", "rationale", "evidence", "seconds"}
    assert verdict["evidence"] == [{"start": 7, "end": 20, "text": "buy followers"}]
    abstention = next(one for one in printed["opinions"] if one["clause"] == "house/HR2")
    assert set(abstention) == {"judge", "clause", "abstained", "rationale", "evidence", "seconds"}
    assert abstention["abstained"] == "cannot_say"
    recorded = komainu("decisions", "show", printed["id"], "--json").json
    assert recorded["item"] == {"text": "Please buy followers today", "role": "comment", "context": ["Hi"]}
    assert recorded["reviews"] == recorded["appeals"] == []
    del recorded["item"], recorded["reviews"], recorded["appeals"]
    assert recorded == printed


def test_a_person_sees_the_action_the_clause_and_the_words_that_decided(komainu: Command) -> None:
    ran = komainu("check", "Please buy followers today")
    shown = one_line(ran.out)
    assert ran.code == 0
    assert "BLOCK" in shown
    assert "house/HR1 Trading followers violated rules 1.00" in shown
    assert "“buy followers”" in shown
    assert "1 violated, 4 open, 0 clear" in shown


def test_only_what_is_not_clear_is_shown_unless_asked_for(scripted: Callable[..., None], komainu: Command) -> None:
    scripted({"house/HR2": 0.5}, default=0.0)
    assert "house/HR3" not in komainu("check", "A calm text").out
    assert "house/HR3" in komainu("check", "A calm text", "--all").out


def test_what_every_judge_clears_is_allowed(scripted: Callable[..., None], komainu: Command) -> None:
    scripted(default=0.0)
    assert komainu("check", "The soup was lovely", "--json").json["action"] == "allow"


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_held_recorded_as_it_is_and_cannot_move_the_terminal(komainu: Command, text: str) -> None:
    printed = komainu("check", "-", "--json", stdin=text.encode()).json
    assert printed["action"] == "hold"
    assert komainu("decisions", "show", printed["id"], "--json").json["item"]["text"] == text
    shown = komainu("decisions", "show", printed["id"]).out
    assert not {"\x1b", "\x07", "\x00", "\u202e"} & set(shown)
    assert komainu("ledger", "verify").code == 0


def test_bytes_in_an_argument_that_are_no_text_are_judged_and_kept(process: Command, komainu: Command) -> None:
    ran = process("check", b"caf\xe9 \xff", "--json")
    assert (ran.code, ran.err) == (0, "")
    decision = json.loads(ran.out)
    assert decision["action"] == "hold"
    assert komainu("decisions", "show", decision["id"], "--json").json["item"]["text"] == "caf\udce9 \udcff"
    assert "caf\\udce9" in komainu("decisions", "show", decision["id"]).out


def test_a_lone_surrogate_in_an_argument_prints_escaped(process: Command) -> None:
    ran = process("check", b"\xed\xa0\x80 buy followers", "--all")
    assert ran.code == 0
    assert "BLOCK" in ran.out


def test_standard_input_that_is_no_text_is_refused(process: Command) -> None:
    ran = process("check", "-", stdin=b"ok \xff\x00\x9f")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "komainu: standard input: expected UTF-8 text; byte 3 is none\n"


def test_json_is_utf8_whatever_the_terminal_says(process: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    decision = json.loads(process("check", "スープ🍲 buy followers", "--json").out)
    recorded = json.loads(process("decisions", "show", decision["id"], "--json").out)
    assert recorded["item"]["text"] == "スープ🍲 buy followers"
    shown = process("check", "スープ🍲")
    assert shown.code == 0
    assert "\\u30b9" in shown.out


def test_a_megabyte_is_judged(komainu: Command) -> None:
    text = "The soup was lovely. " * 50_000 + "buy followers"
    printed = komainu("check", "-", "--json", stdin=text.encode()).json
    assert printed["action"] in {"block", "hold"}
    assert len(printed["rulings"]) == 5
    assert "…" in komainu("check", "-", stdin=text.encode()).out


@pytest.mark.slow
def test_fifty_megabytes_are_held_within_a_minute(process: Command) -> None:
    ran = process("check", "-", "--json", stdin=b"The soup was lovely. " * 2_400_000, timeout_seconds=60)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["action"] == "hold"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--role", "poem"], "expected a role (post, comment, message, listing, review, profile, prompt, response, "),
        (["--policy", "nowhere"], "nowhere: there is no such file or folder"),
        (["--config", "nowhere.toml"], "nowhere.toml: expected a configuration file; there is none"),
        (["--store", "mysql://here"], "expected a path, sqlite:///path or postgresql://"),
    ],
)
def test_what_cannot_be_used_is_named(komainu: Command, arguments: list[str], message: str) -> None:
    ran = komainu("check", "hello", *arguments)
    assert ran.code == (3 if "--store" in arguments else 2)
    assert ran.out == ""
    assert message in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("store = ", "komainu.toml: expected a TOML file"),
        ("stor = 'x.db'", "komainu.toml: stor: Extra inputs are not permitted (did you mean 'store'?)"),
        ("stages = []", "komainu.toml: stages: "),
        ("[[stages]]\njudge = 'rules'\nclear_below = 0.9\nviolated_from = 0.1", "0 <= clear_below <= violated_from"),
        ("[[stages]]\njudge = 'rules'\ntimeout_seconds = 0", "stages.0.timeout_seconds"),
        ("[[stages]]\njudge = 'oracle'", "expected an installed judge"),
        ("[[stages]]\njudge = 'rules'\noptions = {colour = 1}", "judge 'rules' has no option 'colour' (it takes none)"),
        (
            "[[stages]]\njudge = 'safeguard'\noptions = {modle = 'x', url = 'http://127.0.0.1:9/v1'}",
            "did you mean 'model'",
        ),
        ("[[stages]]\njudge = 'safeguard'", "judge 'safeguard' needs 'url' in [stages.options]"),
    ],
)
def test_a_broken_configuration_is_named_and_nothing_is_judged(
    here: Path, komainu: Command, text: str, message: str
) -> None:
    (here / "komainu.toml").write_text(text, "utf-8")
    ran = komainu("check", "hello")
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_a_configuration_that_is_no_text_is_named(here: Path, komainu: Command) -> None:
    (here / "komainu.toml").write_bytes(b"store = '\xff'")
    ran = komainu("check", "hello")
    assert ran.code == 2
    assert "komainu.toml: expected a TOML file" in ran.err


def test_a_judge_that_fails_holds_the_content_and_says_so(here: Path, komainu: Command) -> None:
    (here / "script.json").write_text('{"default": {"raise": "out of memory"}}', "utf-8")
    (here / "komainu.toml").write_text(
        'policies = ["policies"]\n[[stages]]\njudge = "scripted"\noptions = {script = "script.json"}\n', "utf-8"
    )
    ran = komainu("check", "hello")
    assert ran.code == 0
    assert "HOLD" in ran.out
    assert "abstained: komainu.errors.JudgeError: out of memory" in one_line(ran.out)


def test_a_broken_policy_is_shown_with_a_caret(here: Path, komainu: Command) -> None:
    policy = here / "policies" / "house" / "policy.md"
    policy.write_text(policy.read_text("utf-8").replace("{severity=1}", "{severity=9}"), "utf-8")
    ran = komainu("check", "hello")
    assert ran.code == 2
    assert "policies/house/policy.md:" in ran.err
    assert "### HR2 Shouting {severity=9}" in ran.err
    assert ran.err.rstrip().endswith("^")


def test_a_record_that_cannot_be_kept_is_exit_code_3(here: Path, process: Command) -> None:
    (here / "folder.db").mkdir()
    ran = process("check", "hello", "--store", "folder.db")
    assert ran.code == 3
    assert ran.err.startswith("komainu: ")
    assert "Traceback" not in ran.err


def test_the_environment_names_configuration_and_store(
    here: Path, komainu: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "komainu.toml").rename(here / "other.toml")
    monkeypatch.setenv("KOMAINU_CONFIG", "other.toml")
    monkeypatch.setenv("KOMAINU_STORE", "elsewhere.db")
    assert komainu("check", "hello", "--json").json["policies"] == ["house@1.0.0", "shop@2.0.0"]
    assert (here / "elsewhere.db").exists()
    assert not (here / "komainu.db").exists()


def test_a_clause_keeps_what_its_own_thresholds_do_not_say(here: Path, komainu: Command) -> None:
    stage = '[[stages]]\njudge = "scripted"\nclear_below = 0\n[stages.options]\ndefault = 0.0\n'
    own = '[stages.clauses."house/HR1"]\nviolated_from = 0.9\n'
    (here / "komainu.toml").write_text(f'policies = ["policies/house"]\n{stage}{own}')
    assert komainu("check", "hello there", "--json").json["action"] == "hold"


def test_a_judge_that_failed_is_shown_though_a_later_one_would_clear(here: Path, komainu: Command) -> None:
    broken = '[[stages]]\njudge = "scripted"\n[stages.options]\nscript = "broken.json"\n'
    clearing = '[[stages]]\njudge = "scripted"\n[stages.options]\ndefault = 0.0\n'
    (here / "broken.json").write_text('{"opinions": {"house/HR1": {"raise": "out of memory"}}}')
    (here / "komainu.toml").write_text(f'policies = ["policies/house"]\n{broken}{clearing}')
    ran = komainu("check", "hello there")
    assert "HOLD" in ran.out
    assert "out of memory" in ran.out
