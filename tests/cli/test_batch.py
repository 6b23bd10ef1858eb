"""`komainu batch` on files of every kind."""

import asyncio
import csv
import gzip
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from komainu.apps.batch.files import open_rows
from komainu.apps.batch.rows import Columns
from komainu.errors import MissingExtraError
from komainu.store import open_store
from tests.cli.conftest import Command, one_line

ROWS: tuple[dict[str, Any], ...] = (
    {"id": "a", "text": "Buy followers here, ten for a coin", "role": "post"},
    {"id": "b", "text": "お店は明日もあいていますか。", "role": "user", "context": ["こんにちは", "いらっしゃいませ"]},
    {"id": "c", "text": "The soup,\nand the bread, were “lovely”", "role": "assistant", "context": ["How was it?"]},
    {"id": "d", "text": "", "role": "tool"},
    {"id": "e", "text": "buy followers と書いてありました", "role": "comment"},
)


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    if path.suffix == ".parquet":
        schema = pa.schema({**dict.fromkeys(("id", "text", "role"), pa.string()), "context": pa.list_(pa.string())})
        pq.write_table(pa.Table.from_pylist(list(rows), schema), path, row_group_size=2)
        return
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "wt", encoding="utf-8", newline="") as file:
        if ".csv" in path.name:
            writer = csv.DictWriter(file, ["id", "text", "role", "context", "other"])
            writer.writeheader()
            writer.writerows({**row, "context": json.dumps(row.get("context", []))} for row in rows)
        else:
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def on_record(file: Path) -> list[Any]:
    """Each decision on record with its content."""

    async def read() -> list[Any]:
        store = await open_store(file)
        try:
            return [(one, await store.content(one.content)) for one in await store.decisions(limit=100_000)]
        finally:
            await store.close()

    return asyncio.run(read())


@pytest.mark.parametrize("name", ["in.jsonl", "in.jsonl.gz", "in.csv", "in.csv.gz", "in.parquet", "IN.JSONL"])
def test_each_format_gives_the_same_result(
    name: str, here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    scripted(default=0.0)
    write_rows(here / name, ROWS)
    ran = komainu("batch", name, "--out", "out.jsonl")
    assert ran.code == 0
    lines = read_lines(here / "out.jsonl")
    assert [(line["row"], line["id"], line["action"], line["violated"], line["open"]) for line in lines] == [
        (1, "a", "block", ["house/HR1"], 4),
        (2, "b", "allow", [], 0),
        (3, "c", "allow", [], 0),
        (4, "d", "allow", [], 0),
        (5, "e", "block", ["house/HR1"], 4),
    ]
    assert "buy followers" in lines[0]["why"]
    kept = {decision.id: (decision, content) for decision, content in on_record(here / "komainu.db")}
    assert [kept[line["decision"]][0].action.label for line in lines] == [line["action"] for line in lines]
    contents = [kept[line["decision"]][1] for line in lines]
    assert [content.text for content in contents] == [row["text"] for row in ROWS]
    assert [content.role.value for content in contents] == ["post", "prompt", "response", "tool_result", "comment"]
    assert [list(content.context) for content in contents] == [row.get("context") or [] for row in ROWS]


def test_lines_are_compact_and_say_what_was_done(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    scripted({"house/HR1": 0.0, "shop/SR1": 0.0, "shop/HR1": 0.0, "house/HR2": 0.3})
    write_rows(here / "in.jsonl", [{"text": "Ring the harbour office", "id": 7}])
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    [line] = read_lines(here / "out.jsonl")
    assert set(line) == {
        "row", "action", "id", "decision", "violated", "open", "why", "policies", "decided_at",
    }  # fmt: skip
    assert (line["action"], line["id"], line["violated"], line["open"]) == ("hold", 7, [], 2)
    assert line["policies"] == ["house@1.0.0", "shop@2.0.0"]
    assert line["why"] == "2 open, closest p=0.50"


def test_full_lines_hold_every_ruling_and_opinion(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    write_rows(here / "in.jsonl", ROWS[:1])
    komainu("batch", "in.jsonl", "--out", "out.jsonl", "--full")
    [line] = read_lines(here / "out.jsonl")
    assert (line["row"], line["id"]) == (1, "a")
    assert line["rulings"]["house/HR1"] == "violated"
    assert [opinion["evidence"][0]["text"] for opinion in line["opinions"] if opinion["evidence"]] == ["Buy followers"]
    shown = komainu("decisions", "show", line["decision"], "--json").json
    assert line["rulings"] == shown["rulings"]
    assert line["content"] == shown["content"]


def test_other_fields_can_hold_text_and_role(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    write_rows(here / "in.jsonl", [{"body": "One", "by": "user"}, {"body": "Two", "role": "no role at all"}])
    komainu("batch", "in.jsonl", "--out", "out.jsonl", "--text-field", "body", "--role-field", "by", "--role", "tool")
    kept = {content.text: content.role.value for _, content in on_record(here / "komainu.db")}
    assert kept == {"One": "prompt", "Two": "tool_result"}


def test_roles_in_the_file_can_be_ignored(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    write_rows(here / "in.jsonl", [{"text": "One", "role": "moderator"}])
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--role-field", "", "--role", "review")
    assert ran.code == 0
    assert [content.role.value for _, content in on_record(here / "komainu.db")] == ["review"]


def test_rows_keep_their_order_however_long_each_takes(
    here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    texts = [f"row {number} " + "so very long " * (number % 7 * 100) for number in range(400)]
    write_rows(here / "in.jsonl", [{"text": text} for text in texts])
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    assert [line["row"] for line in read_lines(here / "out.jsonl")] == list(range(1, 401))


def test_the_summary_counts_rows_and_actions(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    scripted(default=0.0)
    write_rows(here / "in.jsonl", [*ROWS, {"no": "text"}])
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl")
    said = one_line(ran.out)
    assert "5 rows judged in " in said
    assert "out.jsonl: 5 rows, 3 allow, 0 limit, 0 hold, 2 block" in said
    assert "out.errors.jsonl: 1 bad rows, not judged" in said
    assert ran.err == ""  # no progress bar where nobody watches


@pytest.mark.parametrize("name", ["in.jsonl", "in.jsonl.gz", "in.csv", "in.csv.gz", "in.parquet"])
def test_a_file_without_rows_gives_an_empty_output(
    name: str, here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    if name.endswith(".parquet"):
        pq.write_table(pa.table({"text": pa.array([], pa.string())}), here / name)
    else:
        (here / name).write_bytes(gzip.compress(b"") if name.endswith(".gz") else b"")
    ran = komainu("batch", name, "--out", "out.jsonl")
    assert ran.code == 0
    assert (here / "out.jsonl").read_bytes() == b""
    assert "0 rows judged" in ran.out


def test_an_unknown_ending_is_refused(here: Path, scripted: Callable[..., None], process: Command) -> None:
    (here / "in.txt").write_text("words")
    ran = process("batch", "in.txt", "--out", "out.jsonl")
    assert ran.code == 2
    assert one_line(ran.err) == (
        "komainu: expected a file named *.jsonl, *.jsonl.gz, *.csv, *.csv.gz, *.parquet; got 'in.txt'"
    )
    assert not (here / "out.jsonl").exists()


def test_a_missing_file_is_named(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl")
    assert (ran.code, ran.err) == (2, "komainu: in.jsonl: expected a file to read; there is none\n")
    assert not (here / "out.jsonl").exists()


def test_a_folder_is_no_input(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    (here / "in.jsonl").mkdir()
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl")
    assert ran.code == 2
    assert ran.err.startswith("komainu: in.jsonl: cannot be read: ")


def test_nothing_is_left_behind_where_the_store_cannot_be_opened(
    here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    write_rows(here / "in.jsonl", ROWS)
    (here / "notes.db").write_bytes(b"these are notes, and no database at all" * 100)
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--store", "notes.db")
    assert ran.code == 3
    assert not list(here.glob("out*"))


def test_parquet_without_pyarrow_names_what_to_install(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows(here / "in.parquet", ROWS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with (
        pytest.raises(MissingExtraError, match=r'pip install "komainu\[batch\]"'),
        open_rows(here / "in.parquet", Columns()),
    ):
        pass
