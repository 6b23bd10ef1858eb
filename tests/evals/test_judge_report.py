"""The controls that the benchmark sets beside the embedded judge."""

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from komainu.domain import Ruling
from komainu.evals import Suite, evaluate
from komainu.metrics import Bootstrap
from tests.evals.makers import Saying, cascade_of, case, suite

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "judge_report.py"


@pytest.fixture(scope="module")
def benchmark() -> Iterator[ModuleType]:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("judge_report", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["judge_report"] = module
    spec.loader.exec_module(module)
    module.BOOTSTRAP = Bootstrap(resamples=10, seed=module.SEED)  # type: ignore[attr-defined]
    yield module
    del sys.modules["judge_report"]


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


def test_a_blanked_policy_says_nothing_and_keeps_its_clauses(benchmark: ModuleType) -> None:
    original = suites()[2]
    blank = benchmark.blanked(original)
    assert words(blank) == [(".", ".", ())] * 3
    assert [clause.key for clause in blank.policy.clauses] == [clause.key for clause in original.policy.clauses]
    assert blank.cases == original.cases


def test_shuffling_permutes_the_words_within_a_language_and_never_within_a_policy_or_its_twin(
    benchmark: ModuleType,
) -> None:
    mixed = benchmark.shuffled(suites())
    assert [one.policy.id for one in mixed] == [one.policy.id for one in suites()]
    for language in ("en", "ja"):
        before = sorted(word for one in suites() if one.policy.language == language for word in words(one))
        after = sorted(word for one in mixed if one.policy.language == language for word in words(one))
        assert before == after
    for one in mixed:
        assert all(f"of {one.base}" not in title for title, _, _ in words(one))
    assert [words(one) for one in benchmark.shuffled(suites())] == [words(one) for one in mixed]


def test_a_policy_alone_in_its_language_cannot_be_shuffled(benchmark: ModuleType) -> None:
    with pytest.raises(SystemExit, match="several policies in each language"):
        benchmark.shuffled(suites()[:1])


async def test_every_way_of_judging_is_reported_on_the_same_pairs(benchmark: ModuleType) -> None:
    judge = Saying(lambda text, clause: None if text == "a bus" else 0.99 if clause in text else 0.0)
    found = await benchmark.judged_every_way(suites(), judge)
    pairs = sum(len(one.cases) * len(one.policy.clauses) for one in suites())
    assert set(found.reports) == {"embedded", "blank", "shuffled", "tf-idf"}
    for made in found.reports.values():
        assert made.overall.pairs == pairs
        assert made.overall.ranked.auroc.n == pairs - 1  # nobody judges the bus
    assert found.reports["embedded"].overall.ruled.held.value == pytest.approx(1 / pairs)
    assert found.reports["tf-idf"].overall.ruled.held.value == 1.0  # it ranks, and rules on nothing
    assert found.always_clear == pytest.approx(1 - 6 / pairs)
    assert found.less["blank"].value == 0.0  # this judge does not read the policy


async def test_tf_idf_ranks_by_shared_characters(benchmark: ModuleType) -> None:
    scores = await evaluate(suites()[:1], cascade=cascade_of(Saying(lambda text, clause: 0.5)))
    by_pair = {(one.case, one.clause): one for one in benchmark.by_tf_idf(suites()[:1], scores)}
    assert by_pair["1", "HR1"].probability > by_pair["1", "HR2"].probability > by_pair["2", "HR1"].probability
    assert by_pair["1", "HR1"].label
    assert all(one.ruling is Ruling.OPEN and 0.0 <= one.probability <= 1.0 for one in by_pair.values())


async def test_the_table_and_the_json_say_the_same(benchmark: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    found = {"small": await benchmark.judged_every_way(suites(), Saying(lambda text, clause: 0.99 * (clause in text)))}
    benchmark.show(found)
    shown = capsys.readouterr().out
    written = json.loads(benchmark.as_json(found))["small"]
    auroc = written["reports"]["embedded"]["overall"]["ranked"]["auroc"]
    assert f"{auroc['value']:.3f} [{auroc['low']:.3f}, {auroc['high']:.3f}]" in shown
    assert f"clearing everything would be right on {written['always_clear']:.3f}" in shown
    assert written["reports"]["blank"]["seed"] == benchmark.SEED
