"""Several processes on one record, and processes that die."""

import os
import random
import time
from multiprocessing import reduction
from pathlib import Path

import pytest

from komainu.store import open_store
from komainu.store.samples import CLAUSES, sample
from tests.store.workers import processes, record_some, record_until_killed

KILLS = 20


async def test_four_processes_write_one_ledger(store_url: str) -> None:
    """They also all find the place empty, and want to create the tables."""
    context = processes()
    children = [context.Process(target=record_some, args=(store_url, 1000 * number, 100)) for number in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
        assert child.exitcode == 0
    store = await open_store(store_url)
    found = await store.verify()
    assert found.faults == ()
    assert found.head.entries == 400
    kept = {decision.id for decision in await store.decisions(limit=500)}
    assert kept == {sample(1000 * number + place)[0].id for number in range(4) for place in range(100)}
    await store.close()


@pytest.mark.slow
async def test_what_was_acknowledged_survives_a_kill_at_any_moment(sqlite_url: str) -> None:
    chance = random.Random(20)
    acknowledged: list[str] = []
    for round_number in range(KILLS):
        acknowledged += _killed_after(sqlite_url, 10_000 * round_number, chance.uniform(0.02, 0.4))
    assert len(acknowledged) > KILLS
    store = await open_store(sqlite_url)
    found = await store.verify()
    assert found.faults == ()
    kept: set[str] = set()
    after = ""
    while page := await store.decisions(after=after, limit=1000):
        kept.update(decision.id for decision in page)
        after = page[-1].id
    assert set(acknowledged) <= kept
    assert len(kept) == found.head.entries
    one = acknowledged[-1]
    assert await store.decision(one) == sample(int(one.removeprefix("decision-")), opened=CLAUSES[:1])[0]
    await store.close()


@pytest.mark.slow
async def test_a_record_can_be_opened_after_a_kill_while_it_was_created(tmp_path: Path) -> None:
    chance = random.Random(7)
    context = processes()
    for number in range(8):
        url = f"sqlite:///{tmp_path}/{number}.db"
        child = context.Process(target=record_some, args=(url, 0, 1000))
        child.start()
        time.sleep(chance.uniform(0.01, 0.15))
        child.kill()
        child.join()
        child.close()
        store = await open_store(url)
        assert (await store.verify()).faults == ()
        await store.record(*sample(5000))
        await store.close()


def _killed_after(url: str, first: int, seconds: float) -> list[str]:
    """The ids that a process had acknowledged when it was killed, that long after its first one."""
    reading, writing = os.pipe()
    child = processes().Process(target=_record, args=(url, first, reduction.DupFd(writing)))
    child.start()
    os.close(writing)
    told = os.read(reading, 1 << 16)
    time.sleep(seconds)
    child.kill()
    child.join()
    while more := os.read(reading, 1 << 16):
        told += more
    os.close(reading)
    child.close()
    return told.decode().splitlines()


def _record(url: str, first: int, acknowledged: reduction.DupFd) -> None:
    record_until_killed(url, first, acknowledged.detach())
