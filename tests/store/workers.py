"""What other processes do in the tests. They are forked from a clean process that has imported this module."""

import asyncio
import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext

import sqlalchemy.dialects.sqlite.pysqlite  # noqa: F401 before somebody loses the right to read it

from komainu.errors import StoreError
from komainu.store import open_store
from komainu.store.samples import CLAUSES, sample

NOBODY = 65534


def processes() -> ForkServerContext:
    """Makes processes that start in milliseconds and share nothing with the test."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def read_and_write(place: str, answer: Connection) -> None:
    """Try both on a record, as somebody who is not root; answer with what happened."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        answer.send(asyncio.run(_read_and_write(place)))
    except StoreError as error:
        answer.send(f"{type(error).__name__}: {error}")


async def _read_and_write(place: str) -> str:
    store = await open_store(place)
    await store.head()
    try:
        await store.record(*sample(2))
    except StoreError as error:
        return f"read, then {type(error).__name__}: {error}"
    return "read and written"


def record_some(url: str, first: int, count: int) -> None:
    """Record decisions `first` and following, a few at the same time."""
    asyncio.run(_record_some(url, first, count))


async def _record_some(url: str, first: int, count: int) -> None:
    store = await open_store(url, busy_timeout_seconds=60)
    for start in range(first, first + count, 5):
        await asyncio.gather(*(store.record(*sample(number)) for number in range(start, start + 5)))
    await store.close()


def record_until_killed(url: str, first: int, acknowledged: int) -> None:
    """Record decisions at several places at once; write the id of each to a pipe once it is acknowledged."""
    asyncio.run(_record_until_killed(url, first, acknowledged))


async def _record_until_killed(url: str, first: int, acknowledged: int) -> None:
    store = await open_store(url)
    numbers = iter(range(first, first + 1_000_000))

    async def work() -> None:
        for number in numbers:
            decision, content = sample(number, opened=CLAUSES[:1])
            await store.record(decision, content)
            os.write(acknowledged, f"{decision.id}\n".encode())

    await asyncio.gather(*(work() for _ in range(8)))
