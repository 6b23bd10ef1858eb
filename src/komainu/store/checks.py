"""What every store must do: run these checks against any implementation.

Each check gets a way to open one record, empty at first, as often and as many times at once as it likes; it raises
AssertionError where the store does not keep its promise.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

from komainu.domain import Action, Ruling
from komainu.errors import StoreError
from komainu.store.case_checks import CASE_CHECKS
from komainu.store.certificate_checks import CERTIFICATE_CHECKS
from komainu.store.checking import Check, OpenRecord, opened, refuses, same, true, wordless
from komainu.store.protocol import Checkpoint
from komainu.store.samples import CLAUSES, NOON, sample, sample_label, sample_review
from komainu.store.step_checks import STEP_CHECKS
from komainu.store.succession_checks import SUCCESSION_CHECKS

_FIRST, _SECOND, _THIRD = CLAUSES


async def keeps_what_was_recorded(record: OpenRecord) -> None:
    """A decision, its content, reviews and labels come back as they were, also from a store opened later."""
    decision, content = sample(1, opened=(_FIRST,))
    review, label = sample_review("review-1", decision, _FIRST), sample_label("label-1", content.digest)
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_review(review, [label])
    async with opened(record) as store:
        kept = await store.decision(decision.id)
        same(kept, decision)
        same(list(kept.rulings) if kept else [], list(CLAUSES))
        same(await store.content(content.digest), content)
        same(await store.reviews(decision.id), (review,))
        same(await store.labels(), (label,))


async def knows_what_it_does_not_have(record: OpenRecord) -> None:
    """What was never recorded is None, empty or False; nothing is made up."""
    async with opened(record) as store:
        same(await store.decision("nobody"), None)
        same(await store.content("0" * 64), None)
        same(await store.reviews("nobody"), ())
        same(await store.labels(clause=_FIRST), ())
        same(await store.decisions(), ())
        same(await store.held(), ())
        same(await store.forget("0" * 64), False)
        await refuses(store.decisions(after="nobody"), "nobody")
        await refuses(store.held(after="nobody"), "nobody")
        same((await store.head()).entries, 0)
        same((await store.verify()).faults, ())


async def records_an_id_once(record: OpenRecord) -> None:
    """A second decision, review or label of the same id is refused by name, and the first one stays."""
    decision, content = sample(1, opened=(_FIRST,))
    label = sample_label("label-1", content.digest)
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_labels([label])
        await refuses(store.record(replace(decision, rulebook="another"), content), decision.id)
        await refuses(store.add_labels([sample_label("label-2", content.digest), label]), label.id)
        await refuses(store.add_labels([sample_label("twice", content.digest)] * 2), "twice")
        same(await store.decision(decision.id), decision)
        same(await store.labels(), (label,))
        same((await store.head()).entries, 2)


async def refuses_one_without_its_neighbours(record: OpenRecord) -> None:
    """Of many decisions recorded at the same time, only the one that cannot be recorded fails."""
    samples = [sample(number) for number in range(20)]
    async with opened(record) as store:
        await store.record(*samples[7])
        outcomes = await asyncio.gather(*(store.record(*one) for one in samples), return_exceptions=True)
        failed = [number for number, outcome in enumerate(outcomes) if outcome is not None]
        same(failed, [7])
        true(isinstance(outcomes[7], StoreError) and samples[7][0].id in str(outcomes[7]), "the refusal names the id")
        kept = {decision.id for decision in await store.decisions()}
        same(kept, {decision.id for decision, _ in samples})
        same((await store.verify()).faults, ())


async def refuses_a_content_of_another_decision(record: OpenRecord) -> None:
    """A decision comes with the content it is about."""
    async with opened(record) as store:
        await refuses(store.record(sample(1)[0], sample(2)[1]), "decision-1")
        same((await store.head()).entries, 0)


async def lists_decisions(record: OpenRecord) -> None:
    """Decisions come in the order recorded, by action, time and page."""
    actions = (Action.LIMIT, Action.BLOCK)
    made = [sample(number, action=actions[number % 2]) for number in (3, 1, 2, 0, 5)]
    expected = [decision for decision, _ in made]
    async with opened(record) as store:
        for one in made:
            await store.record(*one)
        same(await store.decisions(), tuple(expected))
        same(await store.decisions(limit=2), tuple(expected[:2]))
        same(await store.decisions(after=expected[1].id, limit=2), tuple(expected[2:4]))
        same(await store.decisions(after=expected[-1].id), ())
        same(await store.decisions(limit=0), ())
        limited = [decision for decision in expected if decision.action is Action.LIMIT]
        same(await store.decisions(action=Action.LIMIT), tuple(limited))
        recent = [decision for decision in expected if decision.decided_at >= NOON + timedelta(minutes=2)]
        same(await store.decisions(since=NOON + timedelta(minutes=2)), tuple(recent))


async def holds_until_every_open_clause_is_reviewed(record: OpenRecord) -> None:
    """A decision leaves the queue when reviews, one or several, have settled all that was open."""
    first, second = sample(1, opened=(_FIRST, _SECOND)), sample(2, opened=(_THIRD,))
    async with opened(record) as store:
        for one in (first, sample(3), second, sample(4, opened=(_FIRST,), action=Action.BLOCK)):
            await store.record(*one)
        same(await store.held(), (first[0], second[0]))
        same(await store.held(limit=1), (first[0],))
        same(await store.held(after=first[0].id), (second[0],))
        await store.add_review(sample_review("review-1", first[0], _FIRST, _THIRD))
        same(await store.held(), (first[0], second[0]))
        await store.add_review(sample_review("review-2", first[0], _SECOND))
        same(await store.held(), (second[0],))
        await store.add_review(sample_review("review-3", second[0], _THIRD))
        same(await store.held(), ())
        same([review.id for review in await store.reviews(first[0].id)], ["review-1", "review-2"])


async def holds_what_a_violated_clause_holds(record: OpenRecord) -> None:
    """A decision that no open clause but a violated one holds back waits for a ruling on that one."""
    cleared, content = sample(1)
    rulings = dict(cleared.rulings) | {_FIRST: Ruling.VIOLATED, _SECOND: Ruling.VIOLATED}
    decision = replace(cleared, action=Action.HOLD, rulings=rulings, holding=(_SECOND,))
    async with opened(record) as store:
        await store.record(decision, content)
        same(await store.held(), (decision,))
        await store.add_review(sample_review("review-1", decision, _FIRST))
        same(await store.held(), (decision,))
        await store.add_review(sample_review("review-2", decision, _SECOND))
        same(await store.held(), ())


async def refuses_reviews_of_nothing(record: OpenRecord) -> None:
    """A review is of a decision on record, on clauses that it ruled on; its labels are kept only together with it."""
    decision, content = sample(1, opened=(_FIRST,))
    label = sample_label("label-1", content.digest)
    async with opened(record) as store:
        await store.record(decision, content)
        stranger = sample(2)[0]
        await refuses(store.add_review(sample_review("review-1", stranger, _FIRST), [label]), stranger.id)
        await refuses(store.add_review(sample_review("review-1", decision, "spam/SP9"), [label]), "spam/SP9")
        await store.add_labels([label])
        await refuses(store.add_review(sample_review("review-1", decision, _FIRST), [label]), label.id)
        same(await store.reviews(decision.id), ())
        same(await store.labels(), (label,))
        same(await store.held(), (decision,))


async def finds_labels(record: OpenRecord) -> None:
    """Labels come in the order recorded, by clause and content."""
    made = [sample_label(f"label-{n}", f"content-{n % 2}", CLAUSES[n % 3]) for n in range(6)]
    async with opened(record) as store:
        await store.add_labels([])
        await store.add_labels(made)
        same(await store.labels(), tuple(made))
        same(await store.labels(limit=2), tuple(made[:2]))
        same(await store.labels(clause=_SECOND), (made[1], made[4]))
        same(await store.labels(content="content-1"), (made[1], made[3], made[5]))
        same(await store.labels(clause=_SECOND, content="content-1"), (made[1],))


async def forgets_a_content(record: OpenRecord) -> None:
    """Content and words are gone, what was decided stays, the ledger is whole; other contents are untouched."""
    (decision, content), (other, kept) = sample(1, opened=(_FIRST,)), sample(2, opened=(_FIRST,))
    async with opened(record) as store:
        await store.record(decision, content)
        await store.record(other, kept)
        await store.add_review(sample_review("review-1", decision, _FIRST))
        before = await store.head()
        same(await store.forget(content.digest), True)
        same(await store.forget(content.digest), False)
        same(await store.content(content.digest), None)
        same(await store.decision(decision.id), wordless(decision))
        same((await store.reviews(decision.id))[0].note, "")
        same(await store.decision(other.id), other)
        same(await store.content(kept.digest), kept)
        same((await store.head()).entries, before.entries + 1)
        same((await store.verify(expected=before)).faults, ())
        await store.record(replace(decision, id="again"), content)
        same(await store.content(content.digest), content)
        same((await store.verify()).faults, ())


async def shares_one_ledger(record: OpenRecord) -> None:
    """Two stores open on the same record write one ledger, and each sees what the other wrote."""
    async with opened(record) as one, opened(record) as other:
        stores = (one, other)
        await asyncio.gather(*(stores[number % 2].record(*sample(number)) for number in range(20)))
        same(await one.head(), await other.head())
        same((await one.head()).entries, 20)
        same((await other.verify()).faults, ())
        await refuses(other.record(*sample(0)), "decision-0")


async def knows_an_earlier_end(record: OpenRecord) -> None:
    """A checkpoint taken earlier is still in the ledger; one of another ledger is not."""
    async with opened(record) as store:
        start = await store.head()
        await store.record(*sample(1))
        earlier = await store.head()
        await store.record(*sample(2))
        seen: list[tuple[int, int]] = []
        found = await store.verify(expected=earlier, progress=lambda done, total: seen.append((done, total)))
        same(found.faults, ())
        same(found.head, await store.head())
        same(seen[-1], (2, 2))
        same((await store.verify(expected=start)).faults, ())
        for wrong in (Checkpoint(entries=1, hash="f" * 64), Checkpoint(entries=3, hash=earlier.hash)):
            same([fault.entry for fault in (await store.verify(expected=wrong)).faults], [wrong.entries])


async def is_closed_when_closed(record: OpenRecord) -> None:
    """Closing waits for what is being written, may be done twice, and ends all use."""
    store = await record()
    waiting = [asyncio.ensure_future(store.record(*sample(number))) for number in range(5)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*waiting)
    await store.close()
    await refuses(store.record(*sample(9)), "closed")
    await refuses(store.decision("decision-1"), "closed")
    await refuses(store.verify(), "closed")
    async with opened(record) as again:
        same(len(await again.decisions()), 5)


CHECKS: tuple[Check, ...] = (
    keeps_what_was_recorded,
    knows_what_it_does_not_have,
    records_an_id_once,
    refuses_one_without_its_neighbours,
    refuses_a_content_of_another_decision,
    lists_decisions,
    holds_until_every_open_clause_is_reviewed,
    holds_what_a_violated_clause_holds,
    *SUCCESSION_CHECKS,
    *CASE_CHECKS,
    *CERTIFICATE_CHECKS,
    *STEP_CHECKS,
    refuses_reviews_of_nothing,
    finds_labels,
    forgets_a_content,
    shares_one_ledger,
    knows_an_earlier_end,
    is_closed_when_closed,
)
