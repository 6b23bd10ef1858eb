"""What every store must do where people share the work: second opinions, claims, appeals."""

import asyncio
from dataclasses import replace

from komainu.domain import Action, Appeal, Outcome, Review, Ruling
from komainu.errors import OvertakenError
from komainu.store.checking import Check, OpenRecord, opened, refuses, same, true
from komainu.store.samples import CLAUSES, NOON, sample, sample_label

FIRST, SECOND = CLAUSES[:2]


def _word(name: str, decision: str, ruling: Ruling = Ruling.CLEAR, *, reviewer: str, alone: bool = True) -> Review:
    return Review(
        id=name,
        decision=decision,
        reviewer=reviewer,
        rulings={FIRST: ruling},
        reviewed_at=NOON,
        second=() if alone else (FIRST,),
    )


def sample_appeal(name: str, decision: str, *clauses: str) -> Appeal:
    """An appeal about those clauses."""
    return Appeal(id=name, decision=decision, by="作者", clauses=clauses, why="it was a joke", appealed_at=NOON)


async def waits_for_a_second_word(record: OpenRecord) -> None:
    """Where one word is not enough it waits for somebody else's; where two disagree, for a third."""
    decision, content = sample(1, opened=(FIRST,))
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_review(_word("review-1", decision.id, reviewer="a", alone=False))
        same(await store.held(), (decision,))
        await store.add_review(_word("review-2", decision.id, reviewer="a", alone=False))
        same(await store.held(), (decision,))
        await store.add_review(_word("review-3", decision.id, reviewer="b"))
        same(await store.held(), ())
        await store.add_review(_word("review-4", decision.id, Ruling.VIOLATED, reviewer="b"))
        same(await store.held(), (decision,))
        await store.add_review(_word("review-5", decision.id, Ruling.VIOLATED, reviewer="c"))
        same(await store.held(), ())
        same([review.second for review in await store.reviews(decision.id)], [(FIRST,), (FIRST,), (), (), ()])


async def waits_for_what_people_disagree_on_although_nobody_held_it(record: OpenRecord) -> None:
    """Also a decision that blocks or allows."""
    blocked, content = sample(1, action=Action.BLOCK)
    async with opened(record) as store:
        await store.record(*sample(2, opened=(FIRST,)))
        await store.record(blocked, content)
        same(await store.held(), (sample(2, opened=(FIRST,))[0],))
        await store.add_review(_word("review-1", blocked.id, reviewer="a", alone=False))
        same([each.id for each in await store.held()], ["decision-2", blocked.id])
        same([each.id for each in await store.held(after="decision-2")], [blocked.id])
        same([each.id for each in await store.held(limit=1)], ["decision-2"])


async def gives_a_decision_to_one(record: OpenRecord) -> None:
    """Of many who claim it at once one gets it, keeps it when asking again, and alone may rule on it."""
    decision, content = sample(1, opened=(FIRST,))
    async with opened(record) as one, opened(record) as other:
        await one.record(decision, content)
        names = [f"reviewer-{number}" for number in range(8)]
        got = await asyncio.gather(
            *(
                (one, other)[place % 2].claim(decision.id, reviewer=name, lease_seconds=60, after=0)
                for place, name in enumerate(names)
            )
        )
        same(sum(got), 1)
        winner, loser = names[got.index(True)], names[got.index(False)]
        true(await one.claim(decision.id, reviewer=winner, lease_seconds=60, after=0), "the winner may renew it")
        same([claim.reviewer for claim in await other.claims()], [winner])
        await refuses(one.add_review(_word("review-1", decision.id, reviewer=loser)), winner)
        same(await one.release(decision.id, reviewer=loser), False)
        await one.add_review(_word("review-2", decision.id, reviewer=winner))
        same(await one.claims(), ())
        same(await other.claim(decision.id, reviewer=loser, lease_seconds=60, after=0), False)
        same((await one.verify()).faults, ())


async def gives_back_what_is_let_go(record: OpenRecord) -> None:
    """At once to others, and it is known for a while who let it go."""
    decision, content = sample(1, opened=(FIRST,))
    async with opened(record) as store:
        await store.record(decision, content)
        true(await store.claim(decision.id, reviewer="a", lease_seconds=60, after=0), "nobody has it")
        same(await store.release(decision.id, reviewer="a"), True)
        same(await store.release(decision.id, reviewer="a"), False)
        same([(claim.reviewer, claim.holds(claim.expires_at)) for claim in await store.claims()], [("a", False)])
        await store.add_review(_word("review-1", decision.id, reviewer="b"))
        await refuses(store.claim("nobody", reviewer="a", lease_seconds=60, after=0), "nobody")
        await refuses(store.claim(decision.id, reviewer=" ", lease_seconds=60, after=1), "reviewer")
        await refuses(store.claim(decision.id, reviewer="a", lease_seconds=0, after=1), "lease")


async def notices_what_happened_since(record: OpenRecord) -> None:
    """A review, an appeal or a claim that goes by what is no longer so is refused."""
    decision, content = sample(1, opened=(FIRST,))
    async with opened(record) as store:
        await store.record(decision, content)
        outcomes = await asyncio.gather(
            *(store.add_review(_word(f"review-{n}", decision.id, reviewer=f"r{n}"), after=0) for n in range(4)),
            return_exceptions=True,
        )
        same([type(each) for each in outcomes if each is not None], [OvertakenError] * 3)
        await refuses(store.add_appeal(sample_appeal("appeal-1", decision.id, FIRST), after=0), "since you looked")
        same(await store.claim(decision.id, reviewer="a", lease_seconds=60, after=0), False)
        same(await store.claim(decision.id, reviewer="a", lease_seconds=60, after=1), True)


async def keeps_appeals(record: OpenRecord) -> None:
    """One at a time, settled once, by a review that says what came of it."""
    decision, content = sample(1, opened=(FIRST,))
    lodged = sample_appeal("appeal-1", decision.id, FIRST, SECOND)
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_review(_word("review-1", decision.id, Ruling.VIOLATED, reviewer="a"))
        same(await store.held(), ())
        outcomes = await asyncio.gather(
            store.add_appeal(lodged), store.add_appeal(replace(lodged, id="rival")), return_exceptions=True
        )
        true(sum(isinstance(each, OvertakenError) for each in outcomes) == 1, "there is one open appeal at a time")
        lodged = replace(lodged, id=("appeal-1", "rival")[outcomes.index(None)])
        same(await store.held(), (decision,))
        settling = replace(
            _word("review-2", decision.id, reviewer="b"),
            rulings={FIRST: Ruling.CLEAR, SECOND: Ruling.CLEAR},
            appeal=lodged.id,
            outcome=Outcome.OVERTURNED,
        )
        await refuses(store.add_review(replace(settling, appeal="", outcome=None)), "lodged or settled")
        await refuses(store.add_review(replace(settling, appeal="nobody")), "nobody")
        await refuses(store.add_review(replace(settling, reviewer="a")), "has not ruled")
        await store.add_review(settling)
        same(await store.held(), ())
        await refuses(store.add_review(replace(settling, id="review-3", reviewer="c")), "lodged or settled")
        await store.add_appeal(replace(lodged, id="appeal-2"))
        same(await store.held(), (decision,))
        same([each.id for each in await store.history(decision.id)], ["review-1", lodged.id, "review-2", "appeal-2"])
        same((await store.history(decision.id))[1:3], (lodged, settling))
        same((await store.histories([decision.id, "nobody"])).keys(), {decision.id})
        same((await store.verify()).faults, ())


async def lets_no_judge_decide_an_appeal(record: OpenRecord) -> None:
    """What was appealed against is not superseded, and what was superseded is not appealed against."""
    decision, content = sample(1, action=Action.BLOCK)
    again = replace(decision, id="again", supersedes=decision.id)
    other, text = sample(2, opened=(FIRST,))
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_appeal(sample_appeal("appeal-1", decision.id, FIRST))
        await refuses(store.record(again, content), "appeal")
        await store.record(other, text)
        await store.record(replace(sample(2)[0], id="another", supersedes=other.id), text)
        await refuses(store.add_appeal(sample_appeal("appeal-2", other.id, FIRST)), "judged again since")
        await refuses(store.add_appeal(sample_appeal("appeal-3", "nobody", FIRST)), "nobody")
        await refuses(store.add_appeal(sample_appeal("appeal-4", decision.id, "spam/SP9")), "spam/SP9")


async def forgets_what_an_appeal_says(record: OpenRecord) -> None:
    """The reasons go with the content; that there was an appeal stays."""
    decision, content = sample(1, action=Action.BLOCK)
    lodged = sample_appeal("appeal-1", decision.id, FIRST)
    async with opened(record) as store:
        await store.record(decision, content)
        await store.add_appeal(lodged)
        await store.forget(content.digest)
        same(await store.history(decision.id), (replace(lodged, why=""),))
        same((await store.verify()).faults, ())


async def keeps_golden_items_apart(record: OpenRecord) -> None:
    """They wait by themselves, and are decisions as any other to everybody who reads them."""
    decision, content = sample(1, opened=(FIRST,))
    label = replace(sample_label("label-1", content.digest), source="golden:山田")
    async with opened(record) as store:
        await store.add_golden(decision, content, [label])
        await store.record(*sample(2, opened=(FIRST,)))
        same([each.id for each in await store.held()], ["decision-2"])
        same(await store.held(golden=True), (decision,))
        same(await store.golden(), (decision,))
        same(await store.labels(content=content.digest), (label,))
        same(await store.decision(decision.id), decision)
        await store.add_review(_word("review-1", decision.id, reviewer="a", alone=False))
        same([each.id for each in await store.held()], ["decision-2"])
        same(await store.held(golden=True), (decision,))
        await store.add_review(_word("review-2", decision.id, reviewer="b"))
        same(await store.held(golden=True), ())
        same(await store.golden(), (decision,))
        await refuses(store.add_golden(decision, content, [label]), decision.id)
        await refuses(store.add_golden(replace(decision, id="another"), content, [label]), label.id)
        same(len(await store.decisions()), 2)
        same((await store.verify()).faults, ())


async def finds_reviews_by_reviewer(record: OpenRecord) -> None:
    """And by time and page."""
    made = [sample(number, opened=(FIRST,)) for number in range(4)]
    async with opened(record) as store:
        for place, (decision, content) in enumerate(made):
            await store.record(decision, content)
            review = _word(f"review-{place}", decision.id, reviewer="ab"[place % 2])
            await store.add_review(replace(review, reviewed_at=decision.decided_at))
        same([review.id for review in await store.reviewed()], [f"review-{place}" for place in range(4)])
        same([review.id for review in await store.reviewed(after="review-1", limit=1)], ["review-2"])
        same([review.id for review in await store.reviewed(reviewer="b")], ["review-1", "review-3"])
        since = made[2][0].decided_at
        same([review.id for review in await store.reviewed(reviewer="a", since=since)], ["review-2"])
        same(await store.reviewed(reviewer="c"), ())
        await refuses(store.reviewed(reviewer="a", since=since.replace(tzinfo=None)), "time zone")


CASE_CHECKS: tuple[Check, ...] = (
    waits_for_a_second_word,
    waits_for_what_people_disagree_on_although_nobody_held_it,
    gives_a_decision_to_one,
    gives_back_what_is_let_go,
    notices_what_happened_since,
    keeps_appeals,
    lets_no_judge_decide_an_appeal,
    forgets_what_an_appeal_says,
    keeps_golden_items_apart,
    finds_reviews_by_reviewer,
)
