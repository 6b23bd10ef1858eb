"""The controls that the benchmark sets beside the embedded judge."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from komainu.domain import Ruling
from komainu.evals import Suite, evaluate
from tests.evals.makers import Saying, cascade_of, case, suite

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def controls() -> Iterator[ModuleType]:
    """The module of the benchmark."""
    sys.path.insert(0, str(BENCHMARKS))
    yield import_module("judgebench.controls")
    sys.path.remove(str(BENCHMARKS))


def suites() -> list[Suite]:
    boats = (case("1", "No HR1 of any kind", "HR1"), case("2", "the soup"))
    return [
        suite("boats", *boats, clauses=("HR1", "HR2")),
        suite("boats-twin", *(case(one.id, one.text) for one in boats), clauses=("HR1", "HR2")),
        suite("trade", case("1", "an offer", "TR1"), clauses=("TR1", "TR2", "TR3")),
        suite("trains", case("1", "a train", "ZR1"), case("2", "a bus"), clauses=("ZR1",)),
        suite("games", case("1", "a game", "GR1"), case("2", "a move"), clauses=("GR1", "GR2")),
        suite("meal", case("1", "meal", "ML1"), clauses=("ML1",), language="ja"),
        suite("tea", case("1", "tea", "TE1"), clauses=("TE1",), language="ja"),
    ]


def words(suite: Suite) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(clause.title, clause.text, clause.examples) for clause in suite.policy.clauses]


def test_a_blanked_policy_says_nothing_and_keeps_its_clauses(controls: ModuleType) -> None:
    original = suites()[2]
    blank = controls.blanked(original)
    assert words(blank) == [(".", ".", ())] * 3
    assert [clause.key for clause in blank.policy.clauses] == [clause.key for clause in original.policy.clauses]
    assert not blank.policy.fine and not blank.policy.purpose
    assert blank.cases == original.cases


def test_shuffling_permutes_the_words_within_a_language_and_never_within_a_policy_or_its_twin(
    controls: ModuleType,
) -> None:
    mixed = controls.shuffled(suites())
    assert [one.policy.id for one in mixed] == [one.policy.id for one in suites()]
    for language in ("en", "ja"):
        before = sorted(word for one in suites() if one.policy.language == language for word in words(one))
        after = sorted(word for one in mixed if one.policy.language == language for word in words(one))
        assert before == after
    for one in mixed:
        assert all(f"of {one.base}" not in title for title, _, _ in words(one))
    assert [words(one) for one in controls.shuffled(suites())] == [words(one) for one in mixed]


def test_a_policy_alone_in_its_language_cannot_be_shuffled(controls: ModuleType) -> None:
    with pytest.raises(SystemExit, match="several policies in each language"):
        controls.shuffled(suites()[:1])


def test_swapped_clauses_stay_within_their_policy(controls: ModuleType) -> None:
    original = suites()[2]
    assert words(controls.swapped(original)) == [*words(original)[1:], words(original)[0]]


async def test_tf_idf_ranks_by_shared_characters(controls: ModuleType) -> None:
    scores = await evaluate(suites()[:1], cascade=cascade_of(Saying(lambda text, clause: 0.5)))
    by_pair = {(one.case, one.clause): one for one in controls.by_tf_idf(suites()[:1], scores)}
    assert by_pair["1", "HR1"].probability > by_pair["1", "HR2"].probability > by_pair["2", "HR1"].probability
    assert by_pair["1", "HR1"].label
    assert all(one.ruling is Ruling.OPEN and 0.0 <= one.probability <= 1.0 for one in by_pair.values())
