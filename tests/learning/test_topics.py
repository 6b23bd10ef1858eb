"""New topics in what people write, as the embedded judge understands it."""

import random
from datetime import timedelta

import pytest

from komainu.domain import Content
from komainu.judges.embedded.weights import weights_in
from komainu.learning.drift import Drift, Recorded, Watch
from komainu.learning.topics import Sampled, Smallest, topics_of
from tests.learning.records import NOW, START, days, decision

DISHES = ("soup", "bread", "rice", "cake", "fish", "tea", "salad", "pasta", "pie", "stew")
PLACES = ("harbour", "park", "station", "school", "library", "market", "bridge", "museum", "garden", "beach")
WATCH = Watch(alpha=0.05, needed=30)


def sampled(text: str) -> tuple[Sampled, Content]:
    content = Content(text=text)
    return Sampled(content=content.digest, decision=f"d-{text}", clause="spam/SP1"), content


def everyday(first: int, count: int) -> list[tuple[Sampled, Content]]:
    """So many of a hundred sentences about food and places, mixed the same way every time."""
    lines = [
        f"We had {dish} at the {place} today" if (row + column) % 2 else f"How do I get to the {place} for some {dish}?"
        for row, dish in enumerate(DISHES)
        for column, place in enumerate(PLACES)
    ]
    random.Random(0).shuffle(lines)
    return [sampled(line) for line in lines[first : first + count]]


def test_a_new_topic_is_found_with_its_clause_and_its_most_typical_contents() -> None:
    news = [
        sampled(f"Put your savings into my new coin and it will be worth {n} times as much by {month}")
        for n in range(10, 15)
        for month in ("March", "April", "May", "June")
    ]
    found = topics_of(everyday(0, 60), [*everyday(60, 40), *news], weights_in(), WATCH)
    assert found is not None
    assert len(found) == 1
    topic = found[0]
    assert topic.clause == "spam/SP1"
    assert (topic.of_current, topic.of_reference) == (60, 60)
    assert 10 <= topic.current <= 24
    assert topic.reference <= 2
    assert topic.p <= WATCH.each
    assert all("savings" in example.decision for example in topic.examples)
    assert len(topic.examples) == 3


def test_the_same_kind_of_contents_is_no_new_topic() -> None:
    assert topics_of(everyday(0, 50), everyday(50, 50), weights_in(), WATCH) == ()


def test_too_few_contents_that_can_be_read_are_none_at_all() -> None:
    unread = [sampled(f"{n} &&&& #### {n}") for n in range(100)]
    assert topics_of(everyday(0, 50), unread, weights_in(), WATCH) is None
    assert topics_of([], everyday(0, 50), weights_in(), WATCH) is None


def test_a_sample_is_that_of_the_smallest_digests_whatever_the_order_and_each_content_once() -> None:
    made = [decision(n % 300, {"spam/SP1": 0.5, "spam/SP2": 0.7}) for n in range(600)]
    forth, back, none = Smallest(20), Smallest(20), Smallest(0)
    for one in made:
        forth.add(one)
        none.add(one)
    for one in reversed(made):
        back.add(one)
    smallest = sorted({one.content for one in made})[:20]
    assert [one.content for one in forth.drawn()] == smallest == [one.content for one in back.drawn()]
    assert {one.clause for one in forth.drawn()} == {"spam/SP2"}
    assert none.drawn() == []


@pytest.mark.parametrize("topics", [0, 40])
def test_samples_are_of_the_reference_and_of_the_last_week(topics: int) -> None:
    drift = Drift(Watch(topics=topics), now=NOW)
    assert drift.samples() == ([], [])
    for n in days(40):
        drift.add(Recorded(decision=decision(n, {"spam/SP1": 0.5})))
    reference, current = drift.samples()
    assert (len(reference), len(current)) == (topics, topics)
    ends, starts = START + timedelta(days=28), START + timedelta(days=33)
    made = {f"d{n}": START + timedelta(minutes=15 * n) for n in days(40)}
    assert all(made[one.decision] < ends for one in reference)
    assert all(made[one.decision] >= starts for one in current)
