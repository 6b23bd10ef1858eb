"""`komainu certify` and `komainu certificates`: labels in, thresholds that are proven out, and taken back again."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line

EMBEDDED = 'policies = ["policies/house"]\n[[stages]]\njudge = "rules"\n[[stages]]\njudge = "embedded"\n'
NAMES = ("Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal")
PLACES = ("the harbour", "our garden", "the old mill", "a small lake", "the museum", "my street", "the hall", "Oslo")


def line(text: str, violates: bool, clause: str = "house/HR1", **more: Any) -> str:
    return json.dumps({"text": text, "clause": clause, "violates": violates, "source": "team", **more})


VIOLATING = [f"{name} sells {count} followers for money" for name in NAMES for count in range(100, 900, 100)]
FINE = [f"{name} walked past {place} this morning" for name in NAMES for place in PLACES]
LINES = [*(line(text, True) for text in VIOLATING), *(line(text, False) for text in FINE)]


@pytest.fixture
def labels(here: Path) -> Path:
    """64 labels of either kind on one clause, and the embedded judge."""
    (here / "komainu.toml").write_text(EMBEDDED, "utf-8")
    file = here / "labels.jsonl"
    file.write_text("\n".join(LINES), "utf-8")
    return file


@pytest.mark.usefixtures("labels")
def test_labels_become_a_certificate_that_decides_from_then_on(komainu: Command) -> None:
    text = "We walked past the old mill this evening"
    before = komainu("check", text, "--json").json
    assert before["rulings"]["house/HR1"] == "open"
    (made,) = komainu("certify", "--labels", "labels.jsonl", "--over-block", "0.05", "--json").json
    assert (made["clause"], made["status"], made["violating"], made["missed"]) == ("house/HR1", "certified", 64, 0)
    assert made["judge"].startswith("embedded@")
    assert 0.01 < made["clear_below"] <= 0.5 < made["violated_from"]
    after = komainu("check", text, "--json").json
    verdict = next(one for one in after["opinions"] if one.get("probability") and one["clause"] == "house/HR1")
    assert verdict["probability"] < made["clear_below"]
    assert after["rulings"]["house/HR1"] == "clear"
    assert after["rulings"]["house/HR2"] == before["rulings"]["house/HR2"], "of other clauses nothing was said"
    (shown,) = komainu("certificates", "--json").json
    assert shown["counts"] is True
    assert {key: shown[key] for key in made if key not in {"unanswered", "known"}} == {
        key: value for key, value in made.items() if key not in {"unanswered", "known"}
    }


@pytest.mark.usefixtures("labels")
def test_when_the_policy_changes_the_clause_stays_open_until_it_is_certified_anew(komainu: Command, here: Path) -> None:
    text = "We walked past the old mill this evening"
    komainu("certify", "--labels", "labels.jsonl")
    assert komainu("check", text, "--json").json["rulings"]["house/HR1"] == "clear"
    policy = here / "policies" / "house" / "policy.md"
    policy.write_text(policy.read_text("utf-8").replace("Offers followers for money.", "Offers followers for coins."))
    assert komainu("check", text, "--json").json["rulings"]["house/HR1"] == "open"
    (shown,) = komainu("certificates", "--json").json
    assert (shown["counts"], shown["why_not"]) == (False, "the policy has changed")
    komainu("certify", "--labels", "labels.jsonl")
    assert komainu("check", text, "--json").json["rulings"]["house/HR1"] == "clear"
    ran = komainu("certificates", "--all")
    assert one_line(ran.out).count("house/HR1") == 3, "two rows, and why one of them counts no more"
    assert "replaced by a later one" in one_line(ran.out)


@pytest.mark.usefixtures("labels")
def test_a_certificate_is_taken_back_with_a_reason(komainu: Command) -> None:
    komainu("certify", "--labels", "labels.jsonl")
    ran = komainu("certificates", "lapse", "house/HR1", "--why", "new slang")
    assert (ran.code, one_line(ran.out)) == (0, "1 certificate taken back")
    assert komainu("certificates", "--json").json[0]["why_not"] == "lapsed: new slang"
    found = komainu("check", "We walked past the old mill this evening", "--json").json
    assert found["rulings"]["house/HR1"] == "open"
    again = komainu("certificates", "lapse", "house/HR1", "--why", "new slang")
    assert again.code == 2
    assert "there is none on house/HR1" in one_line(again.err)
    assert komainu("certificates", "lapse", "house/HR1", "--why", " ").code == 2
    assert komainu("ledger", "verify").code == 0


def test_too_few_labels_say_how_many_more_are_needed(komainu: Command, labels: Path) -> None:
    labels.write_text("\n".join(LINES[60:68]), "utf-8")
    ran = komainu("certify", "--labels", "labels.jsonl")
    assert ran.code == 0
    assert "cannot certify clearing on house/HR1: 55 more violating labels needed, there are 4" in one_line(ran.out)
    assert "no labels of house/HR2, house/HR3: nothing changes there" in one_line(ran.out)
    found = komainu("check", "We walked past the old mill this evening", "--json").json
    assert found["rulings"]["house/HR1"] == "open"


@pytest.mark.usefixtures("labels")
def test_a_trial_leaves_nothing_behind(komainu: Command, here: Path) -> None:
    ran = komainu("certify", "--labels", "labels.jsonl", "--trial")
    assert "A trial: nothing is on record" in one_line(ran.out)
    assert not (here / "komainu.db").exists()
    assert komainu("certificates").code == 3


def test_what_the_policy_shows_proves_nothing(komainu: Command, labels: Path) -> None:
    labels.write_text("\n".join([*LINES, line("The soup was lovely", False)]), "utf-8")
    ran = komainu("certify", "--labels", "labels.jsonl", "--trial")
    assert "1 label left out, whose content the judge learnt from, or reads in the policy" in one_line(ran.out)


def test_what_the_judge_was_fitted_to_proves_nothing(komainu: Command, labels: Path, here: Path) -> None:
    cases = here / "policies" / "house" / "cases.jsonl"
    first = json.loads(cases.read_text("utf-8").splitlines()[0])
    labels.write_text("\n".join([*LINES, line(first["text"], "HR1" in first["violates"])]), "utf-8")
    assert "left out" not in one_line(komainu("certify", "--labels", "labels.jsonl", "--trial").out)
    komainu("learn", "fit")
    assert "1 label left out, whose" in one_line(komainu("certify", "--labels", "labels.jsonl", "--trial").out)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--labels", "none.jsonl"), "expected a file of labels"),
        (("--labels", "labels.jsonl", "--alpha", "0"), "alpha is a share"),
        (("--labels", "labels.jsonl", "--over-block", "1"), "--over-block is a share"),
        (("--labels", "labels.jsonl", "--days", "0"), "up to 3,650 days"),
    ],
)
@pytest.mark.usefixtures("labels")
def test_bad_use_is_named(komainu: Command, wrong: tuple[str, ...], said: str, here: Path) -> None:
    ran = komainu("certify", *wrong)
    assert ran.code == 2
    assert said in one_line(ran.err)
    assert not (here / "komainu.db").exists()


def test_contradictions_are_an_error(komainu: Command, labels: Path) -> None:
    labels.write_text("\n".join([line("a", True), line("a", False)]), "utf-8")
    ran = komainu("certify", "--labels", "labels.jsonl")
    assert ran.code == 2
    assert "line 2: contradicts line 1" in one_line(ran.err)


def test_a_stage_may_ask_for_certificates_or_take_none(komainu: Command, labels: Path, here: Path) -> None:
    settings = here / "komainu.toml"
    settings.write_text(f'{EMBEDDED}certified = "only"\nclear_below = 0.5\n', "utf-8")
    text = "We walked past the old mill this evening"
    assert set(komainu("check", text, "--json").json["rulings"].values()) == {"open"}
    settings.write_text(f'{EMBEDDED}certified = "no"\nclear_below = 0.5\n', "utf-8")
    assert "clear" in komainu("check", text, "--json").json["rulings"].values()
    ran = komainu("certify", "--labels", "labels.jsonl")
    assert ran.code == 2
    assert 'every one has certified = "no"' in one_line(ran.err)
