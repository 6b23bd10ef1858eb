"""Traces: kept apart, sealed, for a time, and gone with their content."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from komainu.domain import Trace
from komainu.errors import StoreError
from komainu.store import Store, TraceKeeper, open_store
from komainu.store.samples import sample
from komainu.store.traces import new_key
from tests.store.tampering import direct

NOW = datetime(2026, 11, 27, tzinfo=UTC)
TRACES = tuple(
    Trace(judge="j@1", model="m", effort=effort, outcome="answered", reasoning=f"hm, \ud800 {effort}", answer="{}")
    for effort in ("low", "medium")
)


def keeper(key: str, days: float = 30.0, now: Callable[[], datetime] = lambda: NOW) -> TraceKeeper:
    return TraceKeeper(key, days=days, clock=now)


async def opened(url: str, keeping: TraceKeeper | None, now: datetime = NOW) -> Store:
    return await open_store(url, keeper=keeping, clock=lambda: now)


async def test_traces_come_back_to_who_has_the_key(store_url: str) -> None:
    decision, content = sample(1)
    key = new_key()
    store = await opened(store_url, keeper(key))
    await store.record(decision, content, TRACES)
    await store.record(*sample(2))
    assert await store.traces(decision.id) == TRACES
    assert await store.traces("decision-2") == ()
    assert await store.traces("nobody") == ()
    assert (await store.verify()).faults == ()
    await store.close()
    rotated = await opened(store_url, keeper(f"{new_key()}, {key}"))
    assert await rotated.traces(decision.id) == TRACES
    await rotated.close()


async def test_without_the_key_nothing_can_be_read(sqlite_url: str) -> None:
    decision, content = sample(1)
    store = await opened(sqlite_url, keeper(new_key()))
    await store.record(decision, content, TRACES)
    await store.close()
    without = await opened(sqlite_url, None)
    with pytest.raises(StoreError, match="KOMAINU_TRACE_KEY; it is not set"):
        await without.traces(decision.id)
    await without.close()
    other = await opened(sqlite_url, keeper(new_key()))
    with pytest.raises(StoreError, match="another key, or changed"):
        await other.traces(decision.id)
    await other.close()
    written = b"".join(path.read_bytes() for path in Path(sqlite_url.removeprefix("sqlite:///")).parent.iterdir())
    assert b"hm, " not in written


async def test_traces_cannot_be_moved_or_changed_unseen(sqlite_url: str) -> None:
    store = await opened(sqlite_url, keeper(new_key()))
    for number in (1, 2, 3):
        await store.record(*sample(number), TRACES)
    with direct(sqlite_url) as connection:
        moved = connection.execute(text("SELECT sealed FROM traces ORDER BY expires_at, decision")).scalars().first()
        connection.execute(text("UPDATE traces SET sealed = :moved"), {"moved": moved})
    outcomes = []
    for number in (1, 2, 3):
        try:
            await store.traces(f"decision-{number}")
        except StoreError as error:
            outcomes.append(str(error))
    assert len(outcomes) == 2
    assert all("they were moved" in outcome for outcome in outcomes)
    with direct(sqlite_url) as connection:
        connection.execute(text("UPDATE traces SET sealed = substr(sealed, 1, 40) || 'x' || substr(sealed, 42)"))
    with pytest.raises(StoreError, match="or changed"):
        await store.traces("decision-1")
    await store.close()


async def test_traces_are_forgotten_with_their_content_and_when_their_time_is_over(store_url: str) -> None:
    key = new_key()
    store = await opened(store_url, keeper(key))
    for number in (1, 2):
        await store.record(*sample(number), TRACES)
    await store.forget(sample(1)[1].digest)
    assert await store.traces("decision-1") == ()
    assert await store.traces("decision-2") == TRACES
    await store.close()
    later = NOW + timedelta(days=31)
    again = await opened(store_url, keeper(key, now=lambda: later), later)
    assert await again.traces("decision-2") == ()
    await again.record(*sample(3), TRACES)
    with direct(store_url) as connection:
        assert connection.execute(text("SELECT count(*) FROM traces")).scalar_one() == 1
    await again.close()


@pytest.mark.parametrize("keeping", [None, keeper(new_key(), days=0.0)])
async def test_nothing_is_kept_unless_it_is_asked_for(store_url: str, keeping: TraceKeeper | None) -> None:
    store = await opened(store_url, keeping)
    await store.record(*sample(1), TRACES)
    assert await store.traces("decision-1") == ()
    with direct(store_url) as connection:
        assert connection.execute(text("SELECT count(*) FROM traces")).scalar_one() == 0
    await store.close()


@pytest.mark.parametrize("key", ["", "secret", "a,b"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(StoreError, match="trace-key"):
        TraceKeeper(key, days=1.0)


async def test_traces_whose_time_is_over_are_gone_when_the_record_is_opened(store_url: str) -> None:
    store = await opened(store_url, keeper(new_key()))
    await store.record(*sample(1), TRACES)
    await store.close()
    later = await opened(store_url, None, NOW + timedelta(days=31))
    with direct(store_url) as connection:
        assert connection.execute(text("SELECT count(*) FROM traces")).scalar_one() == 0
    await later.close()
