"""Decisions of many days, made up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from komainu.domain import Abstention, Action, Content, Decision, Opinion, Reason, Review, Ruling, Verdict

START = datetime(2026, 9, 1, tzinfo=UTC)
NOW = START + timedelta(days=400)
JUDGE, POLICY = "embedded@1", "spam@1.0.0"
Answer = float | Reason


def opinion(clause: str, judge: str, answer: Answer) -> Opinion:
    if isinstance(answer, Reason):
        return Abstention(clause=clause, judge=judge, reason=answer)
    return Verdict(clause=clause, judge=judge, probability=answer)


def decision(
    number: int,
    answers: Mapping[str, Answer],
    *,
    at: datetime | None = None,
    judge: str = JUDGE,
    policy: str = POLICY,
    more: Sequence[Opinion] = (),
    supersedes: str = "",
    rulebook: str = "r1",
) -> Decision:
    """Decision `number`, by default that many quarters of an hour after the start; every clause is open."""
    return Decision(
        id=f"d{number}",
        content=Content(text=f"text {number}").digest,
        action=Action.HOLD,
        rulings=dict.fromkeys([*answers, *(one.clause for one in more)], Ruling.OPEN),
        opinions=(*(opinion(clause, judge, answer) for clause, answer in answers.items()), *more),
        stages=(),
        rulebook=rulebook,
        policies=(policy,),
        decided_at=at if at is not None else START + timedelta(minutes=15 * number),
        supersedes=supersedes,
    )


def review(number: int, rulings: Mapping[str, Ruling], name: str = "first") -> Review:
    return Review(id=f"{name}-{number}", decision=f"d{number}", reviewer="mika", rulings=rulings, reviewed_at=NOW)


def days(count: float) -> range:
    """The numbers of the decisions of so many days: 96 each."""
    return range(int(96 * count))


def spread(clause: str, scores: Iterable[float]) -> list[dict[str, Answer]]:
    return [{clause: score} for score in scores]
