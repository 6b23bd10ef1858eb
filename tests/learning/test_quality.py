"""Rates over everything from what was drawn by lot, and a sample that stands for everything."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from komainu.domain import Action, Content, Decision, Ruling
from komainu.domain.decision import is_drawn
from komainu.domain.lot import lot
from komainu.learning.quality import Quality
from komainu.learning.sampled import Ruled, sampled
from komainu.store.samples import CLAUSES, sample

FIRST, SECOND, THIRD = CLAUSES
NAMES = {key: key for key in CLAUSES}
CLEAR = dict.fromkeys(CLAUSES, Ruling.CLEAR)


def decision(number: int, share: float = 0.1, *, first: Ruling = Ruling.CLEAR) -> Decision:
    made = sample(number, opened=(FIRST,) if first is Ruling.OPEN else ())[0]
    return replace(made, content=Content(text=f"Text {number}").digest, audit_share=share)


def test_a_lot_is_drawn_by_the_name_and_as_often_as_the_share_says() -> None:
    assert all(0.0 <= lot("a", str(number)) < 1.0 for number in range(100))
    drawn = sum(is_drawn(f"decision-{number}", 0.2) for number in range(5_000))
    assert abs(drawn / 5_000 - 0.2) < 0.02
    assert not is_drawn("decision-1", 0.0)
    assert is_drawn("decision-1", 1.0)
    assert all(is_drawn(name, 0.5) for name in map(str, range(500)) if is_drawn(name, 0.1)), "more draws those and more"


def counted(made: list[tuple[Decision, Mapping[str, Ruling]]]) -> Quality:
    found = Quality()
    for one, settled in made:
        found.take(one, settled, names=NAMES)
    return found


def test_what_was_drawn_stands_for_the_rest() -> None:
    """Of 2,000 cleared some 200 are drawn; people find the clause violated in one of ten of those."""
    made = []
    for number in range(2_000):
        one = decision(number)
        wrong = number % 10 == 0
        settled = {**CLEAR, FIRST: Ruling.VIOLATED if wrong else Ruling.CLEAR} if one.is_drawn else {}
        made.append((one, settled))
    found = counted(made)
    rates = found.tallies[FIRST].rates
    assert (found.decisions, found.uncovered, found.pending) == (2_000, 0, 0)
    assert rates.prevalence.value is not None and abs(rates.prevalence.value - 0.1) < 0.05
    assert rates.missed.value == 1.0, "judges found none of them"
    assert rates.cleared_wrongly.n == sum(one.is_drawn for one, _ in made)
    assert found.tallies[SECOND].rates.prevalence.value == 0.0


def test_what_nobody_was_to_look_at_does_not_count_where_somebody_did() -> None:
    """An appeal or a curious reviewer is no lot: what they look at is worse than the rest."""
    made = [(decision(number), {**CLEAR, FIRST: Ruling.VIOLATED}) for number in range(300)]
    undrawn = [(one, settled) for one, settled in made if not one.is_drawn]
    found = counted(undrawn)
    assert found.tallies[FIRST].rates.prevalence.value is None
    assert found.tallies[FIRST].rates.prevalence.n == 0


def test_what_judges_left_open_is_looked_at_by_people_anyway() -> None:
    made = [(decision(number, first=Ruling.OPEN), {FIRST: Ruling.VIOLATED}) for number in range(50)]
    made += [(one, CLEAR if one.is_drawn else {}) for one in (decision(100 + number) for number in range(400))]
    rates = counted(made).tallies[FIRST].rates
    assert rates.missed.value == 0.0
    assert rates.missed.high is not None and 0.0 < rates.missed.high < 0.6


def test_decisions_made_while_none_was_drawn_are_counted_apart() -> None:
    found = counted([(decision(1, 0.0), {}), (decision(2, 1.0), {})])
    assert (found.uncovered, found.decisions, found.pending) == (1, 1, 1)


def ruled(number: int, share: float, settled: Mapping[str, Ruling], *, forgotten: bool = False) -> Ruled:
    content = None if forgotten else Content(text=f"Text {number}")
    return Ruled(decision=decision(number, share), content=content, settled=settled)


def test_what_stays_open_beside_a_block_is_no_hold() -> None:
    """Nobody is asked about it, so it has the chance of its decision, and counts where that was drawn."""
    blocked = [
        (
            replace(
                decision(number, first=Ruling.OPEN),
                action=Action.BLOCK,
                rulings={**CLEAR, FIRST: Ruling.OPEN, SECOND: Ruling.VIOLATED},
                holding=(),
            ),
            {FIRST: Ruling.VIOLATED},
        )
        for number in range(200)
    ]
    undrawn = [(one, settled) for one, settled in blocked if not one.is_drawn]
    assert counted(undrawn).tallies[FIRST].rates.prevalence.n == 0
    drawn = counted(blocked).tallies[FIRST].rates.prevalence
    assert drawn.n == sum(one.is_drawn for one, _ in blocked)


def test_a_sample_takes_all_with_the_chance_of_the_least() -> None:
    many = [ruled(number, 0.5 if number % 2 else 0.1, CLEAR) for number in range(3_000)]
    drawn = [one for one in many if one.decision.is_drawn]
    found = sampled(drawn, [FIRST], share=0.1)
    odd = sum(int(content.text.split()[1]) % 2 for content in found.every_content)
    assert abs(odd / len(found.every_content) - 0.5) < 0.1, "those with the greater chance are no more"
    assert len(found.clauses[FIRST]) == len(found.every_content)
    least = sampled([one for one in drawn if one.decision.audit_share == 0.5], [FIRST], share=0.001)
    assert len(least.every_content) < 20, "an action of which nothing was drawn still says how many of the others count"


def test_a_sample_ends_where_people_are_not_through() -> None:
    """Who takes the holds first leaves the others waiting: those that are through must not stand for all."""
    made = [
        ruled(1, 1.0, {**CLEAR, FIRST: Ruling.VIOLATED}),
        ruled(2, 1.0, CLEAR, forgotten=True),
        ruled(3, 1.0, CLEAR),
        ruled(4, 1.0, {SECOND: Ruling.CLEAR}),
        ruled(5, 1.0, CLEAR),
    ]
    found = sampled(made, [FIRST, SECOND], share=1.0, wanted=lambda content: content.text != "Text 3")
    assert (found.pending, found.unused) == (1, 2)
    assert found.clauses[FIRST].violates.tolist() == [True]
    assert [one.text for one in found.contents(found.clauses[SECOND].places.tolist())] == ["Text 1"]
    assert len(sampled(made, [SECOND], share=1.0).every_content) == 4, "of the clauses that are asked about"


def test_decisions_count_and_not_contents() -> None:
    twice = [ruled(1, 1.0, CLEAR), replace(ruled(1, 1.0, CLEAR), decision=replace(decision(1, 1.0), id="again"))]
    assert len(sampled(twice, [FIRST], share=1.0).clauses[FIRST]) == 2


def test_to_decide_again_draws_no_new_lot() -> None:
    names = [decision(number, 0.3) for number in range(200)]
    again = [replace(one, id=f"again-{one.id}", supersedes=one.id, drawn_as=one.id) for one in names]
    assert [one.is_drawn for one in names] == [one.is_drawn for one in again]
    assert {one.is_drawn for one in names} == {True, False}


def test_nothing_drawn_is_no_sample() -> None:
    assert len(sampled([], [FIRST], share=0.1).clauses[FIRST]) == 0


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_chance_is_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="audit share"):
        decision(1, share)
