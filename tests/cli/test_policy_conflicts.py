"""`komainu policy conflicts`."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import HOUSE, Command, one_line


def club(here: Path) -> None:
    """Another policy: it forbids by a phrase what an example of the house allows."""
    (here / "policies" / "club").mkdir()
    text = HOUSE.replace("id: house", "id: club").replace("buy followers", "soup was").replace("followers", "votes")
    text = text.replace("- **HR-A1**", "- **none**").replace("The soup was lovely", "Nice weather")
    (here / "policies" / "club" / "policy.md").write_text(text, "utf-8")


def test_policies_that_agree(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    ran = komainu("policy", "conflicts")
    assert (ran.code, ran.out) == (0, "2 policies: 0 conflicts certain, 0 likely, 3 texts judged\n")


def test_what_is_certain_is_an_error(here: Path, komainu: Command) -> None:
    club(here)
    ran = komainu("policy", "conflicts", "policies", "--no-judge")
    assert ran.code == 1
    assert "certain rule: house/none allows what violates club/HR1" in one_line(ran.out)
    found = komainu("policy", "conflicts", "policies", "--no-judge", "--json").json
    (rule,) = [one for one in found["conflicts"] if one["sort"] == "rule"]
    assert (rule["first"], rule["second"], rule["text"]) == ("house/none", "club/HR1", "The soup was lovely")


def test_what_is_likely_is_an_error_only_strictly(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    scripted({"shop/SR1": 0.99}, default=0.1)
    ran = komainu("policy", "conflicts")
    assert ran.code == 0
    assert "likely judged: house/none allows what violates shop/SR1: scripted@1 says 0.99" in one_line(ran.out)
    assert komainu("policy", "conflicts", "--strict").code == 1


def test_one_id_twice_is_told_and_not_fatal(here: Path, komainu: Command) -> None:
    (here / "copy").mkdir()
    (here / "copy" / "policy.md").write_text(HOUSE, "utf-8")
    ran = komainu("policy", "conflicts", "policies", "copy", "--no-judge")
    assert ran.code == 1
    assert "same id: policies/house/policy.md and copy/policy.md have one id" in one_line(ran.out)


def test_a_judge_that_fails_is_told_by_the_exit_code(here: Path, komainu: Command) -> None:
    (here / "script.json").write_text('{"default": "timed_out"}', "utf-8")
    stage = '[[stages]]\njudge = "scripted"\n[stages.options]\nscript = "script.json"\n'
    (here / "komainu.toml").write_text(f'policies = ["policies"]\n{stage}', "utf-8")
    ran = komainu("policy", "conflicts")
    assert ran.code == 1
    assert "on 3 of them a judge failed" in ran.out
