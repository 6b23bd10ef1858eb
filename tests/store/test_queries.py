"""Searching stays quick however long the record gets."""

import sqlite3

import pytest
from sqlalchemy import event

from komainu.domain import Action
from komainu.store import Store, open_store
from komainu.store.samples import CLAUSES, NOON, sample, sample_label, sample_review


async def _searched(store: Store) -> None:
    await store.held(after="decision-1")
    await store.held()
    await store.decisions(action=Action.HOLD, after="decision-1")
    await store.decisions(after="decision-1")
    await store.decision("decision-1")
    await store.reviews("decision-1")
    await store.reviewed()
    await store.reviewed(reviewer="山田", since=NOON)
    await store.histories(["decision-1", "decision-2"])
    await store.labels(clause=CLAUSES[0])
    await store.labels(content="content")
    await store.content("0" * 64)


async def test_no_search_reads_a_whole_table(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    decision, content = sample(1, opened=CLAUSES)
    await store.record(decision, content)
    await store.add_review(sample_review("review-1", decision, CLAUSES[0]), [sample_label("label-1", content.digest)])
    queries: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection: object, _cursor: object, statement: str, values: tuple[object, ...], *_: object) -> None:
        if statement.startswith("SELECT"):
            queries.append((statement, values))

    event.listen(store._database.reader, "before_cursor_execute", note)  # type: ignore[attr-defined] # of SqlStore
    await _searched(store)
    await store.close()
    assert len(queries) >= 9
    file = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    for statement, values in queries:
        plan = [row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        scans = [step for step in plan if step.startswith("SCAN")]
        # What has no condition is read in the order of its key, as far as the limit; `anon` is the clauses of one
        # decision; the three kinds of what waits are put together in order.
        allowed = ("SCAN decisions", "SCAN labels", "SCAN reviews", "SCAN anon")
        assert all(step.startswith(allowed) for step in scans), (statement, plan)
        assert not any("TEMP B-TREE" in step for step in plan if "UNION" not in step), (statement, plan)
    file.close()


@pytest.mark.parametrize("limit", [0, -5])
async def test_a_limit_of_nothing_gives_nothing(store: Store, limit: int) -> None:
    await store.record(*sample(1, opened=CLAUSES))
    assert await store.decisions(limit=limit) == ()
    assert await store.held(limit=limit) == ()
    assert await store.labels(limit=limit) == ()


async def test_a_time_without_zone_is_refused(store: Store) -> None:
    from komainu.errors import StoreError

    with pytest.raises(StoreError, match="needs a time zone"):
        await store.decisions(since=NOON.replace(tzinfo=None))
