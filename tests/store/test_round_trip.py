import asyncio
import json
from dataclasses import replace
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from komainu.domain import Content, Decision, Label, Review
from komainu.store import open_store
from komainu.store.bodies.decision import read_decision, words_of, write_decision
from komainu.store.bodies.text import pack, read_words, unpack, write_words
from komainu.store.canonical import canonical
from komainu.store.samples import sample
from tests import strategies
from tests.store import wild


@given(wild.decisions())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_decision_comes_back_from_its_body_in_every_detail(made: tuple[Decision, Content]) -> None:
    decision, _ = made
    body = json.loads(canonical(write_decision(decision)).encode())
    words = read_words(write_words(words_of(decision)))
    back = read_decision(pack(decision.id), body, words)
    assert back == decision
    assert list(back.rulings) == list(decision.rulings)


@given(strategies.texts())
def test_any_string_is_carried_by_any_database(text: str) -> None:
    packed = pack(text)
    assert "\0" not in packed
    assert packed.encode().decode() == packed
    assert unpack(packed) == text


@given(strategies.texts(6), strategies.texts(6))
def test_different_strings_stay_different(one: str, other: str) -> None:
    assert (pack(one) == pack(other)) == (one == other)


@given(st.data(), st.lists(wild.decisions(), min_size=1, max_size=5))
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_whatever_is_recorded_comes_back_as_it_was(
    store_url: str, data: st.DataObject, made: list[tuple[Decision, Content]]
) -> None:
    """All examples share one record, so each gets ids of its own."""
    own = f"{uuid4()}:"
    mine = [
        (replace(decision, id=f"{own}{place}{decision.id}"), content) for place, (decision, content) in enumerate(made)
    ]
    reviews = [data.draw(wild.reviews(decision)) for decision, _ in mine]
    labels = data.draw(st.lists(strategies.labels(own + made[0][1].digest), max_size=3))
    asyncio.run(
        _there_and_back(
            store_url,
            mine,
            [replace(review, id=f"{own}review{place}{review.id}") for place, review in enumerate(reviews)],
            [replace(label, id=f"{own}label{place}{label.id}") for place, label in enumerate(labels)],
        )
    )


async def _there_and_back(
    url: str, made: list[tuple[Decision, Content]], reviews: list[Review], labels: list[Label]
) -> None:
    store = await open_store(url)
    before = await store.head()
    await asyncio.gather(*(store.record(*one) for one in made))
    await asyncio.gather(*(store.add_review(review) for review in reviews))
    await store.add_labels(labels)
    for (decision, content), review in zip(made, reviews, strict=True):
        assert await store.decision(decision.id) == decision
        assert await store.content(content.digest) == content
        assert await store.reviews(decision.id) == (review,)
    if labels:
        assert await store.labels(content=labels[0].content) == tuple(labels)
    assert (await store.verify(expected=before)).faults == ()
    await store.close()


def test_an_entry_of_a_cascade_is_compact() -> None:
    decision, _ = sample(1)
    body = canonical(write_decision(decision))
    assert body.count("sample@1") == 2  # once for all its opinions, once for its stage
    assert body.count("spam/SP1") == 1
