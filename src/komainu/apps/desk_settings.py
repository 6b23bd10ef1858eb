"""What the configuration says about reviews."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from komainu.reviews.desk import DEFAULT_QUEUE, Desk, Queue, Reviewer

Severity = Annotated[int, Field(ge=1, le=4)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class QueueSettings(_Strict):
    """One `[[queues]]` table; see `komainu.reviews.desk.Queue`."""

    name: Name
    policies: tuple[Name, ...] = ()
    severity_from: Severity = 1
    languages: tuple[Name, ...] = ()
    skills: tuple[Name, ...] = ()
    reviewers: tuple[Name, ...] = ()


class ReviewerSettings(_Strict):
    """One `[[reviewers]]` table; see `komainu.reviews.desk.Reviewer`."""

    name: Name
    languages: tuple[Name, ...] = ()
    skills: tuple[Name, ...] = ()
    limits: Mapping[Severity, Annotated[int, Field(ge=0)]] = {}  # by severity, items of it or more in 24 hours


class ReviewSettings(_Strict):
    """The `[review]` table."""

    lease_minutes: float = Field(default=15.0, gt=0.0, le=1_440.0)
    second_opinion_from: Severity | None = None
    golden_share: float = Field(default=0.0, ge=0.0, le=1.0)  # of what `review next` hands out


def desk_of(review: ReviewSettings, queues: Sequence[QueueSettings], reviewers: Sequence[ReviewerSettings]) -> Desk:
    """The desk; ValueError where a name is given twice, kept for the default queue, or of nobody."""
    for what, names in (("queue", [each.name for each in queues]), ("reviewer", [each.name for each in reviewers])):
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise ValueError(f"each {what} has a name of its own; given twice: {', '.join(twice)}")
    if DEFAULT_QUEUE in {queue.name for queue in queues}:
        raise ValueError(
            f"the queue {DEFAULT_QUEUE!r} is there by itself, for what no other takes: name this one otherwise"
        )
    known = {reviewer.name for reviewer in reviewers}
    for queue in queues:
        if known and (strangers := [name for name in queue.reviewers if name not in known]):
            raise ValueError(
                f"queue {queue.name!r}: expected reviewers of the configuration; got {', '.join(strangers)}"
            )
    return Desk(
        queues=tuple(Queue(**dict(queue)) for queue in queues),
        reviewers=tuple(
            Reviewer(**(dict(reviewer) | {"limits": tuple(sorted(reviewer.limits.items()))})) for reviewer in reviewers
        ),
        lease_seconds=review.lease_minutes * 60,
        second_opinion_from=review.second_opinion_from,
        golden_share=review.golden_share,
    )
