"""Judges that misbehave, each in one way."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from komainu.domain import Abstention, Clause, Content, Opinion, Reason, Rulebook, Span, Verdict


@dataclass
class Answering:
    """A judge that answers whatever `answer` makes of the clauses."""

    answer: Callable[[Content, Sequence[Clause]], Any]
    name: str = "odd@1"

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        return self.answer(content, clauses)


def verdict(clause: Clause, probability: float = 0.0, judge: str = "odd@1", **more: Any) -> Verdict:
    return Verdict(clause=clause.key, judge=judge, probability=probability, **more)


def clearing(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
    return [verdict(clause) for clause in clauses]


def forged(clause: Clause, probability: float) -> Verdict:
    """A verdict whose probability was changed behind the type's back."""
    made = verdict(clause)
    object.__setattr__(made, "probability", probability)
    return made


def _raise(error: BaseException) -> Any:
    raise error


class _UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def _swapped(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
    return [verdict(clause) for clause in reversed(clauses)]


def _bent(name: str, value: Any) -> Callable[[Content, Sequence[Clause]], Any]:
    """Opinions with a field that has another type than it must."""

    def answer(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
        made = clearing(content, clauses)
        for one in made:
            object.__setattr__(one, name, value)
        return made

    return answer


GARBLED: dict[str, Callable[[Content, Sequence[Clause]], Any]] = {
    "a word for a probability": _bent("probability", "0.0"),
    "no probability": _bent("probability", None),
    "no rationale": _bent("rationale", None),
    "a word for a cost": _bent("cost_usd", "nothing"),
    "a severity in words": _bent("severity", "high"),
    "evidence in words": _bent("evidence", ("hello",)),
    "evidence that is none": _bent("evidence", None),
    "nothing": lambda content, clauses: None,
    "an empty list": lambda content, clauses: [],
    "too few": lambda content, clauses: clearing(content, clauses)[:-1],
    "too many": lambda content, clauses: clearing(content, clauses) * 2,
    "a text": lambda content, clauses: "clear" * len(clauses),
    "a dictionary": lambda content, clauses: {clause.key: 0.0 for clause in clauses},
    "numbers": lambda content, clauses: [0.0 for _ in clauses],
    "a generator": lambda content, clauses: (verdict(clause) for clause in clauses),
    "other clauses": _swapped,
    "another judge's name": lambda content, clauses: [verdict(clause, judge="other@1") for clause in clauses],
    "not a number": lambda content, clauses: [forged(clause, float("nan")) for clause in clauses],
    "more than one": lambda content, clauses: [forged(clause, 1.5) for clause in clauses],
    "less than nothing": lambda content, clauses: [forged(clause, -0.5) for clause in clauses],
    "evidence outside": lambda content, clauses: [
        verdict(clause, evidence=(Span(start=0, end=len(content.text) + 1),)) for clause in clauses
    ],
}

FAILING: dict[str, Callable[[Content, Sequence[Clause]], Any]] = {
    "an error": lambda content, clauses: _raise(RuntimeError("out of memory")),
    "a bad probability": lambda content, clauses: [verdict(clause, 1.5) for clause in clauses],
    "a NaN": lambda content, clauses: [verdict(clause, float("nan")) for clause in clauses],
    "an error without words": lambda content, clauses: _raise(_UnspeakableError()),
    "a cancellation": lambda content, clauses: _raise(asyncio.CancelledError()),
}


class Hanging:
    """A judge that never answers, and does not let itself be cancelled."""

    name = "hanging@1"

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue
        raise RuntimeError("too late, and nobody listens")


class NotAsync:
    """A judge whose `judge` is no coroutine function."""

    name = "sync@1"

    def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        return [Abstention(clause=clause.key, judge=self.name, reason=Reason.CANNOT_SAY) for clause in clauses]
