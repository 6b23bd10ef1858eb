"""How far people who judged the same items agree, and how far by more than chance.

Sources: percent agreement over items, Fleiss 1971, and over several raters with missing words, Gwet, Handbook of
Inter-Rater Reliability (4th ed. 2014), chapter 2; Krippendorff's alpha for nominal data from coincidences,
Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); AC1, Gwet, British Journal of Mathematical and
Statistical Psychology 61 (2008), 29-48; positive-specific agreement, Cicchetti and Feinstein, Journal of Clinical
Epidemiology 43 (1990), 551-558.

Where nearly everything is clear, chance alone makes people agree, and alpha falls although they hardly ever differ;
AC1 does not. Neither says how they agree on the few violations: that is what the positive-specific figure is for.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from komainu.metrics.bootstrap import DEFAULT, TAIL, Bootstrap, interval
from komainu.metrics.figure import Figure
from komainu.metrics.sample import Floats, numbered

Words = Mapping[str, Hashable]  # on one item, by rater: what each said of it
Coefficient = Callable[["_Counts"], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Four figures on the same items. Of each, `n` are the items with words of two, `positives` those with a positive.

    A value is None where it is not defined: no item has two words, or, for alpha, all words are the same. Where nobody
    ever differed resampling has nothing to vary: the shares have the exact interval (Clopper and Pearson 1934) for as
    many trials as there are clusters, and the coefficients none.
    """

    percent: Figure  # 0 to 1: of two raters of an item, drawn at random, how often they say the same
    alpha: Figure  # Krippendorff, nominal: 1 is perfect, 0 is chance, less is worse than chance
    ac1: Figure  # Gwet's AC1, on the same scale
    positive: Figure  # 0 to 1: where one says the positive word, how often another does


def agreement(
    items: Sequence[Words],
    *,
    categories: Sequence[Hashable] = (False, True),
    positive: Hashable = True,
    clusters: Sequence[str] = (),
    bootstrap: Bootstrap = DEFAULT,
) -> Agreement:
    """The agreement on these items, with 95 % intervals from a bootstrap over clusters, or over items where none are.

    `categories` are all that could have been said: AC1 depends on their number, at least two. ValueError where a word
    is none of them, or `clusters` are not one per item.
    """
    if clusters and len(clusters) != len(items):
        raise ValueError(f"agreement needs one cluster per item; got {len(clusters)} for {len(items)} items")
    cells = _cells(items, categories)
    numbers, count = numbered(clusters or [str(place) for place in range(len(items))])
    column = categories.index(positive)
    here = _Counts(cells, np.ones((1, len(items))), column=column)
    drawn = bootstrap.counts(count)[:, numbers] if count else np.zeros((0, 0))
    resampled = _Counts(cells, drawn, column=column)
    twice = cells.sum(axis=1) > 1
    n, positives = int(twice.sum()), int((cells[twice, column] > 0).sum())

    def figure(coefficient: Coefficient) -> Figure:
        value = float(coefficient(here)[0]) if n else float("nan")
        if np.isnan(value):
            return Figure(value=None, n=n, positives=positives)
        low, high = interval(coefficient(resampled), count)
        if value == 1.0:
            shared = twice & (cells[:, column] > 0) if coefficient is _positive else twice
            low, high = _never_differed(np.unique(numbers[shared]).size) if coefficient in _SHARES else (None, None)
        return Figure(value=value, n=n, positives=positives, low=low, high=high)

    return Agreement(percent=figure(_percent), alpha=figure(_alpha), ac1=figure(_ac1), positive=figure(_positive))


class _Counts:
    """How often each word was said of each item, under one or more weightings of the items."""

    def __init__(self, cells: Floats, weights: Floats, *, column: int) -> None:
        self.cells, self.weights, self.column = cells, weights, column  # (items, categories); (draws, items)
        self.raters = cells.sum(axis=1)
        self.twice = (self.raters > 1).astype(np.float64)
        self.pairs = np.maximum(self.raters - 1, 1.0)  # how many others each rater of an item could agree with


def _percent(counts: _Counts) -> Floats:
    agreeing = (counts.cells * (counts.cells - 1)).sum(axis=1) / (np.maximum(counts.raters, 1.0) * counts.pairs)
    return _ratio(counts.weights @ (agreeing * counts.twice), counts.weights @ counts.twice)


def _alpha(counts: _Counts) -> Floats:
    """One less the ratio of observed to expected coincidences of different words; items with one word do not count."""
    cells = counts.cells * counts.twice[:, None]
    same = (cells * (cells - 1)).sum(axis=1) / counts.pairs
    said = counts.weights @ cells  # (draws, categories)
    total = said.sum(axis=1)
    observed = total - counts.weights @ same
    expected = total * (total - 1) - (said * (said - 1)).sum(axis=1)
    return 1.0 - _ratio(observed * (total - 1), expected)


def _ac1(counts: _Counts) -> Floats:
    """Chance is what raters would agree by on the items that are hard; every item with a word tells how common each is.

    Gwet 2008, equations 4 and 5.
    """
    rated = (counts.raters > 0).astype(np.float64)
    shares = counts.cells / np.maximum(counts.raters, 1.0)[:, None]
    common = _ratio(counts.weights @ shares, (counts.weights @ rated)[:, None])
    chance = (common * (1 - common)).sum(axis=1) / (counts.cells.shape[1] - 1)
    return _ratio(_percent(counts) - chance, 1.0 - chance)


def _positive(counts: _Counts) -> Floats:
    said = counts.cells[:, counts.column] * counts.twice
    return _ratio(counts.weights @ (said * (said - 1) / counts.pairs), counts.weights @ said)


_SHARES = (_percent, _positive)


def _never_differed(trials: int) -> tuple[float, float]:
    """The exact interval of a share of all."""
    return TAIL ** (1 / trials), 1.0


def _ratio(part: Floats, whole: Floats) -> Floats:
    """NaN where there is nothing to take a part of."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.where(whole == 0, np.nan, part / whole)
    return ratio


def _cells(items: Sequence[Words], categories: Sequence[Hashable]) -> Floats:
    place = {category: column for column, category in enumerate(categories)}
    if len(place) < 2:
        raise ValueError(f"agreement needs at least two categories; got {len(place)}")
    cells = np.zeros((len(items), len(place)))
    for row, words in enumerate(items):
        for word in words.values():
            if word not in place:
                raise ValueError(f"expected one of the categories {list(place)}; got {word!r}")
            cells[row, place[word]] += 1
    return cells
