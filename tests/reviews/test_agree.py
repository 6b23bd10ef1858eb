"""Agreement over the record: whose words count, and how often."""

from dataclasses import replace

import pytest

from komainu.domain import Review, Ruling
from komainu.reviews.agree import FEWEST, agreements
from komainu.store import Store
from komainu.store.samples import CLAUSES, NOON, sample, sample_label

FIRST, SECOND = CLAUSES[:2]
C, V = Ruling.CLEAR, Ruling.VIOLATED


async def say(store: Store, number: int, who: str, ruling: Ruling, clause: str = FIRST, *, more: str = "") -> None:
    name = f"{number}-{who}-{clause}{more}"
    await store.add_review(
        Review(id=name, decision=f"decision-{number}", reviewer=who, rulings={clause: ruling}, reviewed_at=NOON)
    )


async def test_the_first_word_of_each_counts_and_only_where_two_spoke(store: Store) -> None:
    for number in range(FEWEST + 1):
        await store.record(*sample(number, opened=(FIRST,)))
        await say(store, number, "a", V)
        if number < FEWEST:
            await say(store, number, "b", C if number < 3 else V)
            await say(store, number, "b", V, more="again")  # after hearing of it
    found = await agreements(store)
    assert (found.everything.items, [one.name for one in found.clauses]) == (FEWEST, [FIRST])
    assert found.everything.figures is not None
    assert found.everything.figures.percent.value == pytest.approx(0.7)


async def test_a_reviewer_is_compared_with_each_of_the_others(store: Store) -> None:
    for number in range(FEWEST):
        await store.record(*sample(number, opened=(FIRST,)))
        for who, ruling in (("a", V), ("b", V), ("c", C)):
            await say(store, number, who, ruling)
    figures = {one.name: one.figures for one in (await agreements(store)).reviewers}
    shares = {name: found and found.percent.value for name, found in figures.items()}
    assert shares == {"a": 0.5, "b": 0.5, "c": 0.0}


async def test_intervals_go_by_decision(store: Store) -> None:
    for number in range(FEWEST):
        await store.record(*sample(number, opened=CLAUSES))
        for clause in CLAUSES:
            await say(store, number, "a", V, clause)
            await say(store, number, "b", V if number % 2 else C, clause)
    found = await agreements(store)
    one = next(each for each in found.clauses if each.name == SECOND)
    assert (found.everything.items, one.items) == (3 * FEWEST, FEWEST)
    assert found.everything.figures is not None and one.figures is not None
    # Three clauses that always go together are worth no more than one.
    assert found.everything.figures.percent.low == pytest.approx(one.figures.percent.low)


async def test_golden_items_count_against_what_is_known_alone(store: Store) -> None:
    for number in range(FEWEST):
        decision, content = sample(number, opened=(FIRST, SECOND))
        label = replace(sample_label(f"label-{number}", content.digest), source="golden:lead", violates=number < 4)
        await store.add_golden(decision, content, [label])
        await say(store, number, "a", V if number in {0, 1, 2, 9} else C)
        await say(store, number, "a", C, SECOND)  # nothing is known of it
        await say(store, number, "b", V)
    found = await agreements(store)
    assert (found.everything.items, found.clauses) == (0, ())
    results = [(one.name, one.items, one.missed, one.overblocked) for one in found.golden]
    assert results == [("a", FEWEST, 1, 1), ("b", FEWEST, 0, 6)]
    first = found.golden[0].figures
    assert first is not None
    assert (first.percent.value, first.positive.value) == (pytest.approx(0.8), pytest.approx(6 / 8))
