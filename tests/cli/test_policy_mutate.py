"""`komainu policy mutate`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import CASES, Command, one_line


def write(here: Path, *more: dict[str, object]) -> None:
    lines = "".join(f"{json.dumps(case)}\n" for case in (*CASES, *more))
    (here / "policies" / "house" / "cases.jsonl").write_text(lines, "utf-8")


def test_the_labels_alone_name_what_is_untested(komainu: Command) -> None:
    ran = komainu("policy", "mutate", "policies/house", "--no-judge")
    shown = one_line(ran.out)
    assert ran.code == 0
    assert "house@1.0.0 4 cases, " in shown
    assert ["negate", "3", "3", "of", "3", "(100.0%)", "3"] in [line.split() for line in ran.out.splitlines()]
    assert "untested HR-A1 drop" in shown
    assert "by the judge" not in shown


def test_strictly_what_is_untested_is_a_failure(komainu: Command) -> None:
    assert komainu("policy", "mutate", "policies/house", "--no-judge", "--strict").code == 1


def test_a_case_for_each_part_passes_strictly(here: Path, komainu: Command) -> None:
    why = "Quotes an offer of followers for money, in capital letters throughout, with the telephone number of somebody"
    write(
        here,
        {
            "id": "x1",
            "text": "He wrote: BUY",
            "violates": [],
            "why": f"{why} in order to warn of it: HR-A1, not HR1.",
        },
        {"id": "x2", "text": "BUY", "violates": ["HR1", "HR2", "HR3"], "why": f"{why} else, offers, shows."},
    )
    ran = komainu("policy", "mutate", "policies/house", "--no-judge", "--strict", "--json")
    survived = [one for one in ran.json["policies"][0]["tried"] if not one["labels"]["killed"]]
    assert (ran.code, survived) == (0, [])


def test_a_judge_that_reads_nothing_notices_only_exact_rules(scripted: Callable[..., None], komainu: Command) -> None:
    scripted(default=0.4)
    ran = komainu("policy", "mutate", "policies/house", "--json")
    assert ran.code == 0
    found = ran.json
    assert found["in_all"] == {key: found["policies"][0][key] for key in found["in_all"]}
    killed = {
        (one["clause"], one["operator"]): one["judge"]["lost"]
        for one in found["policies"][0]["tried"]
        if one["judge"]["outcome"] == "killed"
    }
    assert killed == {("HR1", kind): ["house-01"] for kind in ("drop", "negate", "swap")}
    assert found["in_all"]["controls"] == {"killed": 0, "of": 4}
    shown = one_line(komainu("policy", "mutate", "policies/house").out)
    assert "Of 4 restatements, which mean the same, 0 were killed: chance." in shown
    assert "not seen by the judge HR2: drop, negate" in shown


def test_a_judge_that_fails_is_told_by_the_exit_code(here: Path, komainu: Command) -> None:
    (here / "script.json").write_text('{"default": "timed_out"}', "utf-8")
    stage = '[[stages]]\njudge = "scripted"\n[stages.options]\nscript = "script.json"\n'
    (here / "komainu.toml").write_text(stage, "utf-8")
    ran = komainu("policy", "mutate", "policies/house", "--json")
    assert ran.code == 1
    assert ran.json["in_all"]["judge"]["not_judged"] == ran.json["in_all"]["mutants"]


def test_several_policies_are_summed_up(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    line = {"id": "s1", "text": "全品半額", "violates": ["SR1"]}
    (here / "policies" / "shop" / "cases.jsonl").write_text(json.dumps(line), "utf-8")
    ran = komainu("policy", "mutate", "--no-judge")
    assert "2 policies in all" in ran.out
    both = komainu("policy", "mutate", "--no-judge", "--json").json
    assert both["in_all"]["mutants"] == sum(one["mutants"] for one in both["policies"])


def test_a_policy_without_cases_cannot_be_tried(komainu: Command) -> None:
    ran = komainu("policy", "mutate", "policies", "--no-judge")
    assert ran.code == 2
    assert "policies/shop/cases.jsonl" in ran.err


@pytest.mark.parametrize("margin", ["0", "0.5", "-1", "nan"])
def test_a_margin_that_means_nothing_is_refused(komainu: Command, margin: str) -> None:
    ran = komainu("policy", "mutate", "policies/house", "--margin", margin)
    assert ran.code == 2
    assert "--margin: expected a share above 0 and below 0.5" in ran.err


def test_mutants_leave_no_compiled_rulebooks_behind(
    here: Path, komainu: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOMAINU_CACHE", str(here / "kept"))
    assert komainu("policy", "mutate", "policies/house").code == 0
    assert not (here / "kept").exists()
    komainu("policy", "test", "policies/house")  # other commands keep theirs
    assert list((here / "kept").iterdir())
