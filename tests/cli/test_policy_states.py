"""Versions of a policy come to decide step by step, by the word of more people than their author."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from komainu import moderation
from komainu.apps.batch import loop
from komainu.apps.cli.policy_requests import _answered
from komainu.apps.settings import Settings
from komainu.domain import Content, Decision, State, StepKind
from komainu.domain.standing import state_of
from komainu.errors import StoreError
from komainu.store import open_store
from tests.cli.conftest import CASES, HOUSE, Command, Ran, one_line

HOUSE_NEXT = HOUSE.replace("version: 1.0.0", "version: 1.1.0").replace(
    "## Allowed", "### HR4 Chain letters {severity=2}\nAsks to be passed on to many people.\n\n## Allowed"
)


@pytest.fixture
def trial(scripted: Callable[..., None], here: Path) -> Callable[..., None]:
    """Makes next/house, version 1.1.0 with a clause HR4, a candidate; judges say 0.01 of everything else."""
    folder = here / "next" / "house"
    folder.mkdir(parents=True)
    (folder / "policy.md").write_text(HOUSE_NEXT, "utf-8")
    (folder / "cases.jsonl").write_text("".join(f"{json.dumps(case)}\n" for case in CASES), "utf-8")

    def configure(approvals: int = 0, *, candidates: str = '"next"', **script: float) -> None:
        scripted({key.replace("__", "/"): p for key, p in script.items()}, default=0.001)
        path = here / "komainu.toml"
        path.write_text(f"candidates = [{candidates}]\napprovals = {approvals}\n{path.read_text('utf-8')}", "utf-8")

    configure()
    return configure


def done(ran: Ran) -> str:
    assert ran.code == 0, ran.err
    return one_line(ran.out)


def propose(komainu: Command, to: str, *more: str, path: str = "next/house", by: str = "Ann") -> str:
    return done(komainu("policy", "propose", path, "--to", to, "--by", by, "--why", "clearer", *more))


def approve(komainu: Command, path: str = "next/house", by: str = "Bo") -> str:
    return done(komainu("policy", "approve", path, "--by", by, "--why", "read it"))


def live(komainu: Command, *paths: str) -> None:
    for path in paths:
        propose(komainu, "live", "--skip-trial", path=path)
        approve(komainu, path)


def house(komainu: Command) -> dict[str, Any]:
    ran = komainu("policy", "states", "--json")
    return next(one for one in json.loads(ran.out)["policies"] if one["id"] == "house")  # type: ignore[no-any-return]


def names(komainu: Command, text: str) -> list[str]:
    return komainu("check", text, "--json").json["policies"]  # type: ignore[no-any-return]


def batch(komainu: Command, here: Path, *more: str, count: int = 60) -> list[dict[str, Any]]:
    rows = "".join(json.dumps({"text": f"a kind word, the {number}th"}) + "\n" for number in range(count))
    (here / "rows.jsonl").write_text(rows, "utf-8")
    done(komainu("batch", "rows.jsonl", "--out", "out.jsonl", *more))
    return [json.loads(line) for line in (here / "out.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.usefixtures("trial")
def test_without_a_word_on_record_nothing_changes(komainu: Command) -> None:
    assert names(komainu, "hello") == ["house@1.0.0", "shop@2.0.0"]
    shown = done(komainu("policy", "states"))
    assert "Nothing is on record of this policy: the file decides." in shown


def test_a_version_goes_from_draft_to_live_and_its_author_alone_gets_it_nowhere(
    komainu: Command, trial: Callable[..., None]
) -> None:
    trial(1)
    live(komainu, "policies/house", "policies/shop")
    assert "is shadow" in propose(komainu, "shadow")
    assert names(komainu, "hello") == ["house@1.0.0", "shop@2.0.0"]
    assert "komainu policy simulate" in done(komainu("policy", "states"))
    waits = propose(komainu, "canary", "--share", "1")
    assert "waits for 1 approval, not of Ann" in waits
    alone = komainu("policy", "approve", "next/house", "--by", "ann", "--why", "mine")
    assert (alone.code, "must come from somebody else" in one_line(alone.err)) == (2, True)
    assert names(komainu, "hello")[0] == "house@1.0.0"
    assert "is canary on 100%" in approve(komainu)
    assert names(komainu, "hello") == ["house@1.1.0", "shop@2.0.0"]
    assert house(komainu)["decides"].startswith("policy:house@1.0.0#")
    propose(komainu, "live")
    approve(komainu, by="Cy")
    assert names(komainu, "good morning") == ["house@1.1.0", "shop@2.0.0"]
    shown = done(komainu("policy", "states"))
    assert "`policies` holds house@1.0.0" in shown
    old, new = house(komainu)["versions"]
    assert (old["state"], new["state"], new["approved_by"]) == ("retired", "live", ["Cy"])
    assert old["replaced_by"] == new["subject"]
    assert done(komainu("ledger", "verify"))


def test_approvals_are_for_that_version_word_for_word(komainu: Command, trial: Callable[..., None], here: Path) -> None:
    trial(1)
    live(komainu, "policies/house", "policies/shop")
    path = here / "policies" / "house" / "policy.md"
    path.write_text(HOUSE.replace("for money", "for coins"), "utf-8")
    ran = komainu("check", "hello")
    assert ran.code == 2
    assert "house@1.0.0" in ran.err and "is draft on record" in ran.err and "komainu policy propose" in ran.err
    answered = komainu("policy", "approve", "policies/house", "--by", "Bo", "--why", "as before")
    assert (answered.code, "nothing is asked for" in one_line(answered.err)) == (2, True)
    assert komainu("policy", "states").code == 1
    path.write_text(HOUSE, "utf-8")
    assert names(komainu, "hello")[0] == "house@1.0.0"


@pytest.mark.parametrize(
    "line",
    [
        ("check", "hello"),
        ("check", "hello", "--policy", "policies/house"),
        ("demo",),
        ("batch", "rows.jsonl", "--out", "out.jsonl"),
    ],
)
def test_no_door_forgets_that_approvals_are_asked_for(
    komainu: Command, trial: Callable[..., None], here: Path, line: tuple[str, ...]
) -> None:
    trial(1)
    (here / "rows.jsonl").write_text('{"text": "hello"}\n', "utf-8")
    ran = komainu(*line)
    assert (ran.code, "approvals = 1 only a version that is live" in one_line(ran.err)) == (2, True)
    assert not (here / "out.jsonl").exists()
    assert komainu("decisions", "list", "--json").out.strip() in {"", "[]"}


def test_deciding_again_asks_the_record_too(komainu: Command, trial: Callable[..., None]) -> None:
    made = komainu("check", "hello", "--json").json["id"]
    trial(1)
    ran = komainu("decisions", "rejudge", made)
    assert (ran.code, "only a version that is live" in one_line(ran.err)) == (2, True)
    live(komainu, "policies/house", "policies/shop")
    assert done(komainu("decisions", "rejudge", made))


@pytest.mark.usefixtures("trial")
def test_a_rejection_closes_a_request_and_the_author_may_withdraw(komainu: Command, trial: Callable[..., None]) -> None:
    trial(1)
    propose(komainu, "live", "--skip-trial")
    done(komainu("policy", "reject", "next/house", "--by", "Ann", "--why", "not yet"))
    ran = komainu("policy", "approve", "next/house", "--by", "Bo", "--why", "read it")
    assert (ran.code, "nothing is asked for" in one_line(ran.err)) == (2, True)
    again = komainu("policy", "reject", "next/house", "--by", "Ann", "--why", "not yet")
    assert again.code == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("next/house", "--to", "live"), "propose it as a canary first"),
        (("next/house", "--to", "canary"), "cannot come to canary"),
        (("next/house", "--to", "lively"), "expected shadow, canary, live, retired"),
        (("next/house", "--to", "draft"), "expected shadow, canary, live, retired"),
        (("next/house", "--to", "shadow", "--share", "0.1"), "--share is of a canary"),
        (("next/house", "--to", "canary", "--share", "1.5"), "at most 1"),
        (("next/house", "--to", "canary", "--share", "nan"), "at most 1"),
        (("next/house", "--to", "shadow", "--skip-trial"), "--skip-trial is for --to live"),
        (("next/house", "--to", "shadow", "--by", " "), "expected a name"),
        (("next/house", "--to", "shadow", "--why", " "), "expected a reason"),
        (("policies", "--to", "shadow"), "expected one policy"),
        (("house@1.1.0", "--to", "retired"), "expected a policy file, or a version on record"),
    ],
)
@pytest.mark.usefixtures("trial")
def test_what_cannot_be_asked_for_leaves_nothing_on_record(komainu: Command, line: tuple[str, ...], said: str) -> None:
    names(komainu, "hello")
    more = () if "--why" in line else ("--why", "clearer")
    ran = komainu("policy", "propose", *line, *more)
    assert (ran.code, said in one_line(ran.err)) == (2, True), ran.err
    assert house(komainu)["versions"][1]["state"] == "draft"
    assert all(one["request"] is None for one in house(komainu)["versions"])


def test_a_version_must_be_well_written_and_meet_its_targets(
    komainu: Command, trial: Callable[..., None], here: Path
) -> None:
    trial(house__HR1=0.99, house__HR2=0.99)  # wrong on more than a quarter of the pairs
    ran = komainu("policy", "propose", "next/house", "--to", "shadow", "--why", "clearer")
    assert (ran.code, "does not pass its test: max_wrong" in one_line(ran.err)) == (2, True)
    propose(komainu, "shadow", "--without-test")
    assert "(not tested)" in house(komainu)["versions"][1]["why"]
    trial()
    (here / "next" / "house" / "policy.md").write_text(HOUSE_NEXT.replace("{severity=1}", "{severity=9}"), "utf-8")
    ran = komainu("policy", "propose", "next/house", "--to", "shadow", "--why", "clearer", "--without-test")
    assert ran.code == 2
    assert "severity" in ran.err


def test_two_approve_at_the_same_time_and_it_takes_effect_once(
    komainu: Command, trial: Callable[..., None], here: Path
) -> None:
    trial(2)
    propose(komainu, "live", "--skip-trial")
    subject = house(komainu)["versions"][1]["subject"]

    async def both() -> tuple[State, int]:
        async with asyncio.TaskGroup() as group:
            for name in ("Bo", "Cy"):
                group.create_task(_approved(here / "komainu.db", subject, name))
        store = await open_store(here / "komainu.db")
        try:
            steps = await store.steps()
        finally:
            await store.close()
        return state_of(steps, subject, 2).state, len(steps)

    assert asyncio.run(both()) == (State.LIVE, 3)


async def _approved(place: Path, subject: str, name: str) -> None:
    await _answered(Settings(store=str(place), approvals=2), subject, StepKind.APPROVED, name, "read it")


def test_a_retired_version_is_named_by_what_the_record_calls_it_when_its_file_is_gone(
    komainu: Command, trial: Callable[..., None]
) -> None:
    propose(komainu, "live", "--skip-trial")
    subject = house(komainu)["versions"][1]["subject"].removeprefix("policy:")
    trial(candidates="")
    shown = done(komainu("policy", "states"))
    assert "is live on record, and the configuration has no file of it" in shown
    assert "is retired" in propose(komainu, "retired", path=subject[: subject.index("#") + 13], by="Bo")


@pytest.mark.usefixtures("trial")
def test_a_canary_decides_on_its_share_of_a_batch_as_of_single_contents(komainu: Command, here: Path) -> None:
    propose(komainu, "shadow")
    propose(komainu, "canary", "--share", "0.4")
    lines = batch(komainu, here)
    tried = [line["row"] for line in lines if line["policies"][0] == "house@1.1.0"]
    assert 10 <= len(tried) <= 40
    for line in lines[:6]:
        assert names(komainu, f"a kind word, the {line['row'] - 1}th") == line["policies"]
    plan = json.loads((here / "out.jsonl.run.json").read_text("utf-8"))["plan"]
    assert plan["policies"] == ["house@1.0.0", "shop@2.0.0"]
    assert [(one.partition("#")[0], share) for one, share in plan["canaries"].items()] == [("policy:house@1.1.0", 0.4)]
    shown = komainu("decisions", "show", next(one["decision"] for one in lines if one["row"] in tried), "--all")
    assert "HR4 Chain letters" in one_line(shown.out)
    assert "HR4 Chain letters" in one_line(komainu("check", f"a kind word, the {tried[0] - 1}th", "--all").out)


@pytest.mark.parametrize("after", ["retired", "live"])
@pytest.mark.usefixtures("trial")
def test_a_run_goes_on_whatever_became_of_its_canary(
    komainu: Command, here: Path, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    propose(komainu, "shadow")
    propose(komainu, "canary", "--share", "0.4")
    whole = [line["policies"] for line in batch(komainu, here)]
    for path in ("out.jsonl", "out.jsonl.run.json"):
        (here / path).rename(here / f"whole.{path}")
    with monkeypatch.context() as patched:
        patched.setattr(loop, "moderate", _failing_after(20))
        assert komainu("batch", "rows.jsonl", "--out", "out.jsonl").code == 3
    propose(komainu, after)
    resumed = done(komainu("batch", "rows.jsonl", "--out", "out.jsonl", "--resume"))
    lines = [json.loads(line) for line in (here / "out.jsonl").read_text("utf-8").splitlines()]
    assert [line["row"] for line in lines] == list(range(1, 61))
    assert [line["policies"] for line in lines[:20]] == whole[:20]
    rest = [line["policies"] for line in lines[20:]]
    if after == "live":  # it was begun under both, and so it ends
        assert rest == whole[20:]
    else:
        assert "house@1.1.0" in resumed and "is no canary any more" in resumed
        assert rest == [["house@1.0.0", "shop@2.0.0"]] * 40


def _failing_after(number: int) -> Callable[..., Any]:
    async def failing(content: Content, **more: Any) -> Decision:
        if int(content.text.split()[-1].removesuffix("th")) >= number:
            raise StoreError("the disk went away")
        return await moderation.moderate(content, **more)

    return failing


def test_a_run_is_not_resumed_by_a_version_that_was_retired(
    komainu: Command, trial: Callable[..., None], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(komainu, "policies/house", "policies/shop")
    rows = "".join(json.dumps({"text": f"a kind word, the {number}th"}) + "\n" for number in range(9))
    (here / "rows.jsonl").write_text(rows, "utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(loop, "moderate", _failing_after(4))
        assert komainu("batch", "rows.jsonl", "--out", "out.jsonl").code == 3
    propose(komainu, "retired", path="policies/house")
    ran = komainu("batch", "rows.jsonl", "--out", "out.jsonl", "--resume")
    assert (ran.code, "house@1.0.0" in ran.err, "is retired on record" in ran.err) == (2, True, True)


def test_what_a_canary_held_is_settled_by_its_version_and_else_by_the_live_one(
    komainu: Command, trial: Callable[..., None], here: Path
) -> None:
    path = here / "komainu.toml"
    settings = path.read_text("utf-8").replace('judge = "scripted"\n', 'judge = "scripted"\nlater = true\n')
    path.write_text(settings, "utf-8")
    propose(komainu, "shadow", "--without-test")
    propose(komainu, "canary", "--share", "0.4", "--without-test")
    before = [line["policies"] for line in batch(komainu, here, "--later")]
    propose(komainu, "live", "--without-test")
    done(komainu("settle", "out.jsonl"))
    after = [json.loads(line) for line in (here / "out.settled.jsonl").read_text("utf-8").splitlines()]
    assert [line["policies"] for line in after] == before
    assert {line["action"] for line in after} == {"allow"}
    assert len({str(policies) for policies in before}) == 2


def test_what_the_canary_of_a_batch_held_is_settled_without_it_once_it_is_retired(
    komainu: Command, trial: Callable[..., None], here: Path
) -> None:
    path = here / "komainu.toml"
    settings = path.read_text("utf-8").replace('judge = "scripted"\n', 'judge = "scripted"\nlater = true\n')
    path.write_text(settings, "utf-8")
    propose(komainu, "shadow", "--without-test")
    propose(komainu, "canary", "--share", "0.4", "--without-test")
    before = [line["policies"][0] for line in batch(komainu, here, "--later")]
    propose(komainu, "retired")
    done(komainu("settle", "out.jsonl"))
    settled = here / "out.settled.jsonl"
    after = [json.loads(line) for line in settled.read_text("utf-8").splitlines()]
    assert {line["policies"][0] for line in after} == {"house@1.0.0"}
    assert len(after) == before.count("house@1.0.0")
    left = [json.loads(line)["problem"] for line in (here / "out.settled.errors.jsonl").read_text("utf-8").splitlines()]
    assert len(left) == before.count("house@1.1.0")
    assert all("house/HR4" in one and "a person must" in one for one in left)  # only the canary asked that
