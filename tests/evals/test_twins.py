"""Both right: the same text under a policy and its twin."""

from komainu.domain import Ruling
from komainu.evals import Score, Twins, twins
from komainu.metrics import Bootstrap
from tests.evals.makers import score

CLEAR, VIOLATED, OPEN = Ruling.CLEAR, Ruling.VIOLATED, Ruling.OPEN


def found(*scores: Score) -> Twins:
    return twins(scores, Bootstrap(resamples=50))


def pair(text: str, base: tuple[float | None, Ruling], twin: tuple[float | None, Ruling]) -> list[Score]:
    """A text that violates HR1 in the base policy and not in its twin."""
    return [
        score(*base, label=True, at=f"house/b-{text}/HR1", content=text),
        score(*twin, label=False, at=f"house-twin/t-{text}/HR1", content=text),
    ]


def test_both_ranked_right_is_the_share_where_the_violating_side_is_likelier() -> None:
    result = found(
        *pair("right", (0.8, OPEN), (0.2, OPEN)),
        *pair("wrong", (0.2, OPEN), (0.8, OPEN)),
        *pair("topic only", (0.6, OPEN), (0.6, OPEN)),
        *pair("rounding only", (0.60000001, OPEN), (0.6, OPEN)),
    ).clauses
    assert (result.ranked_right.value, result.ranked_right.n) == (0.25, 4)


def test_both_ruled_right_needs_both_settled_as_labelled() -> None:
    result = found(
        *pair("right", (0.99, VIOLATED), (0.01, CLEAR)),
        *pair("one held", (0.99, VIOLATED), (0.5, OPEN)),
        *pair("both cleared", (0.01, CLEAR), (0.01, CLEAR)),
        *pair("reversed", (0.01, CLEAR), (0.99, VIOLATED)),
    ).clauses
    assert (result.ruled_right.value, result.ruled_right.n) == (0.25, 4)


def test_a_pair_nobody_judged_is_counted_and_not_ranked() -> None:
    result = found(*pair("judged", (0.8, OPEN), (0.2, OPEN)), *pair("not", (None, OPEN), (0.2, OPEN))).clauses
    assert (result.not_judged.value, result.not_judged.n) == (0.5, 2)
    assert (result.ranked_right.value, result.ranked_right.n) == (1.0, 1)
    assert (result.ruled_right.value, result.ruled_right.n) == (0.0, 2)


def test_only_texts_whose_label_flips_make_a_pair() -> None:
    same = [
        score(0.9, at="house/1/HR1", label=True, content="x"),
        score(0.9, at="house-twin/1/HR1", label=True, content="x"),
    ]
    other_text = [
        score(0.9, at="house/2/HR1", label=True, content="y"),
        score(0.1, at="house-twin/2/HR1", label=False, content="z"),
    ]
    other_policy = [score(0.1, at="shop-twin/2/HR1", label=False, content="y")]
    result = found(*same, *other_text, *other_policy)
    assert (result.clauses.ranked_right.value, result.clauses.ranked_right.n) == (None, 0)
    assert result.contents.ruled_right.n == 0


def test_a_whole_text_is_as_likely_as_its_likeliest_clause() -> None:
    result = found(
        score(0.3, CLEAR, label=False, at="house/1/HR1", content="x"),
        score(0.7, VIOLATED, label=True, at="house/1/HR2", content="x"),
        score(0.6, CLEAR, label=False, at="house-twin/1/HR1", content="x"),
        score(0.1, CLEAR, label=False, at="house-twin/1/HR3", content="x"),
    )
    assert result.clauses.ranked_right.n == 0
    assert (result.contents.ranked_right.value, result.contents.ruled_right.value) == (1.0, 1.0)


def test_a_text_with_an_open_clause_is_not_ruled_and_one_with_a_clause_nobody_judged_is_not_ranked() -> None:
    sides = [
        score(0.99, VIOLATED, label=True, at="house/1/HR1", content="x"),
        score(None, OPEN, label=False, at="house/1/HR2", content="x"),  # violated all the same
        score(0.01, CLEAR, label=False, at="house-twin/1/HR1", content="x"),
        score(None, OPEN, label=False, at="house-twin/1/HR2", content="x"),
    ]
    result = found(*sides).contents
    assert (result.not_judged.value, result.ranked_right.n, result.ruled_right.value) == (1.0, 0, 0.0)
