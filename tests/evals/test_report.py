"""What scores come to."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komainu.domain import Ruling
from komainu.evals import Report, Score, report, to_json
from komainu.metrics import Bootstrap, Figure
from tests.evals.makers import score

CLEAR, VIOLATED, OPEN = Ruling.CLEAR, Ruling.VIOLATED, Ruling.OPEN
GOLDEN = Path(__file__).parent / "golden" / "report.json"
FEW = Bootstrap(resamples=40, seed=5)


def mixed() -> list[Score]:
    """Eight pairs: three violate; one of them is found, one held, one cleared. One pair nobody judged."""
    return [
        score(0.95, VIOLATED, label=True, at="a/1/HR1"),
        score(0.60, OPEN, label=True, at="b/1/HR1"),
        score(0.05, CLEAR, label=True, at="c/1/HR1"),
        score(0.97, VIOLATED, label=False, at="a/2/HR1"),
        score(0.04, CLEAR, label=False, at="b/2/HR1"),
        score(0.03, CLEAR, label=False, at="c/2/HR1"),
        score(0.30, OPEN, label=False, at="c/3/HR1"),
        score(None, OPEN, label=False, at="c/4/HR1"),
    ]


def golden_scores() -> list[Score]:
    """Four policies, one with a twin, in two languages, with tags, severities and a pair nobody judged."""
    random = np.random.default_rng(12)
    scores = []
    for policy, language in (("a", "en"), ("b", "en"), ("b-twin", "en"), ("c", "ja")):
        for number in range(6):
            label = bool((number + policy.endswith("-twin")) % 2)
            probability = round(float(np.clip(0.35 * label + random.random() * 0.65, 0, 1)), 3)
            scores.append(
                score(
                    None if number == 5 and policy == "c" else probability,
                    OPEN if number == 5 else VIOLATED if probability >= 0.6 else CLEAR if probability < 0.3 else OPEN,
                    label=label,
                    at=f"{policy}/{number}/HR{1 + number % 2}",
                    content=f"{policy.removesuffix('-twin')} text {number}",
                    language=language,
                    tags=("pair:1",) if number < 2 else ("quote", "pair:2") if number == 2 else (),
                    severity=1 + number % 2,
                )
            )
    return scores


def value(figure: Figure) -> tuple[float | None, int]:
    return figure.value, figure.n


def test_rulings_are_right_wrong_or_held_and_held_ones_are_never_found() -> None:
    ruled = report(mixed(), bootstrap=FEW).overall.ruled
    assert value(ruled.held) == (3 / 8, 8)
    assert value(ruled.right) == (3 / 5, 5)
    assert value(ruled.right_when_violated) == (1 / 2, 2)
    assert value(ruled.right_when_clear) == (2 / 3, 3)
    assert value(ruled.recall) == (1 / 3, 3)
    assert value(ruled.false_alarms) == (1 / 5, 5)
    assert value(ruled.f1) == (pytest.approx(2 * 1 / (2 + 2)), 5)
    assert value(ruled.balanced_accuracy) == (pytest.approx((1 / 2 + 2 / 3) / 2), 5)


def test_a_pair_nobody_judged_is_counted_and_left_out_of_the_ranking() -> None:
    overall = report(mixed(), bootstrap=FEW).overall
    assert value(overall.not_judged) == (1 / 8, 8)
    assert (overall.ranked.auroc.n, overall.ranked.auroc.positives) == (7, 3)
    # 0.95 is above three of four, 0.60 too, 0.05 above two.
    assert overall.ranked.auroc.value == pytest.approx((3 + 3 + 2) / 12)
    assert overall.ranked.f1_at_half.value == pytest.approx(2 * 2 / (3 + 3))


def test_a_group_says_how_many_cases_pairs_and_policies_it_has() -> None:
    made = report(golden_scores(), bootstrap=FEW)
    assert [(one.name, one.cases, one.pairs, one.policies) for one in (made.overall, *made.by_language)] == [
        ("all", 24, 24, 3),  # the twin is in the cluster of its base
        ("en", 18, 18, 2),
        ("ja", 6, 6, 1),
    ]
    assert [(one.name, one.pairs) for one in made.by_tag] == [("pair", 12), ("quote", 4)]
    assert [(one.name, one.pairs) for one in made.by_severity] == [("1", 12), ("2", 12)]
    assert made.by_language[1].ranked.auroc.low is None  # one policy alone has no interval


def test_two_clauses_of_one_case_are_one_case_and_two_pairs() -> None:
    overall = report(
        [score(0.5, at="a/1/HR1"), score(0.5, at="a/1/HR2"), score(0.5, at="b/1/HR1")], bootstrap=FEW
    ).overall
    assert (overall.cases, overall.pairs, overall.policies) == (2, 3, 2)


def test_the_report_is_the_golden_one() -> None:
    made = report(golden_scores(), judges=["saying@1: clear below 0.3, violated from 0.6"], bootstrap=FEW)
    assert to_json(made) == GOLDEN.read_text("utf-8")


def test_the_order_of_the_scores_makes_no_difference() -> None:
    assert to_json(report(golden_scores()[::-1], bootstrap=FEW)) == to_json(report(golden_scores(), bootstrap=FEW))


def test_another_seed_moves_the_intervals_and_nothing_else() -> None:
    one = json.loads(to_json(report(golden_scores(), bootstrap=Bootstrap(resamples=40, seed=1))))
    other = json.loads(to_json(report(golden_scores(), bootstrap=Bootstrap(resamples=40, seed=2))))
    assert one["overall"]["ranked"]["auroc"]["value"] == other["overall"]["ranked"]["auroc"]["value"]
    assert one["overall"]["ranked"]["auroc"] != other["overall"]["ranked"]["auroc"]
    assert (one["seed"], other["seed"], one["resamples"], one["confidence"]) == (1, 2, 40, 0.95)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(
            score,
            st.none() | st.floats(0, 1),
            st.sampled_from(Ruling),
            label=st.booleans(),
            at=st.builds("{}/{}/HR1".format, st.sampled_from(["a", "a-twin", "b"]), st.integers(1, 4)),
            content=st.sampled_from("xyz"),
            tags=st.sampled_from([(), ("quote",), ("pair:1", "quote")]),
        ),
        max_size=12,
    )
)
def test_any_scores_make_a_report_that_is_strict_json(scores: list[Score]) -> None:
    made = report(scores, bootstrap=Bootstrap(resamples=5))

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    read = json.loads(to_json(made), parse_constant=refuse)
    assert read["overall"]["pairs"] == len(scores)
    for figure in every_figure(made):
        assert (figure.low is None) == (figure.high is None)
        assert figure.value is not None or figure.low is None
        assert figure.low is None or figure.high is None or figure.low <= figure.high


def every_figure(made: Report) -> list[Figure]:
    groups = (made.overall, *made.by_language, *made.by_tag, *made.by_severity)
    parts = [part for group in groups for part in (group, group.ranked, group.ruled)]
    parts += [made.twins.clauses, made.twins.contents]
    values = [getattr(part, name) for part in parts for name in part.__dataclass_fields__]
    return [one for one in values if isinstance(one, Figure)]
