"""`komainu batch` on files that are not what they should be."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from komainu.apps.batch import formats as row_formats
from komainu.apps.batch.files import open_rows
from komainu.apps.batch.formats import Lines, Problem
from komainu.apps.batch.rows import BadRow, Columns, Row
from tests.cli.conftest import Command, one_line

BAD_LINES: tuple[tuple[bytes, str], ...] = (
    (b'{"text": "cut off', "expected a JSON object on one line; Invalid control character at character 18"),
    (b"[" * 100_000, "expected a JSON object on one line; it is nested too deeply"),
    (b'{"text": "x", "n": ' + b"9" * 5_000 + b"}", "expected a JSON object on one line; Exceeds the limit"),
    (b"[1, 2]", "expected an object with fields; got a list"),
    (b'"text"', "expected an object with fields; got a string"),
    (b'{"txt": "hello", "id": 3}', "expected a field 'text'; got 'txt', 'id'"),
    (b"{}", "expected a field 'text'; got none at all"),
    (b'{"text": null}', "text: expected a string; got null"),
    (b'{"text": 12}', "text: expected a string; got a number"),
    (b'{"text": true}', "text: expected a string; got true or false"),
    (b'{"text": ["a"]}', "text: expected a string; got a list"),
    (b'{"text": "a", "role": "wizard"}', "role: expected one of post, comment"),
    (b'{"text": "a", "role": 3}', "role: expected a string; got a number"),
    (b'{"text": "a", "context": "before"}', "context: expected a list of strings; got a string"),
    (b'{"text": "a", "context": ["b", 4]}', "context: expected a list of strings; got a number in it"),
    (b'{"text": "a", "id": {"n": 1}}', "id: expected a string or a finite number; got an object"),
    (b'{"text": "a", "id": NaN}', "id: expected a string or a finite number; got a number"),
    (b'{"text": "caf\xe9"}', "expected UTF-8; byte 14 of the line is none"),
)


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def found(path: Path) -> list[Row | BadRow]:
    rows: list[Row | BadRow] = []
    with open_rows(path, Columns()) as given:
        while chunk := given.next_chunk():
            rows.extend(chunk)
    return rows


@pytest.mark.parametrize(("line", "problem"), BAD_LINES)
def test_each_bad_line_is_listed_with_its_problem(line: bytes, problem: str, here: Path) -> None:
    (here / "in.jsonl").write_bytes(b'{"text": "before"}\n\n' + line + b'\n{"text": "after"}\n')
    before, bad, after = found(here / "in.jsonl")
    assert isinstance(before, Row) and isinstance(after, Row) and isinstance(bad, BadRow)
    assert (bad.number, bad.line) == (2, 3)  # an empty line is no row
    assert bad.problem.startswith(problem)
    assert (after.number, after.content.text) == (3, "after")


def test_bad_rows_stop_nothing(here: Path, scripted: Callable[..., None], process: Command) -> None:
    lines = [b'{"text": "good", "id": 1}', *(line for line, _ in BAD_LINES), b'{"text": "good", "id": 2}']
    (here / "in.jsonl").write_bytes(b"\n".join(lines))
    ran = process("batch", "in.jsonl", "--out", "out.jsonl")
    assert ran.code == 0, ran.err
    last = len(lines)
    assert [(line["row"], line["id"]) for line in read_lines(here / "out.jsonl")] == [(1, 1), (last, 2)]
    errors = read_lines(here / "out.errors.jsonl")
    assert [(error["row"], error["line"]) for error in errors] == [(n, n) for n in range(2, last)]
    assert f"out.errors.jsonl: {len(BAD_LINES)} bad rows" in one_line(ran.out)


def test_a_file_of_bad_rows_only_is_no_failure(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    (here / "in.jsonl").write_bytes(b"no\n" * 1000)
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--errors", "bad.jsonl")
    assert ran.code == 0
    assert (here / "out.jsonl").read_bytes() == b""
    assert [error["row"] for error in read_lines(here / "bad.jsonl")] == list(range(1, 1001))


def test_problems_do_not_quote_the_text(here: Path, scripted: Callable[..., None], komainu: Command) -> None:
    (here / "in.jsonl").write_bytes(b'{"text": "a secret"]\n{"text": ["a secret"]}\n')
    komainu("batch", "in.jsonl", "--out", "out.jsonl")
    assert "secret" not in (here / "out.errors.jsonl").read_text("utf-8")


def test_lone_surrogates_and_nul_are_judged_as_they_are(
    here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    text = r'{"text": "half \ud83d of a pair, and \u0000", "id": "\udc00", "context": ["\ud800"]}'
    (here / "in.jsonl").write_text(text)
    ran = komainu("batch", "in.jsonl", "--out", "out.jsonl", "--full")
    assert ran.code == 0, ran.err
    [line] = read_lines(here / "out.jsonl")
    assert line["id"] == "\udc00"
    [row] = found(here / "in.jsonl")
    assert isinstance(row, Row)
    assert line["content"] == row.content.digest
    assert row.content.text == "half \ud83d of a pair, and \0"


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(here: Path) -> None:
    (here / "in.jsonl").write_bytes(b'\xef\xbb\xbf{"text": "one"}\r\n{"text": "two"}\r\n\r\n')
    (here / "in.csv").write_bytes(b"\xef\xbb\xbftext,id\r\none,1\r\ntwo,2\r\n\r\n")
    for name in ("in.jsonl", "in.csv"):
        assert [row.content.text for row in found(here / name) if isinstance(row, Row)] == ["one", "two"]


def test_bad_rows_of_csv(here: Path) -> None:
    (here / "in.csv").write_bytes(
        b'id,text,role\n'
        b'1,"two\nlines",user\n'
        b'2,too few\n'
        b'3,too,many,fields\n'
        b'4,caf\xe9,post\n'
        b'5,"quoted" badly,post\n'
        b',plain,\n'
        b'6,good,wizard\n'
        b'7,"never closed,post\n'
    )  # fmt: skip
    rows = found(here / "in.csv")
    bad = {row.number: (row.line, row.problem) for row in rows if isinstance(row, BadRow)}
    assert bad[2] == (4, "expected 3 fields, as in the header; got 2")
    assert bad[3] == (5, "expected 3 fields, as in the header; got 4")
    assert bad[4] == (6, "expected UTF-8; a byte of the row is none")
    assert bad[5][0] == 7
    assert bad[7][1].startswith("role: expected one of")
    assert bad[8] == (10, "expected a row of CSV; unexpected end of data")
    good = [(row.number, row.id, row.content.text) for row in rows if isinstance(row, Row)]
    assert good == [(1, "1", "two\nlines"), (6, None, "plain")]


def test_context_in_csv_is_a_json_list_or_one_turn(here: Path) -> None:
    (here / "in.csv").write_text('text,context\na,"[""x"", ""y""]"\nb,only one\nc,[not json\nd,\ne,[1]\n')
    contexts = [row.content.context if isinstance(row, Row) else row.problem for row in found(here / "in.csv")]
    assert contexts == [
        ("x", "y"),
        ("only one",),
        ("[not json",),
        (),
        "context: expected a list of strings; got a number in it",
    ]


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_a_table_without_a_column_of_text_is_refused(
    name: str, here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    if name == "in.csv":
        (here / name).write_text("id,body\n1,hello\n")
    else:
        pq.write_table(pa.table({"id": [1], "body": ["hello"]}), here / name)
    ran = komainu("batch", name, "--out", "out.jsonl")
    assert ran.code == 2
    assert one_line(ran.err) == (f"komainu: {name}: expected a column 'text' (see --text-field); got 'id', 'body'")
    assert not list(here.glob("out*"))


def test_bad_rows_of_parquet(here: Path) -> None:
    broken = pa.Array.from_buffers(
        pa.string(),
        3,
        [None, pa.py_buffer(b"\0\0\0\0\4\0\0\0\10\0\0\0\14\0\0\0"), pa.py_buffer(b"fine\xff\xff\xff\xffgood")],
    )
    pq.write_table(pa.table({"text": broken, "id": [1, None, 3]}), here / "utf8.parquet")
    first, second, third = found(here / "utf8.parquet")
    assert isinstance(first, Row) and first.content.text == "fine" and first.id == 1
    assert second == BadRow(number=2, line=None, problem="expected UTF-8; a byte of the row is none")
    assert isinstance(third, Row) and third.content.text == "good"
    pq.write_table(pa.table({"text": [1.5, 2.5]}), here / "numbers.parquet")
    assert [row.problem for row in found(here / "numbers.parquet") if isinstance(row, BadRow)] == [
        "text: expected a string; got a number"
    ] * 2
    pq.write_table(pa.table({"text": [None, "a"]}), here / "null.parquet")
    bad, good = found(here / "null.parquet")
    assert isinstance(bad, BadRow) and bad.problem == "text: expected a string; got null"
    assert isinstance(good, Row)


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.csv.gz", "in.parquet"])
def test_a_damaged_container_is_an_error_behind_what_could_be_read(
    name: str, here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    count = 2_000
    if name.endswith(".parquet"):
        pq.write_table(pa.table({"text": [f"row {n}" for n in range(count)]}), here / name, row_group_size=400)
        data = bytearray((here / name).read_bytes())
        middle = len(data) // 2
        data[middle : middle + 2_000] = b"\xff" * 2_000
        (here / name).write_bytes(data)
    else:
        lines = [b"text"] if ".csv" in name else []
        lines += [b"row %d" % n if ".csv" in name else b'{"text": "row %d"}' % n for n in range(count)]
        whole = gzip.compress(b"\n".join(lines))
        (here / name).write_bytes(whole[: len(whole) // 2])
    ran = komainu("batch", name, "--out", "out.jsonl")
    assert ran.code == 2
    assert ran.err.startswith(f"komainu: {name}: expected a whole")
    rows = [line["row"] for line in read_lines(here / "out.jsonl")]
    assert 400 <= len(rows) < count
    assert rows == list(range(1, len(rows) + 1))
    assert not (here / "out.errors.jsonl").exists()  # the row that was torn is no bad row


@pytest.mark.parametrize("name", ["in.jsonl.gz", "in.csv.gz", "in.parquet"])
def test_a_file_that_is_not_what_its_name_says_is_refused(
    name: str, here: Path, scripted: Callable[..., None], komainu: Command
) -> None:
    (here / name).write_text('{"text": "plain"}\n')
    ran = komainu("batch", name, "--out", "out.jsonl")
    assert ran.code == 2
    assert ran.err.startswith(f"komainu: {name}: expected a whole")


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv"])
def test_a_line_too_long_is_a_bad_row(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_formats, "MAX_LINE_BYTES", 1_000)
    monkeypatch.setattr(Lines.__init__, "__kwdefaults__", {"most": 1_000})
    long = "a" * 5_000_000
    if name == "in.csv":
        (here / name).write_text(f"text\nbefore\n{long}\nafter\n{'b' * 990}\n")
    else:
        (here / name).write_text(f'{{"text": "before"}}\n{{"text": "{long}"}}\n{{"text": "after"}}\n{{"text": "b"}}\n')
    before, bad, after, _ = found(here / name)
    assert isinstance(before, Row) and isinstance(after, Row) and isinstance(bad, BadRow)
    assert (bad.number, bad.line) == (2, 3 if name == "in.csv" else 2)
    assert "a line of 1,000 bytes at most; it is longer" in bad.problem
    assert after.content.text == "after"


def test_a_line_too_long_is_never_held_whole(here: Path) -> None:
    path = here / "in.jsonl"
    with path.open("wb") as file:
        file.truncate(300_000_000)  # a hole in the file: one line of zeros
        file.seek(0, 2)
        file.write(b"\n{}\n")
    sizes: list[int] = []

    class Watched:
        def __init__(self, file: Any) -> None:
            self.file = file

        def readline(self, most: int) -> bytes:
            line: bytes = self.file.readline(most)
            sizes.append(len(line))
            return line

    with path.open("rb") as file:
        lines: list[bytes | Problem] = list(Lines(Watched(file)))  # type: ignore[arg-type]  # all that Lines needs
    assert isinstance(lines[0], Problem)
    assert lines[1:] == [b"{}\n"]
    assert max(sizes) <= row_formats.MAX_LINE_BYTES + 1
