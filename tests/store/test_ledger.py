"""What is in the ledger, and what is not."""

import asyncio
import hashlib
import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785
from sqlalchemy import select

from komainu.errors import StoreError
from komainu.store import open_store
from komainu.store.database import Database
from komainu.store.samples import CLAUSES, sample, sample_label, sample_review
from komainu.store.tables import LEDGER
from tests.store.tampering import direct


async def _fill(url: str) -> None:
    store = await open_store(url)
    decision, content = sample(1, opened=(CLAUSES[0],))
    await store.record(decision, content)
    await store.add_review(sample_review("review-1", decision, CLAUSES[0]), [sample_label("label-1", content.digest)])
    await store.record(*sample(2))
    await store.forget(content.digest)
    await store.close()


async def test_every_entry_carries_the_hash_of_the_one_before(store_url: str) -> None:
    await _fill(store_url)
    previous, kinds = "0" * 64, []
    with direct(store_url) as connection:
        rows = connection.execute(select(LEDGER).order_by(LEDGER.c.seq)).all()
    for number, row in enumerate(rows, 1):
        entry = json.loads(row.entry)
        assert row.entry.encode() == rfc8785.dumps(entry)
        assert row.hash == hashlib.sha256(row.entry.encode()).hexdigest()
        assert (entry["seq"], entry["kind"], entry["id"], entry["previous"]) == (number, row.kind, row.id, previous)
        assert entry["recorded_at"].endswith("Z")
        previous = row.hash
        kinds.append(row.kind)
    assert kinds == ["decision", "review", "label", "decision", "forgotten"]


async def test_no_word_of_a_content_or_about_it_is_in_the_ledger(store_url: str) -> None:
    await _fill(store_url)
    with direct(store_url) as connection:
        said = "".join(connection.execute(select(LEDGER.c.entry)).scalars())
    assert sample(1)[1].digest in said
    for words in ("buy now", "earlier turn", "Sample", "it only says", "slow on", "shops say"):
        assert words not in said


async def test_what_is_forgotten_is_no_longer_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "komainu.db"
    store = await open_store(file)
    decision, content = sample(71, opened=(CLAUSES[0],))
    await store.record(decision, content)
    assert b"Sample 71" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    await store.forget(content.digest)
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    await store.close()
    assert decision.id.encode() in left
    for words in (b"Sample 71", b"buy now", b"slow on"):
        assert words not in left


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET hash = 'x' WHERE seq = 1",
        "DELETE FROM ledger",
        "DELETE FROM ledger WHERE seq = 2",
        "REPLACE INTO ledger VALUES (1, 'decision', 'other', '{}', 'x')",
        "REPLACE INTO ledger VALUES (9, 'decision', 'decision-1', '{}', 'x')",
    ],
)
async def test_sqlite_refuses_to_change_the_ledger(sqlite_url: str, statement: str) -> None:
    await _fill(sqlite_url)
    file = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        file.execute(statement)
    file.close()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE ledger SET hash = 'x' WHERE seq = 1", "DELETE FROM ledger WHERE seq = 2", "TRUNCATE ledger CASCADE"],
)
async def test_postgres_refuses_to_change_the_ledger(postgres_url: str, statement: str) -> None:
    import psycopg

    await _fill(postgres_url)
    with psycopg.connect(postgres_url) as connection, pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        connection.execute(statement)


async def test_an_id_that_cannot_be_looked_up_is_refused(store_url: str) -> None:
    store = await open_store(store_url)
    for label_id, problem in (("", "recorded under its id"), ("x" * 1001, "has at most 1000 bytes; got 1001")):
        with pytest.raises(StoreError, match=problem):
            await store.add_labels([sample_label(label_id, "content")])
    await store.add_labels([sample_label("狛" * 333, "content")])
    assert len(await store.labels()) == 1
    await store.close()


async def test_numbers_that_no_ledger_can_carry_are_refused(store_url: str) -> None:
    store = await open_store(store_url)
    decision, content = sample(1)
    endless = replace(decision, stages=(replace(decision.stages[0], seconds=float("inf")),))
    with pytest.raises(StoreError, match="decision-1 cannot be put on record: expected a finite number"):
        await store.record(endless, content)
    uncountable = replace(decision, stages=(replace(decision.stages[0], asked=2**53),))
    with pytest.raises(StoreError, match="asked is 0 to"):
        await store.record(uncountable, content)
    assert (await store.head()).entries == 0
    await store.close()


async def test_what_is_no_decision_at_all_does_not_disturb_its_neighbours(store_url: str) -> None:
    store = await open_store(store_url)
    (first, content), (second, other) = sample(1), sample(2)
    broken = replace(first, id="broken", policies=(None,))
    outcomes = await asyncio.gather(
        store.record(first, content), store.record(broken, content), store.record(second, other), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), StoreError, type(None)]
    assert "decision broken cannot be put on record" in str(outcomes[1])
    assert await store.decisions() == (first, second)
    await store.close()


def test_addresses_in_messages_have_no_password() -> None:
    from komainu.store.open import _database

    database: Database = _database("postgresql://someone:secret@localhost/komainu", 1.0)
    assert "secret" not in database.place
    assert "someone" in database.place
    database.close()
