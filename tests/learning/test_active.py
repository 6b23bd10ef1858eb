from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from komainu.domain import Content, Decision, Verdict
from komainu.learning.active import wanted
from komainu.store.samples import CLAUSES, sample

FIRST, SECOND, _ = CLAUSES
TEXTS = (
    "The ferry was late because of the fog",
    "Who took the blue umbrella from the hall?",
    "Our cat sleeps on the warm printer",
    "Trains to the coast leave at noon",
)


def waits(number: int, said: Mapping[str, Sequence[float]], text: str = "") -> tuple[Decision, Content]:
    content = Content(text=text or TEXTS[number])
    decision, _ = sample(number, opened=tuple(said))
    opinions = tuple(
        Verdict(clause=key, judge=f"judge{place}@1", probability=p)
        for key, given in said.items()
        for place, p in enumerate(given)
    )
    return replace(decision, content=content.digest, opinions=opinions), content


def order(*waiting: tuple[Decision, Content], **more: object) -> list[str]:
    return [one.decision for one in wanted(waiting, **more)]  # type: ignore[arg-type]


def test_what_the_last_judge_is_least_sure_of_comes_first() -> None:
    found = wanted([waits(0, {FIRST: [0.1]}), waits(1, {FIRST: [0.5]}), waits(2, {FIRST: [0.8]})])
    assert [one.decision for one in found] == ["decision-1", "decision-2", "decision-0"]
    assert found[0].unsure == 1.0
    assert found[2].unsure == pytest.approx(0.469, abs=1e-3), "the entropy of .1, in bits"


def test_judges_that_disagree_count_as_well() -> None:
    assert order(waits(0, {FIRST: [0.5]}), waits(1, {FIRST: [0.05, 0.9]})) == ["decision-1", "decision-0"]


def test_an_item_counts_by_the_clause_that_teaches_most() -> None:
    (found,) = wanted([waits(0, {FIRST: [0.01], SECOND: [0.6]})])
    assert found.clause == SECOND
    assert order(waits(0, {FIRST: [0.01], SECOND: [0.6]}), waits(1, {FIRST: [0.3]}), clauses=(FIRST,)) == [
        "decision-1",
        "decision-0",
    ]


def test_where_no_judge_said_anything_everything_is_to_be_learnt() -> None:
    assert order(waits(0, {FIRST: [0.3]}), waits(1, {FIRST: []})) == ["decision-1", "decision-0"]


def test_repeats_teach_once_and_not_again_what_is_labelled() -> None:
    twice = waits(1, {FIRST: [0.4]}, TEXTS[0] + "!")
    assert order(waits(0, {FIRST: [0.5]}), twice) == ["decision-0"]
    assert order(waits(0, {FIRST: [0.5]}), waits(2, {FIRST: [0.4]}), labelled=[Content(text=TEXTS[0])]) == [
        "decision-2"
    ]


def test_what_waits_for_nobody_teaches_nothing() -> None:
    cleared, content = sample(0)
    assert wanted([(cleared, content)]) == []
    assert wanted([]) == []
