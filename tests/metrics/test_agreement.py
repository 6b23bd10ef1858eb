"""Agreement, held against published worked examples, and what must hold of it whatever people say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.metrics import Bootstrap, agreement

FEW = Bootstrap(resamples=60)


def columns(*raters: str) -> list[dict[str, str]]:
    """One string per rater, a letter per item; a dot where they said nothing."""
    return [
        {str(rater): word for rater, word in enumerate(words) if word != "."} for words in zip(*raters, strict=True)
    ]


def table(*rows: tuple[int, ...]) -> list[dict[str, int]]:
    """Two raters, by how often the first said the row and the second the column."""
    return [
        {"a": row, "b": column} for row, cells in enumerate(rows) for column, n in enumerate(cells) for _ in range(n)
    ]


# Krippendorff 2011, sections A to C; the data of C are also in Gwet 2014, page 120 (irrCAC: cac.raw4raters).
BINARY = columns("0100000010", "1110010000")
NOMINAL = columns("aabbdcccedda", "babbbccceddd")
MISSING = columns("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def test_krippendorff_two_observers_binary() -> None:
    found = agreement(BINARY, categories="01", positive="1", bootstrap=FEW)
    assert found.alpha.value == pytest.approx(0.095, abs=5e-4)
    assert (found.percent.value, found.percent.n, found.percent.positives) == (pytest.approx(0.6), 10, 5)


def test_krippendorff_two_observers_nominal() -> None:
    found = agreement(NOMINAL, categories="abcde", positive="a", bootstrap=FEW)
    assert found.alpha.value == pytest.approx(0.692, abs=5e-4)


def test_four_observers_with_missing_words() -> None:
    """Krippendorff 2011, section C: alpha .743. Gwet 2014, page 120: .81818 agree, AC1 .77544 (chance .19032)."""
    found = agreement(MISSING, categories="12345", positive="1", bootstrap=FEW)
    assert found.alpha.value == pytest.approx(0.743, abs=5e-4)
    assert found.percent.value == pytest.approx(0.81818, abs=5e-6)
    assert found.ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert found.ac1.n == 11  # of twelve, one was judged by a single observer


def test_gwet_two_abstractors() -> None:
    """The 100 visits of Gwet 2014 (irrCAC: cont3x3abstractors): AC1 .84933."""
    found = agreement(table((13, 0, 0), (0, 20, 7), (0, 4, 56)), categories=range(3), positive=0, bootstrap=FEW)
    assert found.ac1.value == pytest.approx(0.84933, abs=5e-6)
    assert found.percent.value == pytest.approx(0.89)
    assert found.positive.value == 1.0


def test_where_nearly_all_is_clear_alpha_falls_and_ac1_does_not() -> None:
    """Gwet 2002: 118, 5, 2 and 0 of 125. People agree on 94 %, AC1 is .9408, alpha about 0, and none on a violation."""
    found = agreement(table((118, 5), (2, 0)), categories=range(2), positive=1)
    assert found.percent.value == pytest.approx(0.944)
    assert found.ac1.value == pytest.approx(0.9408, abs=5e-5)
    assert found.alpha.value == pytest.approx(-0.0247, abs=5e-4)
    assert found.positive.value == 0.0


def test_a_95_to_5_matrix_by_hand() -> None:
    """90 both clear, 5 both violating, 3 and 2 split: each figure worked out from its formula."""
    found = agreement(table((90, 3), (2, 5)), categories=range(2), positive=1)
    assert found.percent.value == pytest.approx(0.95)
    assert found.positive.value == pytest.approx(2 * 5 / (2 * 5 + 3 + 2))
    violating = (7 + 8) / 200
    chance = 2 * violating * (1 - violating)
    assert found.ac1.value == pytest.approx((0.95 - chance) / (1 - chance))
    assert found.alpha.value == pytest.approx(1 - (200 - 1) * 10 / (200 * 199 - 185 * 184 - 15 * 14))


@pytest.mark.parametrize(
    "items", [[], [{}], [{"a": True}], [{"a": True}, {"b": False}]], ids=["nothing", "no words", "one", "alone"]
)
def test_nobody_agrees_alone(items: list[dict[str, bool]]) -> None:
    found = agreement(items)
    for figure in (found.percent, found.alpha, found.ac1, found.positive):
        assert (figure.value, figure.n, figure.low) == (None, 0, None)


def test_alpha_is_not_defined_where_all_words_are_the_same() -> None:
    found = agreement([{"a": False, "b": False}] * 20)
    assert (found.alpha.value, found.percent.value, found.ac1.value, found.positive.value) == (None, 1.0, 1.0, None)


def test_people_who_never_differed_are_not_sure_to_agree() -> None:
    found = agreement([{"a": place % 2 == 0, "b": place % 2 == 0} for place in range(30)])
    assert (found.percent.value, found.percent.high, found.alpha.value) == (1.0, 1.0, 1.0)
    assert found.percent.low == pytest.approx(1 - 0.1157, abs=1e-4)  # Clopper and Pearson, 30 of 30
    assert (found.alpha.low, found.ac1.low) == (None, None)


words = st.dictionaries(st.sampled_from("abcd"), st.booleans(), max_size=4)
some = st.lists(words, max_size=12)


@given(some, st.randoms(use_true_random=False))
def test_who_said_it_and_in_which_order_makes_no_difference(items: list[dict[str, bool]], chance: object) -> None:
    renamed = [{f"rater-{name}": word for name, word in reversed(each.items())} for each in items]
    one, other = (agreement(each, bootstrap=Bootstrap(resamples=2)) for each in (items, renamed[::-1]))
    for name in ("percent", "alpha", "ac1", "positive"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value, abs=1e-9)


@given(some)
def test_what_only_one_judged_changes_neither_alpha_nor_what_is_counted_in_pairs(items: list[dict[str, bool]]) -> None:
    more = [*items, {"a": True}, {"b": False}, {}]
    one, other = (agreement(each, bootstrap=Bootstrap(resamples=2)) for each in (items, more))
    for name in ("percent", "alpha", "positive"):
        assert getattr(one, name).value == pytest.approx(getattr(other, name).value, abs=1e-9)
    assert one.percent.n == other.percent.n


@given(some)
def test_figures_stay_in_their_range(items: list[dict[str, bool]]) -> None:
    found = agreement(items, bootstrap=Bootstrap(resamples=4))
    for figure, low in ((found.percent, 0.0), (found.positive, 0.0), (found.alpha, -1.0), (found.ac1, -1.0)):
        assert figure.value is None or low - 1e-9 <= figure.value <= 1.0 + 1e-9


def test_an_interval_is_that_of_samples_in_which_drawn_items_are_repeated() -> None:
    items = table((12, 3), (4, 9))
    found = agreement(items, categories=range(2), positive=1, bootstrap=FEW)
    again = []
    for counts in FEW.counts(len(items)).astype(int):
        drawn = [item for item, count in zip(sorted_by_name(items), counts, strict=True) for _ in range(count)]
        again.append(agreement(drawn, categories=range(2), positive=1, bootstrap=Bootstrap(resamples=1)).alpha.value)
    low, high = np.quantile([value for value in again if value is not None], (0.025, 0.975))
    assert (found.alpha.low, found.alpha.high) == (pytest.approx(low), pytest.approx(high))


def sorted_by_name(items: list[dict[str, int]]) -> list[dict[str, int]]:
    """Clusters are numbered in the order of their names: 0, 1, 10, 11, 2."""
    return [items[place] for place in sorted(range(len(items)), key=str)]


def test_items_of_one_cluster_are_drawn_together() -> None:
    items = table((30, 6), (6, 30))
    loose = agreement(items, categories=range(2), positive=1)
    bound = agreement(items, categories=range(2), positive=1, clusters=[str(place // 12) for place in range(72)])
    assert bound.alpha.value == loose.alpha.value
    assert loose.percent.low is not None and bound.percent.low is not None
    assert bound.percent.low < loose.percent.low


def test_alpha_of_chance_is_near_0_and_its_interval_covers_0_as_often_as_it_says() -> None:
    random, covered = np.random.default_rng(5), 0
    for _ in range(100):
        said = random.random((80, 3)) < 0.3
        found = agreement([dict(zip("abc", row.tolist(), strict=True)) for row in said], bootstrap=FEW).alpha
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.0 <= found.high
    assert 85 <= covered <= 100


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of the categories"):
        agreement([{"a": "maybe"}])
    with pytest.raises(ValueError, match="at least two categories"):
        agreement([{"a": True}], categories=(True,))
    with pytest.raises(ValueError, match="one cluster per item; got 1 for 2"):
        agreement([{"a": True}, {"a": True}], clusters=["x"])
