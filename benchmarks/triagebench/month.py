"""A month of the loop: contents come, people rule on what is held, and every night the judge learns and is certified.

On the first day nothing is certified and everything is held. What is held beyond the capacity of the day is not looked
at later. Each night the judge is fitted to the latest labels of the fit part, taken unless it is clearly worse than the
one in force on the labels of the compare part, and certified on those labels of the certify part that are a uniform
sample of what came. Parts go by the text, so that no words are both taught and examined. Whether a certificate holds is
counted on all rows that no fit may see, those that did not come yet among them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from triagebench.choices import CAPACITY, DAYS, DELTA, LEARNT, LOOP_ALPHA, LOOP_OVER_BLOCK, SEED, WORSE
from triagebench.lottery import Looked, Numbers, Part, audit_rate, drawn, looked_at, part_of
from triagebench.questions import Places, Question, Scores
from triagebench.reviewers import Reviewers, Ruled, ruled
from triagebench.thresholds import ROUNDING, Method, Side, kept, threshold, wrong

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened on a day, under the certificate of the night before."""

    day: int
    held: float  # share of the day's contents
    missed: float  # true share of violating content that the certificate clears; 0 without one
    over_blocked: float
    hours: float  # of reviewers
    labels: int  # contents that people have ruled on since the first day
    clears: bool  # whether there is a certificate that clears
    finds: bool
    holds: bool | None  # whether what the certificate claims is true; None where it claims nothing


@dataclass(slots=True, kw_only=True)
class _Loop:
    """The state of the loop between two days."""

    question: Question
    says: NDArray[np.int8]  # (rows,): what people said; -1 where they were not asked
    ruled_on: Places  # (rows,): the day of it
    uniform: Flags  # (rows,)
    below: float | None = None
    above: float | None = None
    rate: float = 1.0  # of the audit
    scores: Scores = field(init=False)

    def __post_init__(self) -> None:
        self.scores = self.question.scores()

    def latest(self, rows: Flags) -> Places:
        """Of these, the last that people ruled on."""
        places = np.flatnonzero(rows)
        return places[np.argsort(self.ruled_on[places], kind="stable")][-LEARNT:]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    fit: Flags
    compare: Flags
    certify: Flags
    lots: Numbers


def month(question: Question, reviewers: Reviewers, number: int, *, active: bool) -> Iterator[Day]:
    """The days of one month, in an order by its number."""
    one = question.together()
    rows = np.arange(len(one))
    generator = np.random.default_rng([SEED, number])
    parts = _parts(one, f"{SEED} {number}")
    batches = np.array_split(generator.permutation(rows), DAYS)
    capacity = round(CAPACITY * len(batches[0]))
    loop = _Loop(
        question=one,
        says=np.full(len(one), -1, np.int8),
        ruled_on=np.zeros(len(one), np.intp),
        uniform=np.zeros(len(one), bool),
    )
    for day, batch in enumerate(batches, start=1):
        held = ~_decided(loop, batch)
        unsure = np.nan_to_num(np.abs(loop.scores[batch] - 0.5), nan=1.0) if active else None
        looked = looked_at(held, parts.fit[batch], parts.lots[batch], capacity=capacity, rate=loop.rate, unsure=unsure)
        said = ruled(reviewers, one.violates[batch[looked.reviewed]], generator)
        _note(loop, day, batch, looked, said)
        yield _day(loop, parts, day, float(held.mean()), said.hours)
        _night(loop, parts)
        loop.rate = audit_rate(float(_decided(loop, np.concatenate(batches[:day])).mean()))


def _parts(question: Question, salt: str) -> _Parts:
    of = drawn(question.texts.tolist(), f"{salt} part")
    return _Parts(
        fit=part_of(of, Part.FIT),
        compare=part_of(of, Part.COMPARE),
        certify=part_of(of, Part.CERTIFY),
        lots=drawn([str(row) for row in range(len(question))], f"{salt} lot"),
    )


def _decided(loop: _Loop, rows: Places) -> Flags:
    scores = loop.scores[rows]
    cleared = scores < loop.below if loop.below is not None else np.zeros(len(rows), bool)
    found = scores >= loop.above if loop.above is not None else np.zeros(len(rows), bool)
    decided: Flags = cleared | found  # a row that was not read compares to nothing, and is held
    return decided


def _note(loop: _Loop, day: int, batch: Places, looked: Looked, said: Ruled) -> None:
    loop.ruled_on[batch[looked.reviewed]] = day
    loop.says[batch[looked.reviewed]] = said.violates
    loop.uniform[batch[looked.uniform]] = True


def _day(loop: _Loop, parts: _Parts, day: int, held: float, hours: float) -> Day:
    new, violates = ~parts.fit, loop.question.violates
    missed = wrong(Side.MISS, kept(Side.MISS, loop.scores[new & violates]), loop.below)
    blocked = wrong(Side.OVER_BLOCK, kept(Side.OVER_BLOCK, loop.scores[new & ~violates]), loop.above)
    clears, finds = loop.below is not None, loop.above is not None
    true = missed <= LOOP_ALPHA + ROUNDING and blocked <= LOOP_OVER_BLOCK + ROUNDING
    return Day(
        day=day,
        held=held,
        missed=missed,
        over_blocked=blocked,
        hours=hours,
        labels=int((loop.says >= 0).sum()),
        clears=clears,
        finds=finds,
        holds=true if clears or finds else None,
    )


def _night(loop: _Loop, parts: _Parts) -> None:
    """Refit, compare, certify."""
    ruled_on = loop.says >= 0
    taught = loop.latest(ruled_on & parts.fit)
    (made,) = loop.question.fitted(taught, loop.says[taught][:, None]) if len(taught) else (None,)
    scores = loop.question.scores([made])
    seen = np.flatnonzero(ruled_on & parts.compare & loop.uniform & ~np.isnan(scores))
    if made is not None and not _worse(scores[seen], loop.scores[seen], loop.says[seen] == 1):
        loop.scores = scores
    proof = np.flatnonzero(ruled_on & parts.certify & loop.uniform)
    violates = loop.says[proof] == 1
    for side, given in ((Side.MISS, proof[violates]), (Side.OVER_BLOCK, proof[~violates])):
        alpha = LOOP_ALPHA if side is Side.MISS else LOOP_OVER_BLOCK
        found = threshold(Method.LTT, side, kept(side, loop.scores[given]), alpha=alpha, delta=DELTA)
        if side is Side.MISS:
            loop.below = found
        else:
            loop.above = found


def _worse(new: Scores, old: Scores, violates: Flags) -> bool:
    """Whether the new scores lose clearly more on these labels than the old ones: cross-entropy, paired."""
    if len(new) < 2:
        return False
    gap = _loss(new, violates) - _loss(old, violates)
    return bool(gap.mean() > WORSE * gap.std(ddof=1) / np.sqrt(len(gap)))


def _loss(scores: Scores, violates: Flags) -> Scores:
    sure = np.clip(scores, 1e-4, 1 - 1e-4)
    return -np.log(np.where(violates, sure, 1 - sure))
