"""What checks of a store are made with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from komainu.domain import Abstention, Decision
from komainu.errors import StoreError
from komainu.store.protocol import Store

OpenRecord = Callable[[], Awaitable[Store]]
Check = Callable[[OpenRecord], Awaitable[None]]


@asynccontextmanager
async def opened(record: OpenRecord) -> AsyncIterator[Store]:
    """The record, closed at the end."""
    store = await record()
    try:
        yield store
    finally:
        await store.close()


def wordless(decision: Decision) -> Decision:
    """The decision when its words are forgotten."""
    silent = (
        replace(one, detail="") if isinstance(one, Abstention) else replace(one, rationale="", remedy="")
        for one in decision.opinions
    )
    return replace(decision, opinions=tuple(silent))


def same(found: object, expected: object) -> None:
    """AssertionError where they differ."""
    true(found == expected, f"expected {expected!r}; got {found!r}")


def true(held: bool, problem: str) -> None:
    """AssertionError with the problem where it does not hold."""
    if not held:
        raise AssertionError(problem)


async def refuses(doing: Awaitable[object], named: str) -> None:
    """AssertionError unless it raises a StoreError that says so."""
    try:
        await doing
    except StoreError as error:
        true(named in str(error), f"expected an error that names {named}; got: {error}")
    else:
        raise AssertionError(f"expected StoreError that names {named}; nothing was raised")
