"""Second opinions: how words of several people come to one ruling, and that the queue counts in the same way."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from komainu.domain import Action, Appeal, Decision, Outcome, Review, Ruling
from komainu.errors import OvertakenError, UsageError
from komainu.reviews import Count, rule, standing, waiting
from komainu.store import open_store
from komainu.store.samples import CLAUSES, sample

NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
FIRST, SECOND, THIRD = CLAUSES
C, V, O = Ruling.CLEAR, Ruling.VIOLATED, Ruling.OPEN  # noqa: E741
HELD, _ = sample(1, opened=(FIRST,))


def said(who: str, ruling: Ruling, *, alone: bool = True, clause: str = FIRST) -> Review:
    second = () if alone else (clause,)
    return Review(
        id=f"{who}-{ruling}", decision=HELD.id, reviewer=who, rulings={clause: ruling}, reviewed_at=NOW, second=second
    )


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ([said("a", C)], C),
        ([said("a", V)], V),
        ([said("a", C, alone=False)], O),
        ([said("a", C, alone=False), said("b", C)], C),
        ([said("a", C, alone=False), said("a", C, alone=False)], O),  # nobody is their own second
        ([said("a", C), said("b", V)], O),  # a tie goes to a third
        ([said("a", C), said("b", V), said("c", V)], V),
        ([said("a", C), said("b", V), said("a", V)], V),  # who changes their word has one still
        ([said("a", C, alone=False), said("b", V), said("c", C)], C),
        ([said("a", C), said("b", C, alone=False)], C),
        ([said("a", C, alone=False), said("a", C)], C),  # the rule was relaxed when they spoke again
    ],
)
def test_a_clause_is_settled_by_most_and_by_two_where_one_is_not_enough(words: list[Review], stands: Ruling) -> None:
    assert standing(HELD, words)[FIRST] is stands
    assert waiting(HELD, words) == ((FIRST,) if stands is O else ())
    assert Count(HELD, words).is_waiting == (stands is O)


def test_in_doubt_a_clause_is_not_clear_and_stays_violated() -> None:
    judged = replace(sample(1)[0], action=Action.BLOCK, rulings={FIRST: V, SECOND: C, THIRD: C})
    doubt = [said("a", C, alone=False), said("a", V, alone=False, clause=SECOND)]
    assert standing(judged, doubt) == {FIRST: V, SECOND: O, THIRD: C}
    assert Count(judged, doubt).is_waiting  # nobody held it, and now it waits for a second word


def test_a_reviewer_clears_the_rest_only_where_they_have_not_spoken() -> None:
    first = said("a", V, alone=False)
    with pytest.raises(UsageError, match="none waits any more"):
        rule(HELD, rest_clear=True, earlier=[first], reviewer="a", at=NOW)
    second, _ = rule(HELD, rest_clear=True, earlier=[first], reviewer="b", at=NOW)
    assert second.rulings == {FIRST: C}
    assert Count(HELD, [first, second]).waiting_for("c") == (FIRST,)


def test_a_review_says_on_which_clauses_it_is_not_enough() -> None:
    review, _ = rule(HELD, clear=[FIRST, SECOND], second=[FIRST, THIRD], reviewer="a", at=NOW)
    assert review.second == (FIRST,)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Decision, list[Review | Appeal]]:
    """A decision and what people could have said about it, in order, as they would be let."""
    name = str(uuid4())  # all examples share one record
    rulings = {key: draw(st.sampled_from(Ruling)) for key in CLAUSES}
    cleared = all(ruling is C for ruling in rulings.values())
    action = draw(st.sampled_from(Action if cleared else [Action.LIMIT, Action.HOLD, Action.BLOCK]))
    share = draw(st.sampled_from([0.0, 0.5, 1.0]))
    decision = replace(sample(1)[0], id=name, action=action, rulings=rulings, audit_share=share)
    history: list[Review | Appeal] = []
    for number in range(draw(st.integers(0, 7))):
        keys = draw(st.lists(st.sampled_from(CLAUSES), min_size=1, unique=True))
        if draw(st.integers(0, 4)) == 0:
            if Count(decision, history).appeal is None:
                history.append(
                    Appeal(id=f"{name}{number}", decision=name, by="z", clauses=tuple(keys), appealed_at=NOW)
                )
            continue
        verdicts = {key: draw(st.booleans()) for key in keys}
        try:
            review, _ = rule(
                decision,
                clear=[key for key, violates in verdicts.items() if not violates],
                violates=[key for key, violates in verdicts.items() if violates],
                earlier=history,
                second=draw(st.lists(st.sampled_from(CLAUSES))),
                reviewer=draw(st.sampled_from("abcde")),
                at=NOW,
            )
        except UsageError:
            continue
        history.append(review)
    return decision, history


@given(st.lists(histories(), min_size=1, max_size=6))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_what_the_record_says_is_waiting_is_what_the_words_come_to(
    store_url: str, made: list[tuple[Decision, list[Review | Appeal]]]
) -> None:
    asyncio.run(_same_queue(store_url, made))


async def _same_queue(url: str, made: list[tuple[Decision, list[Review | Appeal]]]) -> None:
    store = await open_store(url)
    for decision, history in made:
        await store.record(decision, sample(1)[1])
        for place, each in enumerate(history):
            await (store.add_appeal if isinstance(each, Appeal) else store.add_review)(each, after=place)
        assert await store.history(decision.id) == tuple(history)
    queue = {decision.id for decision in await store.held(limit=10_000)}
    for decision, history in made:
        assert (decision.id in queue) == Count(decision, history).is_waiting
    await store.close()


@given(histories())
def test_nobody_rules_on_an_appeal_who_ruled_before_it(made: tuple[Decision, list[Review | Appeal]]) -> None:
    before: set[str] = set()
    opened: Appeal | None = None
    for each in made[1]:
        if isinstance(each, Appeal):
            opened, before = each, {one.reviewer for one in made[1][: made[1].index(each)] if isinstance(one, Review)}
            continue
        assert (each.appeal == opened.id and each.reviewer not in before) if opened else not each.appeal
        opened = None if each.outcome else opened


def appeal(*clauses: str) -> Appeal:
    return Appeal(id="appeal-1", decision=HELD.id, by="the author", clauses=clauses, why="a joke", appealed_at=NOW)


def on_appeal(history: list[Review | Appeal], who: str, **words: list[str]) -> Review:
    return rule(HELD, earlier=history, reviewer=who, at=NOW, **words)[0]  # type: ignore[arg-type]


def test_an_appeal_changes_nothing_until_it_is_settled_and_then_the_words_before_it_count_no_more() -> None:
    history: list[Review | Appeal] = [said("a", V), said("b", V), appeal(FIRST)]
    count = Count(HELD, history)
    assert (count.standing[FIRST], count.waiting, count.is_waiting) == (V, (FIRST,), True)
    review = on_appeal(history, "c", clear=[FIRST])
    assert (review.appeal, review.outcome) == ("appeal-1", Outcome.OVERTURNED)
    assert standing(HELD, [*history, review])[FIRST] is C
    assert not Count(HELD, [*history, review]).is_waiting
    assert on_appeal(history, "c", violates=[FIRST]).outcome is Outcome.UPHELD


def test_an_appeal_is_settled_when_all_it_is_about_is() -> None:
    history: list[Review | Appeal] = [said("a", V), said("a", V, clause=SECOND), appeal(FIRST, SECOND)]
    first, labels = rule(HELD, violates=[FIRST], clear=[THIRD], earlier=history, reviewer="b", at=NOW)
    assert (first.appeal, first.outcome) == ("appeal-1", None)
    assert [label.source for label in labels] == ["appeal:b", "review:b"]
    second = on_appeal([*history, first], "c", clear=[SECOND])
    assert second.outcome is Outcome.OVERTURNED
    assert Count(HELD, [*history, first]).waiting == (SECOND,)


def test_where_one_word_is_not_enough_an_appeal_needs_two_as_well() -> None:
    history: list[Review | Appeal] = [said("a", V, alone=False), said("b", V), appeal(FIRST)]
    first, _ = rule(HELD, clear=[FIRST], earlier=history, second=[FIRST], reviewer="c", at=NOW)
    assert first.outcome is None
    second, _ = rule(HELD, clear=[FIRST], earlier=[*history, first], second=[FIRST], reviewer="d", at=NOW)
    assert second.outcome is Outcome.OVERTURNED


@pytest.mark.parametrize(
    ("who", "why"), [("a", "a has ruled on it before"), ("the author", "the author made the appeal")]
)
def test_an_appeal_goes_to_somebody_else(who: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        rule(HELD, clear=[FIRST], earlier=[said("a", V), appeal(FIRST)], reviewer=who, at=NOW)


async def test_the_record_does_not_let_the_same_person_rule_on_the_appeal_either(store_url: str) -> None:
    decision = replace(sample(3, opened=(FIRST,))[0], id="again-3")
    first = replace(said("a", V), id="first", decision=decision.id)
    lodged = replace(appeal(FIRST), id="lodged", decision=decision.id)
    store = await open_store(store_url)
    await store.record(decision, sample(3)[1])
    await store.add_review(first)
    await store.add_appeal(lodged)
    mine = replace(first, id="mine", appeal="lodged", outcome=Outcome.UPHELD)
    with pytest.raises(OvertakenError, match="somebody who has not ruled"):
        await store.add_review(mine)
    assert await store.history(decision.id) == (first, lodged)
    await store.close()
