"""`komainu drift`: a record of weeks, and what is told of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from komainu.domain import Content, Decision, Ruling
from komainu.store import open_store
from komainu.store.samples import sample_certificate
from tests.cli.conftest import Command, one_line
from tests.learning.records import START, decision, review

CLAUSE = "house/HR1"
PER_DAY = 8
Write = Callable[..., list[Decision]]


@pytest.fixture
def write(here: Path) -> Write:
    """Puts 40 days of decisions on record, whose scores are those given by number."""

    def write(score: Callable[[int], float], *, policy: str = "house@1.0.0", reviewed: bool = False) -> list[Decision]:
        async def recorded() -> list[Decision]:
            store = await open_store(str(here / "komainu.db"))
            made = []
            for n in range(PER_DAY * 40):
                content = Content(text=text(n))
                one = decision(n, {CLAUSE: score(n)}, at=START + timedelta(days=n / PER_DAY), policy=policy)
                made.append(replace(one, content=content.digest))
                await store.record(made[-1], content)
                if reviewed and n % 2 == 0:
                    ruled = Ruling.VIOLATED if n > PER_DAY * 30 else Ruling.CLEAR
                    await store.add_review(review(n, {CLAUSE: ruled}))
            await store.close()
            return made

        return asyncio.run(recorded())

    return write


def text(n: int) -> str:
    """Numbers that say nothing about when they were written."""
    return f"Message {n * 7_919 % 10_007} about the boats"


def quiet(n: int) -> float:
    return 0.05 + 0.01 * (n * 7 % 10)


def shifted(n: int) -> float:
    return 0.9 if n >= PER_DAY * 34 else quiet(n)


def test_where_nothing_moved_the_exit_code_is_0(write: Write, komainu: Command) -> None:
    write(quiet)
    ran = komainu("drift", "--topics", "0")
    assert ran.code == 0
    assert "No alarm." in ran.out
    assert "320 decisions up to 2026-10-10 21:00:00Z; 1 stream watched" in one_line(ran.out)


def test_an_alarm_names_the_clause_shows_examples_and_ends_with_1(write: Write, komainu: Command) -> None:
    write(shifted)
    ran = komainu("drift", "--topics", "0")
    assert ran.code == 1
    said = one_line(ran.out)
    assert f"ALARM {CLAUSE} embedded@1, house@1.0.0" in said
    assert "mean score rose: 0.09473 -> 0.7857 (n 224 -> 56)" in said
    assert "since 2026-10-04 00:00:00Z; PSI" in said
    assert f"d319 0.9 {text(319)}" in said
    assert "No alarm" not in said


def test_the_same_as_json(write: Write, komainu: Command) -> None:
    made = write(shifted)
    ran = komainu("drift", "--topics", "0", "--json")
    assert ran.code == 1
    alarm = next(one for one in ran.json["alarms"] if one["test"] == "psi")
    assert (alarm["clause"], alarm["judge"], alarm["measure"]) == (CLAUSE, "embedded@1", "score")
    assert (alarm["direction"], alarm["n_before"], alarm["n_after"]) == (1, 224, 56)
    assert alarm["shift"]["psi"] > alarm["shift"]["expected"]
    assert alarm["examples"][0]["decision"] == made[-1].id
    assert alarm["examples"][0]["item"]["text"] == text(319)
    watched = ran.json["watched"][0]
    assert watched["needs"] == ""
    assert watched["measures"]["score"]["n_reference"] == 224
    assert watched["measures"]["override"]["n"] == 0
    assert ran.json["topics"] is None


def test_what_was_forgotten_is_not_shown(write: Write, komainu: Command) -> None:
    made = write(shifted)
    assert komainu("decisions", "forget", made[-1].content, "--yes").code == 0
    assert "d319 0.9 (forgotten)" in one_line(komainu("drift", "--topics", "0").out)
    told = komainu("drift", "--topics", "0", "--json").json["alarms"][-1]["examples"]
    assert told[0] == {"decision": "d319", "content": made[-1].content, "item": None, "value": 0.9}


def test_an_alarm_ends_when_the_new_state_is_taken_as_normal(write: Write, komainu: Command) -> None:
    write(shifted)
    ran = komainu("drift", "--topics", "0", "--since", "2026-10-05", "--json")
    assert ran.code == 0
    assert ran.json["decisions"] == PER_DAY * 6
    assert ran.json["watched"][0]["needs"].startswith("needs 2 more verdicts in the reference window and 50 more")


def test_overrides_are_read_from_the_reviews(write: Write, komainu: Command) -> None:
    write(quiet, reviewed=True)
    ran = komainu("drift", "--topics", "0", "--all")
    assert ran.code == 1
    said = one_line(ran.out)
    assert "share overruled by people rose: 0 -> 0.9688 (n 120 -> 32)" in said
    assert "0% -> 100%" in said


def test_only_the_policies_named_are_watched(write: Write, komainu: Command) -> None:
    write(shifted, policy="house@0.9.0")
    assert komainu("drift", "--topics", "0").code == 1
    ran = komainu("drift", "--topics", "0", "--policy", "policies/house")
    assert ran.code == 0
    assert "0 streams watched" in one_line(ran.out)


def test_topics_are_looked_for_in_what_is_kept(write: Write, komainu: Command) -> None:
    write(quiet)
    found = komainu("drift", "--topics", "60", "--json").json
    assert found["topics"] == []
    few = komainu("drift", "--topics", "40")
    assert "Topics not compared: needs 50 that can be read" in one_line(few.out)


@pytest.mark.parametrize("alpha", ["0", "1", "1.5", "-1"])
def test_an_alpha_that_is_no_share_is_refused(write: Write, komainu: Command, alpha: str) -> None:
    ran = komainu("drift", f"--alpha={alpha}")
    assert ran.code == 2
    assert "--alpha: expected a share between 0 and 1" in one_line(ran.err)


def test_without_a_record_nothing_is_made_up(komainu: Command, here: Path) -> None:
    ran = komainu("drift")
    assert ran.code == 3
    assert "expected a record" in one_line(ran.err)
    assert not (here / "komainu.db").exists()


def certify(here: Path, *judges: str) -> None:
    async def recorded() -> None:
        store = await open_store(str(here / "komainu.db"))
        made = [replace(sample_certificate(judge, CLAUSE), judge=judge) for judge in judges]
        await store.add_certificates(made)
        await store.close()

    asyncio.run(recorded())


def test_an_alarm_takes_back_the_certificates_it_is_about(write: Write, komainu: Command, here: Path) -> None:
    write(shifted)
    certify(here, "embedded@1", "embedded@2")
    looked = komainu("drift", "--topics", "0", "--keep-certificates", "--json").json
    assert looked["lapsed"] == []
    ran = komainu("drift", "--topics", "0")
    assert f"Certificates taken back on {CLAUSE}" in one_line(ran.out)
    found = {one["id"]: one["lapsed_why"] for one in komainu("certificates", "--all", "--json").json}
    assert found["embedded@1"].startswith("drift: score from 0.09473 to 0.7857 (n 224 and 56, psi, p = ")
    assert found["embedded@2"] == ""
    assert "taken back" not in komainu("drift", "--topics", "0").out, "once is enough"


def test_where_nothing_moved_certificates_stand(write: Write, komainu: Command, here: Path) -> None:
    write(quiet)
    certify(here, "embedded@1")
    assert komainu("drift", "--topics", "0", "--json").json["lapsed"] == []
    assert komainu("certificates", "--all", "--json").json[0]["lapsed_at"] is None
