"""`komainu ledger`: whatever was changed on record is named."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command, one_line


@pytest.fixture
def recorded(scripted: Callable[..., None], komainu: Command) -> list[dict[str, Any]]:
    """Four decisions on record."""
    return [komainu("check", f"text {number}", "--json").json for number in range(4)]


def tamper(here: Path, *statements: str) -> None:
    """Changes the database past the triggers that refuse it."""
    with closing(sqlite3.connect(here / "komainu.db", isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        assert triggers
        for (name,) in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert connection.execute(statement).rowcount > 0


def test_a_whole_ledger_verifies(komainu: Command, recorded: list[dict[str, Any]]) -> None:
    head = komainu("ledger", "head").out.strip()
    assert head.startswith("4:")
    ran = komainu("ledger", "verify")
    assert ran.code == 0
    assert ran.out == f"4 entries, whole\nhead {head}\n"
    assert komainu("ledger", "verify", "--json").json == {"whole": True, "entries": 4, "head": head, "faults": []}


def test_a_checkpoint_kept_elsewhere_is_still_held_later(komainu: Command, recorded: list[dict[str, Any]]) -> None:
    head = komainu("ledger", "head").out.strip()
    komainu("check", "one more")
    ran = komainu("ledger", "verify", "--expect", head)
    assert ran.code == 0
    assert "5 entries, whole\nholds the checkpoint at entry 4\n" in ran.out


@pytest.mark.parametrize("entry", [1, 2, 4])
def test_an_edited_entry_is_named_with_its_decision(
    here: Path, komainu: Command, recorded: list[dict[str, Any]], entry: int
) -> None:
    tamper(here, f"UPDATE ledger SET entry = replace(entry, '0.5', '0.1') WHERE seq = {entry}")
    ran = komainu("ledger", "verify")
    assert ran.code == 1
    assert f"{entry} {recorded[entry - 1]['id']}" in one_line(ran.out)
    found = komainu("ledger", "verify", "--json")
    assert found.code == 1
    assert found.json["whole"] is False
    assert {(fault["entry"], fault["id"]) for fault in found.json["faults"]} == {(entry, recorded[entry - 1]["id"])}
    assert all(fault["problem"] for fault in found.json["faults"])


@pytest.mark.parametrize("entry", [1, 3, 4])
def test_a_removed_entry_is_named(here: Path, komainu: Command, recorded: list[dict[str, Any]], entry: int) -> None:
    tamper(here, f"DELETE FROM ledger WHERE seq = {entry}")
    found = komainu("ledger", "verify", "--json")
    assert found.code == 1
    assert entry in {fault["entry"] for fault in found.json["faults"]}


def test_an_edited_item_is_named(here: Path, komainu: Command, recorded: list[dict[str, Any]]) -> None:
    tamper(here, "UPDATE contents SET body = replace(body, 'text 2', 'text 9') WHERE body LIKE '%text 2%'")
    found = komainu("ledger", "verify", "--json")
    assert found.code == 1
    assert [fault["id"] for fault in found.json["faults"]] == [recorded[2]["id"]]
    assert komainu("decisions", "show", recorded[2]["id"]).code == 3


def test_a_ledger_rebuilt_from_scratch_is_found_by_its_checkpoint(
    here: Path, komainu: Command, recorded: list[dict[str, Any]]
) -> None:
    head = komainu("ledger", "head").out.strip()
    (here / "komainu.db").rename(here / "old.db")
    for number in range(4):
        komainu("check", f"another {number}")
    assert komainu("ledger", "verify").code == 0
    ran = komainu("ledger", "verify", "--expect", head)
    assert ran.code == 1
    assert "1 fault" in ran.out
    assert komainu("ledger", "verify", "--expect", f"9{head[1:]}").code == 1  # more entries than there are


@pytest.mark.parametrize("given", ["", "4", "4:abc", "x:" + "0" * 64, "-1:" + "0" * 64, "4:" + "G" * 64])
def test_what_is_no_checkpoint_is_refused(komainu: Command, recorded: list[dict[str, Any]], given: str) -> None:
    ran = komainu("ledger", "verify", "--expect", given)
    assert (ran.code, ran.out) == (2, "")
    assert "expected a checkpoint as `ledger head` prints it" in ran.err


def test_a_file_that_is_no_database_is_exit_code_3(here: Path, process: Command) -> None:
    (here / "komainu.db").write_bytes(b"not a database at all, only some words " * 20)
    ran = process("ledger", "verify")
    assert (ran.code, ran.out) == (3, "")
    assert "Traceback" not in ran.err


def test_the_exit_code_reaches_the_shell(here: Path, process: Command, recorded: list[dict[str, Any]]) -> None:
    tamper(here, "UPDATE ledger SET entry = replace(entry, '0.5', '0.1') WHERE seq = 2")
    assert process("ledger", "verify").code == 1
