"""What triage saves: the share of traffic that a certified judge decides by itself.

The judge as trained is certified on one half of the rows and decides the other half. The judge with labels is fitted on
a third, certified on a third, and decides the third. Beside them stand a judge that is always right, certified on the
same labels, which says what their number alone allows; and the best thresholds that one could have taken for the judge
with labels, had one known the truth of what it decides.

Where a set has too few violating labels to prove anything, PLENTY of them drawn with replacement say what more labels
of the same kind would do: the same thresholds, decided on the same rows. That is a projection, not a measurement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from triagebench.choices import ALPHAS, DELTA, FITS, OVER_BLOCK, PLENTY, SAVINGS, SEED
from triagebench.guarantee import ADAPTED, FROZEN, World, worlds
from triagebench.questions import Places, Question, Scores
from triagebench.thresholds import Method, Side, threshold

ORACLE, BEST = "always right", "with labels, best thresholds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What was decided, over many calibrations."""

    question: str
    judge: str
    alpha: float
    projected: bool  # with PLENTY violating labels, drawn from the rows decided
    labels: float  # mean number of violating labels that a calibration had
    certified: float  # share of calibrations that could clear anything
    cleared: float  # mean share of the traffic
    found: float
    missed: float  # mean share of violating content that is cleared
    over_blocked: float  # mean share of other content that is found violated
    low: float  # 2.5th and 97.5th percentile over calibrations of the share decided
    high: float
    rows: int  # decided on in each calibration, on average
    calibrations: int

    @property
    def decided(self) -> float:
        """Mean share of the traffic that needs neither reasoner nor person."""
        return self.cleared + self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Scores of the rows certified on, and of those decided."""

    certified: World
    decided: World


def savings(question: Question) -> Iterator[Saved]:
    """Every judge at every alpha."""
    frozen, adapted = list(_halves(question)), list(_thirds(question))
    right = [Lot(certified=_right(lot.certified), decided=_right(lot.decided)) for lot in adapted]
    more = {judge: list(_plenty(worlds(question, judge))) for judge in (FROZEN, ADAPTED)}
    for alpha in ALPHAS:
        for judge, lots in ((FROZEN, frozen), (ADAPTED, adapted), (ORACLE, right), (BEST, adapted)):
            yield _saved(question.name, judge, alpha, lots)
        for judge, lots in more.items():
            yield _saved(question.name, judge, alpha, lots, projected=True)


def _halves(question: Question) -> Iterator[Lot]:
    scores, generator = question.scores(), np.random.default_rng(SEED)
    for _ in range(SAVINGS):
        first, second = question.parts(2, generator)
        yield _lot(question, scores, first, second)


def _thirds(question: Question) -> Iterator[Lot]:
    """FITS of them; what was not fitted on is split anew for each calibration."""
    generator = np.random.default_rng(SEED)
    for _ in range(FITS):
        fitted, *_ = question.parts(3, generator)
        scores = question.scores(question.fitted(fitted))
        rest = np.setdiff1d(np.arange(len(question)), fitted)
        for _ in range(SAVINGS // FITS):
            first, second = question.only(rest).parts(2, generator)
            yield _lot(question, scores, rest[first], rest[second])


def _plenty(given: Sequence[World]) -> Iterator[Lot]:
    """PLENTY violating labels, and of the others as many as come with them."""
    generator = np.random.default_rng(SEED)
    for number in range(SAVINGS):
        world = given[number % len(given)]
        others = round(PLENTY * len(world.fine) / len(world.violating))
        drawn = World(violating=generator.choice(world.violating, PLENTY), fine=generator.choice(world.fine, others))
        yield Lot(certified=drawn, decided=world)


def _lot(question: Question, scores: Scores, certified: Places, decided: Places) -> Lot:
    both = (World.where(scores[rows], question.violates[rows]) for rows in (certified, decided))
    return Lot(certified=next(both), decided=next(both))


def _right(world: World) -> World:
    """The same rows, judged without fault."""
    return World(violating=np.ones(len(world.violating)), fine=np.zeros(len(world.fine)))


def _saved(name: str, judge: str, alpha: float, lots: Sequence[Lot], *, projected: bool = False) -> Saved:
    found = np.array([_decided(lot, alpha, best=judge == BEST) for lot in lots])
    certified, cleared, blocked, missed, wrongly = found.mean(axis=0)
    low, high = np.quantile(found[:, 1] + found[:, 2], (0.025, 0.975))
    return Saved(
        question=name,
        judge=judge,
        alpha=alpha,
        projected=projected,
        labels=float(np.mean([len(lot.certified.violating) for lot in lots])),
        certified=float(certified),
        cleared=float(cleared),
        found=float(blocked),
        missed=float(missed),
        over_blocked=float(wrongly),
        low=float(low),
        high=float(high),
        rows=round(float(np.mean([len(lot.decided.violating) + len(lot.decided.fine) for lot in lots]))),
        calibrations=len(lots),
    )


def _decided(lot: Lot, alpha: float, *, best: bool) -> tuple[float, float, float, float, float]:
    """Whether it clears; shares cleared, found, of violating content cleared, of other content found."""
    method, labels = (Method.NAIVE, lot.decided) if best else (Method.LTT, lot.certified)
    below = threshold(method, Side.MISS, labels.violating, alpha=alpha, delta=DELTA)
    above = threshold(method, Side.OVER_BLOCK, labels.fine, alpha=OVER_BLOCK, delta=DELTA)
    violating, fine = lot.decided.violating, lot.decided.fine
    # A row that the judge did not read has an infinite score, of either sign: it is never decided.
    cleared = [_share(part, -np.inf, below) for part in (violating, fine)]
    found = [_share(part, above, np.inf) for part in (violating, fine)]
    weights = np.array([len(violating), len(fine)]) / (len(violating) + len(fine))
    return (below is not None, float(weights @ cleared), float(weights @ found), cleared[0], found[1])


def _share(scores: Scores, low: float | None, high: float | None) -> float:
    """Of them, finite and from `low` to under `high`; none where either is missing."""
    if low is None or high is None:
        return 0.0
    return float((np.isfinite(scores) & (scores >= low) & (scores < high)).mean())
