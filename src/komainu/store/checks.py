"""What every store must do: run these checks against any implementation.

Each check gets a way to open one record, empty at first, as often and as many times at once as it likes; it raises
AssertionError where the store does not keep its promise.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from komainu.domain import Abstention, Action, Decision, Ruling
from komainu.errors import StoreError
from komainu.store.protocol import Checkpoint, Store
from komainu.store.samples import CLAUSES, NOON, sample, sample_label, sample_review

OpenRecord = Callable[[], Awaitable[Store]]
Check = Callable[[OpenRecord], Awaitable[None]]

_FIRST, _SECOND, _THIRD = CLAUSES


async def keeps_what_was_recorded(record: OpenRecord) -> None:
    """A decision, its content, reviews and labels come back as they were, also from a store opened later."""
    decision, content = sample(1, opened=(_FIRST,))
    review, label = sample_review("review-1", decision, _FIRST), sample_label("label-1", content.digest)
    async with _opened(record) as store:
        await store.record(decision, content)
        await store.add_review(review, [label])
    async with _opened(record) as store:
        kept = await store.decision(decision.id)
        _same(kept, decision)
        _same(list(kept.rulings) if kept else [], list(CLAUSES))
        _same(await store.content(content.digest), content)
        _same(await store.reviews(decision.id), (review,))
        _same(await store.labels(), (label,))


async def knows_what_it_does_not_have(record: OpenRecord) -> None:
    """What was never recorded is None, empty or False; nothing is made up."""
    async with _opened(record) as store:
        _same(await store.decision("nobody"), None)
        _same(await store.content("0" * 64), None)
        _same(await store.reviews("nobody"), ())
        _same(await store.labels(clause=_FIRST), ())
        _same(await store.decisions(), ())
        _same(await store.held(), ())
        _same(await store.forget("0" * 64), False)
        await _refuses(store.decisions(after="nobody"), "nobody")
        await _refuses(store.held(after="nobody"), "nobody")
        _same((await store.head()).entries, 0)
        _same((await store.verify()).faults, ())


async def records_an_id_once(record: OpenRecord) -> None:
    """A second decision, review or label of the same id is refused by name, and the first one stays."""
    decision, content = sample(1, opened=(_FIRST,))
    label = sample_label("label-1", content.digest)
    async with _opened(record) as store:
        await store.record(decision, content)
        await store.add_labels([label])
        await _refuses(store.record(replace(decision, rulebook="another"), content), decision.id)
        await _refuses(store.add_labels([sample_label("label-2", content.digest), label]), label.id)
        await _refuses(store.add_labels([sample_label("twice", content.digest)] * 2), "twice")
        _same(await store.decision(decision.id), decision)
        _same(await store.labels(), (label,))
        _same((await store.head()).entries, 2)


async def refuses_one_without_its_neighbours(record: OpenRecord) -> None:
    """Of many decisions recorded at the same time, only the one that cannot be recorded fails."""
    samples = [sample(number) for number in range(20)]
    async with _opened(record) as store:
        await store.record(*samples[7])
        outcomes = await asyncio.gather(*(store.record(*one) for one in samples), return_exceptions=True)
        failed = [number for number, outcome in enumerate(outcomes) if outcome is not None]
        _same(failed, [7])
        _true(isinstance(outcomes[7], StoreError) and samples[7][0].id in str(outcomes[7]), "the refusal names the id")
        kept = {decision.id for decision in await store.decisions()}
        _same(kept, {decision.id for decision, _ in samples})
        _same((await store.verify()).faults, ())


async def refuses_a_content_of_another_decision(record: OpenRecord) -> None:
    """A decision comes with the content it is about."""
    async with _opened(record) as store:
        await _refuses(store.record(sample(1)[0], sample(2)[1]), "decision-1")
        _same((await store.head()).entries, 0)


async def lists_decisions(record: OpenRecord) -> None:
    """Decisions come in the order recorded, by action, time and page."""
    actions = (Action.LIMIT, Action.BLOCK)
    made = [sample(number, action=actions[number % 2]) for number in (3, 1, 2, 0, 5)]
    expected = [decision for decision, _ in made]
    async with _opened(record) as store:
        for one in made:
            await store.record(*one)
        _same(await store.decisions(), tuple(expected))
        _same(await store.decisions(limit=2), tuple(expected[:2]))
        _same(await store.decisions(after=expected[1].id, limit=2), tuple(expected[2:4]))
        _same(await store.decisions(after=expected[-1].id), ())
        _same(await store.decisions(limit=0), ())
        limited = [decision for decision in expected if decision.action is Action.LIMIT]
        _same(await store.decisions(action=Action.LIMIT), tuple(limited))
        recent = [decision for decision in expected if decision.decided_at >= NOON + timedelta(minutes=2)]
        _same(await store.decisions(since=NOON + timedelta(minutes=2)), tuple(recent))


async def holds_until_every_open_clause_is_reviewed(record: OpenRecord) -> None:
    """A decision leaves the queue when reviews, one or several, have settled all that was open."""
    first, second = sample(1, opened=(_FIRST, _SECOND)), sample(2, opened=(_THIRD,))
    async with _opened(record) as store:
        for one in (first, sample(3), second, sample(4, opened=(_FIRST,), action=Action.BLOCK)):
            await store.record(*one)
        _same(await store.held(), (first[0], second[0]))
        _same(await store.held(limit=1), (first[0],))
        _same(await store.held(after=first[0].id), (second[0],))
        await store.add_review(sample_review("review-1", first[0], _FIRST, _THIRD))
        _same(await store.held(), (first[0], second[0]))
        await store.add_review(sample_review("review-2", first[0], _SECOND))
        _same(await store.held(), (second[0],))
        await store.add_review(sample_review("review-3", second[0], _THIRD))
        _same(await store.held(), ())
        _same([review.id for review in await store.reviews(first[0].id)], ["review-1", "review-2"])


async def holds_what_a_violated_clause_holds(record: OpenRecord) -> None:
    """A decision that no open clause but a violated one holds back waits for a ruling on that one."""
    cleared, content = sample(1)
    rulings = dict(cleared.rulings) | {_FIRST: Ruling.VIOLATED, _SECOND: Ruling.VIOLATED}
    decision = replace(cleared, action=Action.HOLD, rulings=rulings, holding=(_SECOND,))
    async with _opened(record) as store:
        await store.record(decision, content)
        _same(await store.held(), (decision,))
        await store.add_review(sample_review("review-1", decision, _FIRST))
        _same(await store.held(), (decision,))
        await store.add_review(sample_review("review-2", decision, _SECOND))
        _same(await store.held(), ())


async def refuses_reviews_of_nothing(record: OpenRecord) -> None:
    """A review is of a decision on record, on clauses that it ruled on; its labels are kept only together with it."""
    decision, content = sample(1, opened=(_FIRST,))
    label = sample_label("label-1", content.digest)
    async with _opened(record) as store:
        await store.record(decision, content)
        stranger = sample(2)[0]
        await _refuses(store.add_review(sample_review("review-1", stranger, _FIRST), [label]), stranger.id)
        await _refuses(store.add_review(sample_review("review-1", decision, "spam/SP9"), [label]), "spam/SP9")
        await store.add_labels([label])
        await _refuses(store.add_review(sample_review("review-1", decision, _FIRST), [label]), label.id)
        _same(await store.reviews(decision.id), ())
        _same(await store.labels(), (label,))
        _same(await store.held(), (decision,))


async def finds_labels(record: OpenRecord) -> None:
    """Labels come in the order recorded, by clause and content."""
    made = [sample_label(f"label-{n}", f"content-{n % 2}", CLAUSES[n % 3]) for n in range(6)]
    async with _opened(record) as store:
        await store.add_labels([])
        await store.add_labels(made)
        _same(await store.labels(), tuple(made))
        _same(await store.labels(limit=2), tuple(made[:2]))
        _same(await store.labels(clause=_SECOND), (made[1], made[4]))
        _same(await store.labels(content="content-1"), (made[1], made[3], made[5]))
        _same(await store.labels(clause=_SECOND, content="content-1"), (made[1],))


async def forgets_a_content(record: OpenRecord) -> None:
    """Content and words are gone, what was decided stays, the ledger is whole; other contents are untouched."""
    (decision, content), (other, kept) = sample(1, opened=(_FIRST,)), sample(2, opened=(_FIRST,))
    async with _opened(record) as store:
        await store.record(decision, content)
        await store.record(other, kept)
        await store.add_review(sample_review("review-1", decision, _FIRST))
        before = await store.head()
        _same(await store.forget(content.digest), True)
        _same(await store.forget(content.digest), False)
        _same(await store.content(content.digest), None)
        _same(await store.decision(decision.id), _wordless(decision))
        _same((await store.reviews(decision.id))[0].note, "")
        _same(await store.decision(other.id), other)
        _same(await store.content(kept.digest), kept)
        _same((await store.head()).entries, before.entries + 1)
        _same((await store.verify(expected=before)).faults, ())
        await store.record(replace(decision, id="again"), content)
        _same(await store.content(content.digest), content)
        _same((await store.verify()).faults, ())


async def shares_one_ledger(record: OpenRecord) -> None:
    """Two stores open on the same record write one ledger, and each sees what the other wrote."""
    async with _opened(record) as one, _opened(record) as other:
        stores = (one, other)
        await asyncio.gather(*(stores[number % 2].record(*sample(number)) for number in range(20)))
        _same(await one.head(), await other.head())
        _same((await one.head()).entries, 20)
        _same((await other.verify()).faults, ())
        await _refuses(other.record(*sample(0)), "decision-0")


async def knows_an_earlier_end(record: OpenRecord) -> None:
    """A checkpoint taken earlier is still in the ledger; one of another ledger is not."""
    async with _opened(record) as store:
        start = await store.head()
        await store.record(*sample(1))
        earlier = await store.head()
        await store.record(*sample(2))
        seen: list[tuple[int, int]] = []
        found = await store.verify(expected=earlier, progress=lambda done, total: seen.append((done, total)))
        _same(found.faults, ())
        _same(found.head, await store.head())
        _same(seen[-1], (2, 2))
        _same((await store.verify(expected=start)).faults, ())
        for wrong in (Checkpoint(entries=1, hash="f" * 64), Checkpoint(entries=3, hash=earlier.hash)):
            _same([fault.entry for fault in (await store.verify(expected=wrong)).faults], [wrong.entries])


async def is_closed_when_closed(record: OpenRecord) -> None:
    """Closing waits for what is being written, may be done twice, and ends all use."""
    store = await record()
    waiting = [asyncio.ensure_future(store.record(*sample(number))) for number in range(5)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*waiting)
    await store.close()
    await _refuses(store.record(*sample(9)), "closed")
    await _refuses(store.decision("decision-1"), "closed")
    await _refuses(store.verify(), "closed")
    async with _opened(record) as again:
        _same(len(await again.decisions()), 5)


CHECKS: tuple[Check, ...] = (
    keeps_what_was_recorded,
    knows_what_it_does_not_have,
    records_an_id_once,
    refuses_one_without_its_neighbours,
    refuses_a_content_of_another_decision,
    lists_decisions,
    holds_until_every_open_clause_is_reviewed,
    holds_what_a_violated_clause_holds,
    refuses_reviews_of_nothing,
    finds_labels,
    forgets_a_content,
    shares_one_ledger,
    knows_an_earlier_end,
    is_closed_when_closed,
)


@asynccontextmanager
async def _opened(record: OpenRecord) -> AsyncIterator[Store]:
    store = await record()
    try:
        yield store
    finally:
        await store.close()


def _wordless(decision: Decision) -> Decision:
    silent = (
        replace(one, detail="") if isinstance(one, Abstention) else replace(one, rationale="", remedy="")
        for one in decision.opinions
    )
    return replace(decision, opinions=tuple(silent))


def _same(found: object, expected: object) -> None:
    _true(found == expected, f"expected {expected!r}; got {found!r}")


def _true(held: bool, problem: str) -> None:
    if not held:
        raise AssertionError(problem)


async def _refuses(doing: Awaitable[object], named: str) -> None:
    try:
        await doing
    except StoreError as error:
        _true(named in str(error), f"expected an error that names {named}; got: {error}")
    else:
        raise AssertionError(f"expected StoreError that names {named}; nothing was raised")
