"""Decisions on record, found the ways a person asks for them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from komainu.domain import Action, Decision
from komainu.errors import UsageError
from komainu.store import Store

PAGE = 200
SHORT_ID = 18  # characters of an id that tell decisions apart: the time to the millisecond, and 12 bits more
FEWEST = 4  # characters of an id that are worth a search
SLACK = timedelta(minutes=1)  # between the time in an id and that of its decision


async def pages(
    store: Store, *, action: Action | None = None, since: datetime | None = None
) -> AsyncIterator[Decision]:
    """Every decision, in the order recorded, a page in memory at a time."""
    after = ""
    while found := await store.decisions(action=action, since=since, after=after, limit=PAGE):
        for decision in found:
            yield decision
        after = found[-1].id


async def newest(
    store: Store, *, limit: int, action: Action | None = None, since: datetime | None = None
) -> tuple[Decision, ...]:
    """The last `limit` decisions, newest last.

    The store gives the oldest first, so the time from which about `limit` decisions remain is found by halving.
    """
    most = 4 * limit
    found = await store.decisions(action=action, since=since, limit=most)
    if len(found) < most:
        return found[-limit:]
    low, high = found[0].decided_at, max(datetime.now(UTC), found[0].decided_at) + SLACK
    while high - low > timedelta(microseconds=1):
        middle = low + (high - low) / 2
        found = await store.decisions(action=action, since=middle, limit=most)
        if limit <= len(found) < most:
            return found[-limit:]
        low, high = (middle, high) if len(found) == most else (low, middle)
    return tuple([decision async for decision in pages(store, action=action, since=low)][-limit:])


async def find_decision(store: Store, named: str) -> Decision:
    """The decision of that id, or the only one whose id starts so; UsageError where there is none, or several."""
    if (exact := await store.decision(named)) is not None:
        return exact
    start = named.lower()
    if not re.fullmatch(rf"[0-9a-f-]{{{FEWEST},36}}", start):
        raise UsageError(f"expected the id of a decision, or at least its first {FEWEST} characters; got {named!r}")
    found = await _in_its_minute(store, start) or [each async for each in pages(store) if each.id.startswith(start)]
    if not found:
        raise UsageError(f"expected the id of a decision on record; none starts with {named!r}")
    if len(found) > 1:
        shown = ", ".join(decision.id for decision in found[:4])
        raise UsageError(f"{len(found)} decisions start with {named!r}: {shown}{', …' if len(found) > 4 else ''}")
    return found[0]


async def _in_its_minute(store: Store, start: str) -> list[Decision]:
    """The decisions that start so, sought only around the time that a version 7 UUID begins with; [] for others."""
    digits = start.replace("-", "")
    if len(digits) < 13 or digits[12] != "7":
        return []
    try:
        made_at = datetime.fromtimestamp(int(digits[:12], 16) / 1000, UTC)
    except (ValueError, OverflowError):  # a year past 9999
        return []
    found = []
    async for decision in pages(store, since=made_at - SLACK):
        if decision.decided_at > made_at + SLACK:
            break
        if decision.id.startswith(start):
            found.append(decision)
    return found
