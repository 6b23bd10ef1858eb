"""Many months of the loop: what it comes to on an average day, and how many labels and broken certificates it takes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from triagebench.choices import DAYS, HELD_GOALS, MONTHS, REVIEW_ERROR
from triagebench.month import Day, month
from triagebench.questions import Question
from triagebench.reviewers import Reviewers

RIGHT = Reviewers(name="without errors", error=0.0, second=False)
ALONE = Reviewers(name=f"{REVIEW_ERROR:.0%} errors", error=REVIEW_ERROR, second=False)
SECOND = Reviewers(name=f"{REVIEW_ERROR:.0%} errors, second opinion", error=REVIEW_ERROR, second=True)
RANDOM, ACTIVE = "random", "active"
LAST = 5  # days that the end of the month is a mean of
WAYS = ((RIGHT, RANDOM), (ALONE, RANDOM), (SECOND, RANDOM), (SECOND, ACTIVE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """A day, as the mean of all months."""

    day: int
    held: float
    missed: float
    over_blocked: float
    hours: float
    certified: float  # share of months in which something was certified


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """What many months came to."""

    question: str
    reviewers: str
    choice: str  # of the contents that teach: RANDOM or ACTIVE
    months: int
    days: tuple[Average, ...]
    claimed: int  # days of all months on which a certificate claimed something
    broken: int  # of them, those on which it was not true
    broken_months: int  # with at least one such day
    first_clear: tuple[int | None, ...]  # of each month: the first day with a certificate that clears
    labels_to: dict[str, tuple[int | None, ...]]  # held share -> of each month: labels until the first such day
    held_last: tuple[float, ...]  # of each month: mean held share of the LAST days
    hours: float  # of reviewers in a month, on average
    labels: float  # contents ruled on in a month, on average


def loops(question: Question) -> Iterator[Loops]:
    """Every kind of reviewers, and both ways to choose."""
    for reviewers, choice in WAYS:
        months = [list(month(question, reviewers, number, active=choice == ACTIVE)) for number in range(MONTHS)]
        yield together(question.name, reviewers.name, choice, months)


def together(question: str, reviewers: str, choice: str, months: Sequence[Sequence[Day]]) -> Loops:
    """The figures of months under the same conditions."""
    every = [day for days in months for day in days]
    return Loops(
        question=question,
        reviewers=reviewers,
        choice=choice,
        months=len(months),
        days=tuple(_average(same) for same in zip(*months, strict=True)),
        claimed=sum(day.holds is not None for day in every),
        broken=sum(day.holds is False for day in every),
        broken_months=sum(any(day.holds is False for day in days) for days in months),
        first_clear=tuple(next((day.day for day in days if day.clears), None) for days in months),
        labels_to={f"{goal:g}": tuple(_labels_to(days, goal) for days in months) for goal in HELD_GOALS},
        held_last=tuple(float(np.mean([day.held for day in days[-LAST:]])) for days in months),
        hours=sum(day.hours for day in every) / len(months),
        labels=float(np.mean([days[DAYS - 1].labels for days in months])),
    )


def _average(days: Sequence[Day]) -> Average:
    return Average(
        day=days[0].day,
        held=float(np.mean([day.held for day in days])),
        missed=float(np.mean([day.missed for day in days])),
        over_blocked=float(np.mean([day.over_blocked for day in days])),
        hours=float(np.mean([day.hours for day in days])),
        certified=float(np.mean([day.clears or day.finds for day in days])),
    )


def _labels_to(days: Sequence[Day], goal: float) -> int | None:
    """Labels that there were at the end of the first day with so low a held share; None where there is none."""
    return next((day.labels for day in days if day.held <= goal), None)
