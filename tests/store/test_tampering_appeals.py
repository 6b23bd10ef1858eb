"""Appeals and what came of them cannot be changed, removed or made up unseen."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from komainu.domain import Outcome, Ruling
from komainu.store import open_store
from komainu.store.case_checks import sample_appeal
from komainu.store.samples import CLAUSES, sample, sample_review
from tests.store.tampering import direct, forge, rewrite, sql

FIRST, SECOND = CLAUSES[:2]


async def fill(url: str) -> None:
    """1 and 2 are decisions, 3 reviews 1, 4 and 5 appeal against 1 and 2, 6 settles the first, 7 reviews 1 again."""
    store = await open_store(url)
    held, content = sample(1, opened=(FIRST,))
    await store.record(held, content)
    await store.record(*sample(2))
    await store.add_review(replace(sample_review("review-3", held, FIRST), reviewer="a"))
    await store.add_appeal(sample_appeal("appeal-4", held.id, FIRST))
    await store.add_appeal(sample_appeal("appeal-5", "decision-2", FIRST, SECOND))
    settling = replace(sample_review("review-6", held, FIRST), reviewer="b", rulings={FIRST: Ruling.VIOLATED})
    await store.add_review(replace(settling, appeal="appeal-4", outcome=Outcome.OVERTURNED, second=(FIRST,)))
    await store.add_review(replace(sample_review("review-7", held, FIRST), reviewer="c"))
    assert (await store.verify()).faults == ()
    await store.close()


async def faults(url: str) -> list[tuple[int, str]]:
    store = await open_store(url)
    found = (await store.verify()).faults
    await store.close()
    return [(fault.entry, fault.problem) for fault in found]


@pytest.mark.parametrize(
    ("change", "entry", "problem"),
    [
        (rewrite(4, "作者", "誰か"), 4, "edited"),
        (rewrite(6, '"overturned"', '"upheld"'), 6, "edited"),
        (rewrite(6, '"second"', '"sekond"'), 6, "edited"),
        (sql("DELETE FROM ledger WHERE seq = 4"), 4, "missing"),
        (sql("UPDATE words SET body = replace(body, 'joke', 'lie') WHERE seq = 4"), 4, "edited"),
        (sql("DELETE FROM words WHERE seq = 5"), 5, "not forgotten: words"),
        (sql("UPDATE appeals SET decision = 2 WHERE seq = 4"), 4, "table appeals"),
        (sql("DELETE FROM appealed_clauses WHERE seq = 5 AND place = 1"), 5, "table appealed_clauses"),
        (sql("UPDATE outcomes SET overturned = 0"), 6, "table outcomes"),
        (sql("DELETE FROM outcomes"), 6, "table outcomes"),
        (sql("INSERT INTO outcomes VALUES (3, 5, 1)"), 3, "table outcomes"),
        (sql("UPDATE ruled_clauses SET second = 0 WHERE seq = 6"), 6, "table ruled_clauses"),
        (sql("UPDATE ruled_clauses SET reviewer = 'c' WHERE seq = 3"), 3, "table ruled_clauses"),
        (sql("INSERT INTO appeals VALUES (44, 1)"), 44, "appeals has a row"),
    ],
)
async def test_a_change_is_found_where_it_was_made(store_url: str, change: object, entry: int, problem: str) -> None:
    await fill(store_url)
    with direct(store_url) as connection:
        change(connection)  # type: ignore[operator]
    assert any(where == entry and problem in what for where, what in await faults(store_url))


@pytest.mark.parametrize(
    ("seq", "old", "new", "problem"),
    [
        (4, '"decision":"decision-1","entry":1', '"decision":"decision-2","entry":1', "which is not there"),
        (5, '"spam/SP2"', '"spam/SP9"', "did not rule on: spam/SP9"),
        (6, '"entry":4,"id":"appeal-4"', '"entry":5,"id":"appeal-5"', "it is made on appeal appeal-5 in entry 5"),
        (6, '"entry":4,"id":"appeal-4"', '"entry":4,"id":"appeal-9"', "it is made on appeal appeal-9 in entry 4"),
        (6, '"reviewer":"b"', '"reviewer":"a"', "by somebody who had ruled on the decision before"),
        (7, '"reviewed_at"', '"appeal":{"entry":4,"id":"appeal-4"},"reviewed_at"', "an appeal that was settled before"),
    ],
)
async def test_what_was_made_up_with_a_whole_new_chain_is_found(
    sqlite_url: str, seq: int, old: str, new: str, problem: str
) -> None:
    await fill(sqlite_url)
    with direct(sqlite_url) as connection:
        forge(seq, old, new)(connection)
    assert any(where == seq and problem in what for where, what in await faults(sqlite_url))


async def test_an_appeal_beside_an_open_one_is_found(sqlite_url: str) -> None:
    await fill(sqlite_url)
    with direct(sqlite_url) as connection:  # as if there had been one before it
        connection.execute(text("INSERT INTO appeals VALUES (2, 2)"))
    assert any("while another appeal" in what for _, what in await faults(sqlite_url))
