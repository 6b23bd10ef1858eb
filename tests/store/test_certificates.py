"""Certificates let content through unseen: an edited one is refused before anybody verifies the ledger."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from komainu.domain import Lapse
from komainu.errors import StoreError
from komainu.store import open_store
from komainu.store.samples import NOON, sample_certificate, sample_label
from tests.store.tampering import direct, rewrite, sql

Change = Callable[[Connection], None]


async def _fill(url: str) -> None:
    """1 and 2 are certificates, 3 takes back the first, 4 is a label."""
    store = await open_store(url)
    await store.add_certificates([sample_certificate("first"), sample_certificate("second", "spam/SP2")])
    await store.lapse([Lapse(id="lapse", certificate="first", why="drift", lapsed_at=NOON)])
    await store.add_labels([sample_label("label", "content")])
    await store.close()


@pytest.mark.parametrize(
    "change",
    [
        rewrite(1, '"0.0625"', '"0.4"'),
        rewrite(1, '"0.0625"', '"0.4"', hashed=True),
        rewrite(2, "2026-12-22", "2036-12-22", hashed=True),
        rewrite(3, '"entry":1', '"entry":2', hashed=True),
        rewrite(1, '"0.0625"', '"x"', hashed=True),
        rewrite(3, "{", "[", hashed=True),
    ],
)
async def test_an_edited_one_is_refused_and_found(store_url: str, change: Change) -> None:
    await _fill(store_url)
    with direct(store_url) as connection:
        change(connection)
    store = await open_store(store_url)
    with pytest.raises(StoreError, match=r"was changed after it was recorded.*ledger verify"):
        await store.certificates()
    assert (await store.verify()).faults
    await store.close()


@pytest.mark.parametrize(
    ("change", "entry", "problem"),
    [
        (sql("DELETE FROM lapses"), 3, "table lapses"),
        (sql("UPDATE lapses SET certificate = 2"), 3, "table lapses"),
        (sql("UPDATE certificates SET clause = 'spam/SP9' WHERE seq = 1"), 1, "table certificates"),
        (sql("DELETE FROM certificates WHERE seq = 2"), 2, "table certificates"),
    ],
)
async def test_rows_beside_the_ledger_are_verified(store_url: str, change: Change, entry: int, problem: str) -> None:
    await _fill(store_url)
    with direct(store_url) as connection:
        change(connection)
    store = await open_store(store_url)
    assert [(fault.entry, problem in fault.problem) for fault in (await store.verify()).faults] == [(entry, True)]
    await store.close()


async def test_what_takes_back_another_one_is_found(store_url: str) -> None:
    await _fill(store_url)
    with direct(store_url) as connection:
        rewrite(3, '"certificate":"first"', '"certificate":"second"', hashed=True)(connection)
    store = await open_store(store_url)
    assert any("takes back certificate second" in fault.problem for fault in (await store.verify()).faults)
    await store.close()
