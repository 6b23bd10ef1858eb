"""Accept now, hold meanwhile, settle later: `batch --later`, `settle`, and judging again."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from komainu.apps.batch import settle as settling
from komainu.domain import Content, Decision
from komainu.reviews import rule
from komainu.store.traces import new_key
from tests.cli.conftest import Command, Ran
from tests.cli.serving import POLICY, Serve, spam
from tests.models.fault_server import FAULTS, MODEL, FaultServer, Fields

TEXTS = ("lovely followers here", "The soup was lovely", "buy followers now", "Followers, anyone?", "nice boats")


def rows(folder: Path, texts: Sequence[str] = TEXTS) -> str:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts)), "utf-8")
    return str(path)


def lines(path: str | Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines()]


def asking(server: FaultServer) -> tuple[str, ...]:
    return ("--policy", POLICY, "--reasoner", server.url, "--model", MODEL)


def accepted(komainu: Command, server: FaultServer, folder: Path, texts: Sequence[str] = TEXTS) -> Ran:
    done = komainu("batch", rows(folder, texts), "--out", "out.jsonl", "--later", *asking(server))
    assert done.code == 0, done.err
    return done


def test_what_a_reasoner_would_be_asked_is_held_and_settled_later(
    komainu: Command, serving: Serve, tmp_path: Path
) -> None:
    server = serving(spam)
    done = accepted(komainu, server, tmp_path)
    assert "komainu settle out.jsonl" in done.out
    assert server.requests == []
    first = lines("out.jsonl")
    assert [line["id"] for line in first] == [0, 1, 2, 3, 4]
    assert {line["action"] for line in first} <= {"hold", "limit", "block"}
    waiting = [line for line in first if line["later"]]
    assert len(waiting) >= 4
    assert all(line["action"] == "hold" and "asked later" in str(line["why"]) for line in waiting)
    assert len(json.loads(komainu("review", "list", "--json").out)) == len(waiting)

    settled = komainu("settle", "out.jsonl", *asking(server))
    assert settled.code == 0, settled.err
    after = lines("out.settled.jsonl")
    assert [line["row"] for line in after] == [line["row"] for line in waiting]
    assert [line["supersedes"] for line in after] == [line["decision"] for line in waiting]
    by_id = {line["id"]: line for line in after}
    assert by_id[0]["violated"] == ["house/HR1"]
    assert (by_id[1]["action"], by_id[4]["action"]) == ("allow", "allow")
    shown = komainu("decisions", "show", str(waiting[0]["decision"]), "--json").json
    assert shown["superseded_by"] == after[0]["decision"]
    assert {one.get("abstained") for one in shown["opinions"] if "safeguard" in one["judge"]} == {"later"}
    held = {one["id"] for one in json.loads(komainu("review", "list", "--json").out)}
    assert held.isdisjoint({line["decision"] for line in waiting})
    assert komainu("ledger", "verify").code == 0
    asked = len(server.requests)
    again = komainu("settle", "out.jsonl", *asking(server))
    assert again.code == 0
    assert lines("out.settled.jsonl") == after
    assert len(server.requests) == asked


def test_a_person_a_second_judgement_and_forgetting_come_before_settling(
    komainu: Command, serving: Serve, tmp_path: Path
) -> None:
    server = serving(spam)
    accepted(komainu, server, tmp_path)
    waiting = [line for line in lines("out.jsonl") if line["later"]]
    ruled, rejudged, forgotten, *rest = (str(line["decision"]) for line in waiting)
    assert komainu("review", "rule", ruled, "--all-clear", "--policy", POLICY).code == 0
    assert komainu("decisions", "rejudge", rejudged, *asking(server)).code == 0
    assert komainu("decisions", "forget", forgotten, "--yes").code == 0
    asked = len(server.requests)
    settled = komainu("settle", "out.jsonl", *asking(server))
    assert settled.code == 0, settled.err
    assert [line["supersedes"] for line in lines("out.settled.jsonl")] == [rejudged, *rest]
    assert len(server.requests) - asked == len(rest)  # nobody is asked for nothing
    problems = [str(line["problem"]) for line in lines("out.settled.errors.jsonl")]
    expected = ("a person has ruled", "forgotten")
    assert [said in problem for said, problem in zip(expected, problems, strict=True)] == [True] * 2


def test_settling_goes_on_where_it_was_interrupted(
    komainu: Command, serving: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"nice boats, number {n}" for n in range(12)]
    answered = 0

    async def breaks_off(fields: Fields, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        await spam(fields, writer)
        answered += bool(fields)

    server = serving(breaks_off)
    accepted(komainu, server, tmp_path, texts)
    monkeypatch.setattr(settling, "_AT_ONCE", 4)
    usual = settling.WaitingRows._looked_up
    chunks = 0

    async def interrupted(self: settling.WaitingRows, some: list[dict[str, object]]) -> object:
        nonlocal chunks
        chunks += 1
        if chunks == 3:
            raise KeyboardInterrupt
        return await usual(self, some)

    with monkeypatch.context() as patch:
        patch.setattr(settling.WaitingRows, "_looked_up", interrupted)
        with pytest.raises((KeyboardInterrupt, SystemExit, AssertionError)):
            assert komainu("settle", "out.jsonl", *asking(server)).code == 0
    torn = Path("out.settled.jsonl").read_text("utf-8")
    Path("out.settled.jsonl").write_text(torn + '{"row": 12, "act', "utf-8")
    settled = komainu("settle", "out.jsonl", *asking(server))
    assert settled.code == 0, settled.err
    after = lines("out.settled.jsonl")
    assert sorted(int(str(line["row"])) for line in after) == list(range(1, 13))
    assert len({line["decision"] for line in after}) == 12
    kept = json.loads(komainu("decisions", "list", "--limit", "100", "--json").out)
    assert len(kept) == 24


@pytest.mark.parametrize("name", ["garbage", "budget", "null and stop"])
def test_answers_that_cannot_be_used_leave_the_hold_to_people(
    komainu: Command, serving: Serve, tmp_path: Path, name: str
) -> None:
    server = serving(FAULTS[name][0])
    accepted(komainu, server, tmp_path, ["nice boats"])
    assert komainu("settle", "out.jsonl", *asking(server)).code == 0
    (line,) = lines("out.settled.jsonl")
    assert line["action"] == "hold"
    assert [one["id"] for one in json.loads(komainu("review", "list", "--json").out)] == [line["decision"]]


@pytest.mark.parametrize("name", ["500", "hangs up", "401"])
def test_a_server_that_does_not_answer_changes_nothing_and_can_be_asked_again(
    komainu: Command, serving: Serve, tmp_path: Path, name: str
) -> None:
    down, up = serving(FAULTS[name][0]), serving(spam)
    accepted(komainu, down, tmp_path)
    held = [line["decision"] for line in lines("out.jsonl") if line["later"]]
    failed = komainu("settle", "out.jsonl", *asking(down))
    assert failed.code == 1
    assert "still held" in failed.err
    assert lines("out.settled.jsonl") == []
    assert all("did not answer" in str(line["problem"]) for line in lines("out.settled.errors.jsonl"))
    assert {one["id"] for one in json.loads(komainu("review", "list", "--json").out)} == set(held)
    settled = komainu("settle", "out.jsonl", *asking(up), "--effort", "high")  # another judge, and the same rows
    assert settled.code == 0, settled.err
    assert [line["supersedes"] for line in lines("out.settled.jsonl")] == held
    assert not Path("out.settled.errors.jsonl").exists()


def test_a_ruling_while_the_reasoner_thinks_counts_and_stops_nothing(
    komainu: Command, serving: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(spam)
    accepted(komainu, server, tmp_path)
    waiting = [str(line["decision"]) for line in lines("out.jsonl") if line["later"]]
    usual = settling.reconsider

    async def overtaken(before: Decision, content: Content, **about: Any) -> Decision:
        if before.id == waiting[0]:
            review, labels = rule(before, rest_clear=True, reviewer="mika", at=datetime.now(UTC))
            await about["store"].add_review(review, labels)
        if before.id == waiting[1]:
            await about["store"].forget(before.content)
        return await usual(before, content, **about)

    monkeypatch.setattr(settling, "reconsider", overtaken)
    settled = komainu("settle", "out.jsonl", *asking(server))
    assert settled.code == 0, settled.err
    assert [line["supersedes"] for line in lines("out.settled.jsonl")] == waiting[2:]
    problems = [str(line["problem"]) for line in lines("out.settled.errors.jsonl")]
    assert "a person has ruled" in problems[0]
    assert "forgotten" in problems[1]
    assert komainu("ledger", "verify").code == 0


def test_settling_needs_the_policies_and_somebody_to_ask(komainu: Command, serving: Serve, tmp_path: Path) -> None:
    server = serving(spam)
    done = accepted(komainu, server, tmp_path)
    assert f"komainu settle out.jsonl --policy {POLICY} --reasoner {server.url}" in done.out
    nobody = komainu("settle", "out.jsonl", "--policy", POLICY)
    assert nobody.code == 2
    assert "--reasoner" in nobody.err
    for policies in ((), ("--policy", "policies/shop"), ("--policy", "policies")):
        other = komainu("settle", "out.jsonl", *policies, "--reasoner", server.url, "--model", MODEL)
        assert other.code == 2
        assert "held under house@1.0.0" in other.err
    assert not Path("out.settled.jsonl").exists()
    assert server.requests == []


def test_settle_refuses_what_is_no_accepted_batch(komainu: Command, serving: Serve, tmp_path: Path) -> None:
    server = serving(spam)
    plain = komainu("batch", rows(tmp_path), "--out", "plain.jsonl", *asking(server))
    assert plain.code == 0, plain.err
    for path, said in (("nothing.jsonl", "there is none"), ("plain.jsonl", "without --later")):
        done = komainu("settle", path, *asking(server))
        assert done.code == 2
        assert said in done.err
    accepted(komainu, server, tmp_path)
    other = komainu("settle", "out.jsonl", *asking(server), "--store", "other.db")
    assert other.code == 3
    assert "expected a record" in other.err
    Path("out.jsonl").write_text("garbage\n")
    damaged = komainu("settle", "out.jsonl", *asking(server))
    assert damaged.code == 2
    assert "was changed" in damaged.err


def test_later_needs_a_judge_to_leave_it_to(komainu: Command, tmp_path: Path) -> None:
    done = komainu("batch", rows(tmp_path), "--out", "out.jsonl", "--later", "--policy", POLICY)
    assert done.code == 2
    assert "--reasoner" in done.err
    assert not Path("out.jsonl").exists()


def test_a_resumed_batch_stays_a_later_one(komainu: Command, serving: Serve, tmp_path: Path) -> None:
    server = serving(spam)
    accepted(komainu, server, tmp_path)
    done = komainu("batch", "rows.jsonl", "--out", "out.jsonl", "--resume", *asking(server))
    assert done.code == 2
    assert "--later" in done.err


def test_judging_again_thinks_harder_and_takes_the_place(komainu: Command, serving: Serve, tmp_path: Path) -> None:
    server = serving(spam)
    first = komainu("check", "nice boats", *asking(server), "--json").json
    again = komainu("decisions", "rejudge", first["id"], *asking(server), "--json")
    assert again.code == 0, again.err
    assert again.json["supersedes"] == first["id"]
    assert {one["effort"] for one in first["calls"]} == {"low"}
    assert {one["effort"] for one in again.json["calls"]} == {"high"}
    twice = komainu("decisions", "rejudge", first["id"], *asking(server))
    assert twice.code == 2
    assert again.json["id"] in twice.err
    shown = komainu("decisions", "show", again.json["id"])
    assert f"in place of decision {first['id']}" in shown.out
    assert "judged again since" in komainu("decisions", "show", first["id"]).out
    ruling = komainu("review", "rule", first["id"], "--clear", "HR1", "--policy", POLICY)
    assert ruling.code == 2
    assert again.json["id"] in ruling.err
    assert komainu("review", "rule", again.json["id"], "--clear", "HR1", "--policy", POLICY).code == 0
    ruled = komainu("decisions", "rejudge", again.json["id"], *asking(server))
    assert ruled.code == 2
    assert "no judge overturns" in ruled.err
    assert komainu("ledger", "verify").code == 0


def test_judging_again_without_a_reasoner_goes_by_the_policies_of_today(komainu: Command, here: Path) -> None:
    first = komainu("check", "buy followers", "--policy", POLICY, "--json").json
    other = komainu("decisions", "rejudge", first["id"], "--policy", "policies/shop")
    assert other.code == 2
    assert "made under house@1.0.0" in other.err
    effort = komainu("decisions", "rejudge", first["id"], "--policy", POLICY, "--effort", "low")
    assert effort.code == 2
    assert "--reasoner" in effort.err
    file = here / POLICY / "policy.md"
    text = file.read_text("utf-8").replace("1.0.0", "1.1.0").replace('"buy followers"', '"sell boats"')
    file.write_text(text, "utf-8")
    again = komainu("decisions", "rejudge", first["id"], "--policy", POLICY, "--json")
    assert again.code == 0, again.err
    assert again.json["policies"] == ["house@1.1.0"]
    assert komainu("decisions", "forget", first["id"], "--yes").code == 0
    gone = komainu("decisions", "rejudge", again.json["id"], "--policy", POLICY)
    assert gone.code == 2
    assert "forgotten" in gone.err


def test_a_clause_that_was_taken_out_of_the_policy_needs_a_person(komainu: Command, here: Path) -> None:
    first = komainu("check", "nice boats", "--policy", POLICY, "--json").json
    file = here / POLICY / "policy.md"
    text = file.read_text("utf-8")
    for gone, instead in (
        ("### HR2 Shouting {severity=1}\nIs written in capital letters throughout.\n", ""),
        ("- If an offer is shouted, it is HR1 and HR2.", "- In doubt nothing is an offer."),
        ("- **HR2**: COME AND SEE THE BOATS\n", ""),
    ):
        assert gone in text
        text = text.replace(gone, instead)
    file.write_text(text, "utf-8")
    again = komainu("decisions", "rejudge", first["id"], "--policy", POLICY)
    assert again.code == 3
    assert "house/HR2" in again.err


def test_a_reasoner_that_is_down_leaves_the_decision_as_it_was(komainu: Command, serving: Serve) -> None:
    first = komainu("check", "nice boats", *asking(serving(spam)), "--json").json
    again = komainu("decisions", "rejudge", first["id"], *asking(serving(FAULTS["500"][0])))
    assert again.code == 2
    assert "did not answer" in again.err
    assert "superseded_by" not in komainu("decisions", "show", first["id"], "--json").json


def test_traces_are_for_those_with_the_key(
    komainu: Command, serving: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(spam)
    Path("komainu.toml").write_text("keep_traces_days = 30\n", "utf-8")
    without = komainu("check", "nice boats", *asking(server))
    assert without.code == 2
    assert "KOMAINU_TRACE_KEY" in without.err
    key = komainu("decisions", "trace-key").out.strip()
    assert len(key) == len(new_key())
    monkeypatch.setenv("KOMAINU_TRACE_KEY", key)
    found = komainu("check", "nice boats", *asking(server), "--json").json
    traces = komainu("decisions", "trace", found["id"], "--json").json
    assert [(one["effort"], one["outcome"]) for one in traces] == [("low", "answered")]
    assert traces[0]["reasoning"]
    assert '"clauses"' in traces[0]["answer"]
    assert traces[0]["reasoning"] in komainu("decisions", "trace", found["id"]).out
    for command in (("decisions", "show", found["id"], "--json"), ("decisions", "export", "-")):
        assert traces[0]["reasoning"] not in komainu(*command).out
    Path("komainu.toml").write_text("", "utf-8")
    quiet = komainu("check", "other boats", *asking(server), "--json").json
    assert "No trace" in komainu("decisions", "trace", quiet["id"]).out
    monkeypatch.delenv("KOMAINU_TRACE_KEY")
    Path("komainu.toml").write_text("keep_traces_days = 30\n", "utf-8")
    assert komainu("review", "list").code == 0  # who only reads needs no key
    assert komainu("ledger", "verify").code == 0
    Path("komainu.toml").write_text("", "utf-8")
    locked = komainu("decisions", "trace", found["id"])
    assert locked.code == 3
    assert "it is not set" in locked.err
    Path("komainu.toml").write_text(f'trace_key = "{key}"\n', "utf-8")
    assert "does not belong in a file" in komainu("check", "x").err
