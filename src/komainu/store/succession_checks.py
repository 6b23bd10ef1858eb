"""What every store must do where one decision stands in place of another."""

import asyncio
from dataclasses import replace

from komainu.domain import Action, Ruling
from komainu.errors import StoreError, SuccessionError
from komainu.store.checking import Check, OpenRecord, opened, refuses, same, true
from komainu.store.samples import CLAUSES, sample, sample_review

FIRST, SECOND, THIRD = CLAUSES


async def lets_a_decision_stand_in_place_of_another(record: OpenRecord) -> None:
    """One that supersedes another takes it out of the queue, once, and only on the same content."""
    first, content = sample(1, opened=(FIRST, SECOND))
    second = replace(sample(1, opened=(SECOND,))[0], id="second", supersedes=first.id)
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
        refused = [outcome for outcome in outcomes if outcome is not None]
        same([type(outcome) for outcome in refused], [SuccessionError])
        true("superseded already" in str(refused[0]), "the refusal says why")
        await refuses(store.record(replace(second, id="late"), content), "superseded already")
        winner = replace(second, id=("second", "rival")[outcomes.index(None)])
        third = replace(sample(1)[0], id="third", supersedes=winner.id)
        same(await store.decision(winner.id), winner)
        same(await store.successor(first.id), winner)
        same(await store.held(), (winner,))
        await store.record(third, content)
        same(await store.held(), ())
        same(await store.decisions(), (first, winner, third))
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


async def lets_no_clause_slip_away(record: OpenRecord) -> None:
    """A decision that does not rule on what held the one before, or on what that found, cannot stand in its place."""
    decision, content = sample(1, opened=(FIRST, SECOND))
    rulings = {key: ruling for key, ruling in sample(1)[0].rulings.items() if key != SECOND}
    fewer = replace(sample(1)[0], id="again", supersedes=decision.id, rulings=rulings)
    found = replace(sample(2)[0], action=Action.BLOCK, rulings=dict(sample(2)[0].rulings) | {SECOND: Ruling.VIOLATED})
    async with opened(record) as store:
        await store.record(decision, content)
        await refuses(store.record(fewer, content), SECOND)
        same(await store.held(), (decision,))
        await store.record(found, sample(2)[1])
        await refuses(store.record(replace(fewer, content=found.content, supersedes=found.id), sample(2)[1]), SECOND)


async def lets_nobody_rule_on_what_was_superseded(record: OpenRecord) -> None:
    """A review of it is refused, also at the same moment: one of the two counts, never both."""
    async with opened(record) as store:
        for number in range(8):
            decision, content = sample(number, opened=(FIRST,))
            again = replace(sample(number)[0], id=f"again-{number}", supersedes=decision.id)
            await store.record(decision, content)
            outcomes = await asyncio.gather(
                store.add_review(sample_review(f"review-{number}", decision, FIRST)),
                store.record(again, content),
                return_exceptions=True,
            )
            same(sum(isinstance(outcome, StoreError) for outcome in outcomes), 1)
            if await store.successor(decision.id) is not None:
                await refuses(store.add_review(sample_review("late", decision, FIRST)), "judged again since")
        same(await store.held(), ())
        same((await store.verify()).faults, ())


async def brings_no_forgotten_content_back(record: OpenRecord) -> None:
    """What was forgotten while a judge thought stays forgotten."""
    decision, content = sample(1, opened=(FIRST,))
    async with opened(record) as store:
        await store.record(decision, content)
        await store.forget(content.digest)
        await refuses(store.record(replace(sample(1)[0], id="again", supersedes=decision.id), content), "forgotten")
        same(await store.content(content.digest), None)
        same(await store.held(), (replace(decision, opinions=(await store.held())[0].opinions),))


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


SUCCESSION_CHECKS: tuple[Check, ...] = (
    lets_a_decision_stand_in_place_of_another,
    lets_one_that_does_not_hold_be_superseded,
    lets_no_judge_take_the_place_of_a_person,
    lets_no_clause_slip_away,
    lets_nobody_rule_on_what_was_superseded,
    brings_no_forgotten_content_back,
)
