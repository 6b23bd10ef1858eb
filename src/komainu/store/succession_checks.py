"""What every store must do where one decision stands in place of another."""

import asyncio
from dataclasses import replace

from komainu.errors import StoreError
from komainu.store.checking import OpenRecord, opened, refuses, same, true
from komainu.store.samples import CLAUSES, sample, sample_review

FIRST, SECOND, THIRD = CLAUSES


async def lets_a_decision_stand_in_place_of_another(record: OpenRecord) -> None:
    """One that supersedes another takes it out of the queue, once, and only on the same content."""
    first, content = sample(1, opened=(FIRST, SECOND))
    second = replace(sample(1, opened=(SECOND,))[0], id="second", supersedes=first.id)
    third = replace(sample(1)[0], id="third", supersedes=second.id)
    async with opened(record) as store:
        await store.record(first, content)
        same(await store.successor(first.id), None)
        for stranger, named in (
            (replace(second, supersedes="nobody"), "nobody"),
            (replace(sample(2)[0], supersedes=first.id), "another content"),
        ):
            await refuses(
                store.record(stranger, sample(2)[1] if stranger.content != content.digest else content), named
            )
        same(await store.held(), (first,))
        outcomes = await asyncio.gather(
            store.record(second, content),
            store.record(replace(second, id="rival"), content),
            return_exceptions=True,
        )
        same([type(outcome) for outcome in outcomes], [type(None), StoreError])
        true("superseded already" in str(outcomes[1]), "the refusal says why")
        await refuses(store.record(replace(second, id="late"), content), "superseded already")
        same(await store.decision(second.id), second)
        same(await store.successor(first.id), second)
        same(await store.held(), (second,))
        await store.record(third, content)
        same(await store.held(), ())
        same(await store.decisions(), (first, second, third))
        same((await store.verify()).faults, ())


async def lets_no_judge_take_the_place_of_a_person(record: OpenRecord) -> None:
    """What a person has ruled on, no later decision supersedes."""
    decision, content = sample(1, opened=(FIRST, SECOND))
    again = replace(decision, id="again", supersedes=decision.id)
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_review(sample_review("review-1", decision, FIRST))
        await refuses(store.record(again, content), "a person has ruled")
        same(await store.held(), (decision,))
        same(await store.successor(decision.id), None)


async def lets_one_that_does_not_hold_be_superseded(record: OpenRecord) -> None:
    """What was allowed may be judged again, and be held then."""
    allowed, content = sample(1)
    held = replace(sample(1, opened=(THIRD,))[0], id="again", supersedes=allowed.id)
    async with opened(record) as store:
        await store.record(allowed, content)
        await store.record(held, content)
        same(await store.held(), (held,))
        same(await store.successor(allowed.id), held)
        same((await store.verify()).faults, ())
