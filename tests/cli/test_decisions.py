"""`komainu decisions`: read the record, and forget contents."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uuid_utils

from komainu.apps.cli.lookup import newest
from komainu.domain import Action, Content, Decision, Ruling
from komainu.store import open_store
from tests.cli.conftest import Command, one_line

pytestmark = pytest.mark.usefixtures("scripted")


@pytest.fixture
def three(komainu: Command) -> list[dict[str, Any]]:
    """Three decisions on record: held, blocked, held."""
    return [komainu("check", text, "--json").json for text in ("first text", "buy followers", "第三の投稿")]


def record(count: int, *, same_moment: bool = False) -> list[str]:
    """That many plain decisions in komainu.db; gives their ids."""

    async def write() -> list[str]:
        store = await open_store("komainu.db")
        start, ids = datetime(2026, 1, 1, tzinfo=UTC), []
        for number in range(count):
            content = Content(text=f"text {number}")
            decision = Decision(
                id=str(uuid_utils.uuid7()),
                content=content.digest,
                action=Action.HOLD if number % 3 else Action.ALLOW,
                rulings={"house/HR1": Ruling.OPEN if number % 3 else Ruling.CLEAR},
                opinions=(),
                stages=(),
                rulebook="0" * 64,
                policies=("house@1.0.0",),
                decided_at=start if same_moment else start + timedelta(seconds=number**2),
            )
            await store.record(decision, content)
            ids.append(decision.id)
        await store.close()
        return ids

    return asyncio.run(write())


def test_the_list_shows_the_newest_last(komainu: Command, three: list[dict[str, Any]]) -> None:
    lines = komainu("decisions", "list").out.splitlines()
    assert lines[0].split() == ["id", "when", "(UTC)", "action", "not", "clear", "item"]
    assert [line[:18] for line in lines[1:]] == [decision["id"][:18] for decision in three]
    assert [line.split()[3] for line in lines[1:]] == ["HOLD", "BLOCK", "HOLD"]
    assert "house/HR1, 4 open" in lines[2]
    assert "第三の投稿" in lines[3]


def test_the_list_as_json_names_what_is_not_clear(komainu: Command, three: list[dict[str, Any]]) -> None:
    blocked = komainu("decisions", "list", "--action", "block", "--json").json
    assert blocked == [
        {
            "id": three[1]["id"],
            "action": "block",
            "decided_at": three[1]["decided_at"],
            "violated": ["house/HR1"],
            "open": ["house/HR2", "house/HR3", "shop/SR1", "shop/HR1"],
            "content": three[1]["content"],
            "item": {"text": "buy followers", "role": "post", "context": []},
        }
    ]


def test_the_limit_keeps_the_newest_and_since_the_later_ones(komainu: Command, three: list[dict[str, Any]]) -> None:
    last = komainu("decisions", "list", "--limit", "1", "--json").json
    assert [decision["id"] for decision in last] == [three[2]["id"]]
    later = komainu("decisions", "list", "--since", three[1]["decided_at"], "--json").json
    assert [decision["id"] for decision in later] == [three[1]["id"], three[2]["id"]]
    assert komainu("decisions", "list", "--since", "2999-01-01").out == "No decision on record fits.\n"


@pytest.mark.parametrize("same_moment", [False, True], ids=["spread", "same moment"])
@pytest.mark.parametrize("limit", [1, 7, 59, 200])
def test_the_newest_are_found_however_the_times_are_spread(here: Path, same_moment: bool, limit: int) -> None:
    ids = record(60, same_moment=same_moment)

    async def read() -> tuple[Decision, ...]:
        store = await open_store("komainu.db")
        try:
            return await newest(store, limit=limit)
        finally:
            await store.close()

    assert [decision.id for decision in asyncio.run(read())] == ids[-limit:]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--action", "ban"], "--action: expected one of allow, limit, hold, block; got 'ban'"),
        (["--since", "yesterday"], "--since: expected a time like 2026-01-31 or 2026-01-31T09:00Z; got 'yesterday'"),
    ],
)
def test_a_filter_that_means_nothing_is_refused(
    komainu: Command, three: list[dict[str, Any]], arguments: list[str], message: str
) -> None:
    for command in (["list"], ["export", "-"]):
        ran = komainu("decisions", *command, *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert message in ran.err


def test_the_start_of_an_id_is_enough_where_it_is_unique(komainu: Command, three: list[dict[str, Any]]) -> None:
    for length in (18, 20, 36):
        assert komainu("decisions", "show", three[1]["id"][:length], "--json").json["id"] == three[1]["id"]
    assert komainu("decisions", "show", three[1]["id"][:18].upper(), "--json").json["id"] == three[1]["id"]
    ran = komainu("decisions", "show", three[1]["id"][:4])
    assert ran.code == 2
    assert f"3 decisions start with '{three[1]['id'][:4]}': {three[0]['id']}" in ran.err


@pytest.mark.parametrize("named", ["ffffffff-ffff-7fff", "0000", "01", "spam", "00000000-0000-7000-8000-000000000000"])
def test_an_id_that_is_not_there_is_refused(komainu: Command, three: list[dict[str, Any]], named: str) -> None:
    ran = komainu("decisions", "show", named)
    assert (ran.code, ran.out) == (2, "")
    assert "expected the id of a decision" in ran.err


def test_an_id_that_does_not_tell_its_time_is_found_by_its_start(here: Path, komainu: Command) -> None:
    content = Content(text="from a batch")

    async def write() -> None:
        store = await open_store("komainu.db")
        decision = Decision(
            id="a3bb189e-8bf9-5888-9912-ace4e6543002",
            content=content.digest,
            action=Action.HOLD,
            rulings={"house/HR1": Ruling.OPEN},
            opinions=(),
            stages=(),
            rulebook="0" * 64,
            policies=("house@1.0.0",),
            decided_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        await store.record(decision, content)
        await store.close()

    asyncio.run(write())
    record(3)
    assert komainu("decisions", "show", "a3bb", "--json").json["item"]["text"] == "from a batch"


def test_a_decision_is_shown_with_titles_only_under_its_own_policies(
    here: Path, komainu: Command, three: list[dict[str, Any]]
) -> None:
    shown = one_line(komainu("decisions", "show", three[1]["id"]).out)
    assert "house/HR1 Trading followers violated" in shown
    assert "by house@1.0.0, shop@2.0.0" in shown
    policy = here / "policies" / "house" / "policy.md"
    policy.write_text(policy.read_text("utf-8").replace("HR2 Shouting", "HR9 Shouting").replace("HR2", "HR9"), "utf-8")
    changed = one_line(komainu("decisions", "show", three[1]["id"]).out)
    assert "Trading followers" not in changed
    assert "house/HR2 open" in changed


def test_everything_is_exported_in_order_with_items_and_reviews(
    here: Path, komainu: Command, three: list[dict[str, Any]]
) -> None:
    komainu("review", "rule", three[0]["id"], "--all-clear", "--note", "fine")
    ran = komainu("decisions", "export", "out.jsonl")
    assert (ran.code, ran.out, ran.err) == (0, "", "3 decisions written\n")
    lines = [json.loads(line) for line in (here / "out.jsonl").read_text("utf-8").splitlines()]
    assert lines == [komainu("decisions", "show", decision["id"], "--json").json for decision in three]
    assert lines[0]["reviews"][0]["note"] == "fine"
    assert lines[2]["item"]["text"] == "第三の投稿"
    assert komainu("decisions", "export", "-").out == (here / "out.jsonl").read_text("utf-8")


def test_an_export_reads_past_one_page(here: Path, komainu: Command) -> None:
    ids = record(450)
    komainu("decisions", "export", "out.jsonl", "--action", "hold", "--since", "2026-01-01T00:00:09")
    lines = [json.loads(line) for line in (here / "out.jsonl").read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [one for number, one in enumerate(ids) if number % 3 and number >= 3]


def test_an_export_never_overwrites(here: Path, komainu: Command, three: list[dict[str, Any]]) -> None:
    (here / "out.jsonl").write_text("mine", "utf-8")
    ran = komainu("decisions", "export", "out.jsonl")
    assert ran.code == 2
    assert ran.err == "komainu: out.jsonl: expected a new file; it is there already (it stays as it is)\n"
    assert (here / "out.jsonl").read_text("utf-8") == "mine"
    assert komainu("decisions", "export", "nowhere/out.jsonl").code == 2


def test_an_export_that_fails_leaves_no_half_file(here: Path, komainu: Command) -> None:
    (here / "komainu.db").write_bytes(b"this is no database, and long enough to show it" * 10)
    assert komainu("decisions", "export", "out.jsonl").code == 3
    assert not (here / "out.jsonl").exists()


def test_a_forgotten_item_is_gone_and_its_decision_stays(
    here: Path, komainu: Command, three: list[dict[str, Any]]
) -> None:
    ran = komainu("decisions", "forget", three[0]["id"][:18], "--yes")
    assert ran.code == 0
    assert three[0]["content"] in one_line(ran.out)
    shown = komainu("decisions", "show", three[0]["id"], "--json").json
    assert shown["item"] is None
    assert shown["rulings"] == three[0]["rulings"]
    assert "first text" not in json.dumps(shown)
    assert "(forgotten)" in komainu("decisions", "list").out
    assert "forgotten" in komainu("decisions", "show", three[0]["id"]).out
    assert b"first text" not in (here / "komainu.db").read_bytes()
    assert komainu("ledger", "verify").code == 0
    again = komainu("decisions", "forget", three[0]["id"], "--yes")
    assert (again.code, "forgotten already" in again.out) == (0, True)


def test_an_item_is_forgotten_by_its_digest_too(komainu: Command, three: list[dict[str, Any]]) -> None:
    assert komainu("decisions", "forget", three[2]["content"], "--yes").code == 0
    assert komainu("decisions", "show", three[2]["id"], "--json").json["item"] is None
    ran = komainu("decisions", "forget", "0" * 64, "--yes")
    assert ran.code == 2
    assert "expected the digest of a content on record" in ran.err


def test_nothing_is_forgotten_without_a_yes(komainu: Command, three: list[dict[str, Any]]) -> None:
    ran = komainu("decisions", "forget", three[0]["id"], stdin="y\n")
    assert ran.code == 2
    assert "expected --yes" in ran.err
    assert komainu("decisions", "show", three[0]["id"], "--json").json["item"]["text"] == "first text"


def test_a_reader_that_stops_early_is_no_fault(here: Path) -> None:
    record(300)
    writer = subprocess.Popen(
        [sys.executable, "-c", "from komainu.apps.cli import main; main()", "decisions", "export", "-"],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None and writer.stderr is not None
    assert json.loads(writer.stdout.readline())["action"] == "allow"
    writer.stdout.close()
    said = writer.stderr.read().decode()
    writer.stderr.close()
    assert writer.wait(timeout=60) in {0, 1}
    assert "Traceback" not in said
