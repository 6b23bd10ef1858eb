"""Readers that count, fail or lie around the real one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from komainu.domain import Abstention, Content, Rulebook, Verdict
from komainu.judges.checks import sample_rulebook
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import Weights
from komainu.models.reader import Reader, Tokens

RULEBOOK = sample_rulebook()


class Counting:
    """The real reader, and all that it was asked to read."""

    def __init__(self, reader: Reader) -> None:
        self.name = reader.name
        self.asked: list[tuple[int, ...]] = []
        self.calls = 0
        self._reader = reader

    def tokens(self, text: str) -> Tokens:
        return self._reader.tokens(text)

    def states(self, texts: Sequence[Sequence[int]]) -> Sequence[Any]:
        self.calls += 1
        self.asked += [tuple(text) for text in texts]
        return self._reader.states(texts)


class Broken(Counting):
    """Has no room."""

    def states(self, texts: Sequence[Sequence[int]]) -> Sequence[Any]:
        raise MemoryError("no room for states")


class Deaf(Counting):
    """Reads the same in every text."""

    def states(self, texts: Sequence[Sequence[int]]) -> Sequence[Any]:
        return [np.ones((len(text), 384), np.float32) for text in texts]


def counting() -> tuple[Counting, Weights]:
    """A counting reader, and the shipped weights that read with it."""
    weights = proven()
    reader = Counting(weights.reader)
    return reader, replace(weights, reader=reader)


async def asked(
    judge: EmbeddedJudge, text: str, context: tuple[str, ...] = (), rulebook: Rulebook = RULEBOOK
) -> Sequence[Verdict | Abstention]:
    """The judge's opinion of a text on every clause."""
    return await judge.judge(Content(text=text, context=context), rulebook.clauses, rulebook)


def verdicts(opinions: Sequence[Verdict | Abstention]) -> list[Verdict]:
    """The opinions, none of which may abstain."""
    found = [opinion for opinion in opinions if isinstance(opinion, Verdict)]
    assert len(found) == len(opinions), opinions
    return found
