"""`komainu policy simulate`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import HOUSE, Command, one_line

TEXTS = ("Buy followers here", "buy followers now", "The soup was lovely", "See the boats", "Ring the office")


@pytest.fixture
def judged(here: Path, scripted: Callable[..., None], komainu: Command) -> Path:
    """Five decisions on record, two of which violate house/HR1 by its phrase; and the policy without that phrase."""
    scripted({"house/HR2": 0.4}, default=0.001)
    for text in TEXTS:
        assert komainu("check", text).code == 0
    changed = here / "changed"
    changed.mkdir()
    weaker = HOUSE.replace('["buy followers"]', '["buy votes"]').replace("1.0.0", "1.0.1")
    (changed / "policy.md").write_text(weaker, "utf-8")
    return changed


def test_what_flips_is_shown_with_what_is_done_and_what_that_takes(judged: Path, komainu: Command) -> None:
    ran = komainu("policy", "simulate", "changed")
    shown = one_line(ran.out)
    assert ran.code == 0
    assert "house@1.0.0 → house@1.0.1 5 decisions, 5 judged again" in shown
    # Not on the two that exact rules blocked: there, the other judge was never asked.
    assert "on 3 the record stands for the old version" in shown
    assert "Some ruling flips on 40.00% of decisions." in shown
    assert "house/HR1 40.00% violated → clear 40.00%" in shown
    assert "house/HR2 ~ 0.00%" in shown
    assert "“Buy followers here”" in shown
    assert 'before: matches the phrase "buy followers"' in shown
    assert "review of all 5 at 30 s each: 0.0 h before" in shown


def test_programs_get_the_same(judged: Path, komainu: Command) -> None:
    (found,) = komainu("policy", "simulate", "changed", "--json", "--seconds-per-item", "3600").json["policies"]
    assert (found["units"], found["judged"], found["recorded"], found["not_judged"]) == (5, 5, 3, 0)
    assert found["flipped"] == {"value": 0.4, "n": 5, "positives": 2, "low": 0.4, "high": 0.4}
    assert [one["clause"] for one in found["clauses"] if one["touched"]] == ["house/HR1"]
    assert found["clauses"][0]["moves"][0]["after"] == "clear"
    assert {flip["text"] for flip in found["clauses"][0]["flips"]} == set(TEXTS[:2])
    assert [found["queue_hours"][side]["value"] for side in ("before", "after")] == [3.0, 5.0]


@pytest.mark.parametrize(("limit", "code"), [("0.3", 1), ("0.4", 0), ("0.5", 0)])
def test_a_limit_on_flips_is_told_by_the_exit_code(judged: Path, komainu: Command, limit: str, code: int) -> None:
    assert komainu("policy", "simulate", "changed", "--fail-over", limit).code == code


def test_a_judge_that_fails_passes_no_limit(here: Path, judged: Path, komainu: Command) -> None:
    (here / "script.json").write_text('{"default": "timed_out"}', "utf-8")
    stage = '[[stages]]\njudge = "scripted"\n[stages.options]\nscript = "script.json"\n'
    (here / "komainu.toml").write_text(f'policies = ["policies"]\n{stage}', "utf-8")
    ran = komainu("policy", "simulate", "changed", "--fail-over", "0.9")
    assert ran.code == 1
    assert "on 5 decisions a judge failed" in ran.out


def test_rows_of_a_file_are_history_too(here: Path, judged: Path, komainu: Command) -> None:
    rows = [*({"text": text} for text in TEXTS[:3]), {"text": 5}, {"text": "hello", "role": "comment"}]
    (here / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    ran = komainu("policy", "simulate", "changed", "--over", "rows.jsonl", "--json")
    (found,) = ran.json["policies"]
    assert (found["units"], found["recorded"], found["flipped"]["value"]) == (4, 0, 0.5)
    assert {one["ruling"]: one["members"] for one in found["strata"]} == {"post": 3, "comment": 1}
    assert "1 rows cannot be judged and are left out" in ran.err
    assert komainu("policy", "simulate", "changed", "--over", "rows.jsonl", "--since", "2026-01-01").code == 2


def test_the_version_before_may_be_named(here: Path, judged: Path, komainu: Command) -> None:
    renamed = HOUSE.replace("id: house", "id: home")
    (here / "changed" / "policy.md").write_text(renamed, "utf-8")
    ran = komainu("policy", "simulate", "changed")
    assert ran.code == 2
    assert "expected an older version of home in the configuration; there is none: name it with --against" in ran.err
    (found,) = komainu("policy", "simulate", "changed", "--against", "policies/house", "--json").json["policies"]
    assert (found["units"], found["flipped"]["value"]) == (5, 0.0)


def test_nothing_is_judged_where_both_say_the_same(judged: Path, komainu: Command) -> None:
    ran = komainu("policy", "simulate", "policies/house")
    assert (ran.code, ran.out) == (0, "No difference in what they say: nothing to judge.\n")
    assert komainu("policy", "simulate", "policies", "--json").json == {"policies": []}


def test_nothing_goes_on_record(judged: Path, komainu: Command) -> None:
    before = komainu("ledger", "head").out
    komainu("policy", "simulate", "changed", "--afresh")
    assert komainu("ledger", "head").out == before


def test_without_a_record_none_is_made(here: Path, judged: Path, komainu: Command) -> None:
    ran = komainu("policy", "simulate", "changed", "--store", "typo.db")
    assert ran.code == 3
    assert not (here / "typo.db").exists()


def test_with_a_control_the_limit_is_about_what_is_beyond_chance(judged: Path, komainu: Command) -> None:
    ran = komainu("policy", "simulate", "changed", "--control", "--fail-over", "0.3")
    shown = one_line(ran.out)
    assert ran.code == 1
    assert "in other words, which mean the same, flips 0.00%: chance. Beyond it: +40.00%." in shown
