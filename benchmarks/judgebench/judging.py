"""The judge that is measured, and how a set is judged by it and by its controls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from judgebench.controls import TF_IDF, by_tf_idf, controls_of
from judgebench.rows import Label
from judgebench.sets import BenchSet, Kind
from komainu.cascade import Cascade, Stage
from komainu.evals import Score, evaluate
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED
from komainu.judges.protocol import Judge
from komainu.models.reader import Reader, Tokens

TIMEOUT_SECONDS = 600.0


class Remembering:
    """A reader that reads each text once: the controls judge the same contents again."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept: dict[tuple[int, ...], Any] = {}
        self.name = reader.name

    def tokens(self, text: str) -> Tokens:
        """The text in pieces."""
        return self._reader.tokens(text)

    def states(self, texts: Sequence[Sequence[int]]) -> list[Any]:
        """The states of each text, as when it was first read; at half precision, since all are kept."""
        wanted = [tuple(text) for text in texts]
        new = [text for text in dict.fromkeys(wanted) if text not in self._kept]
        for text, states in zip(new, self._reader.states(new), strict=True):
            self._kept[text] = states.astype(np.float16)
        return [self._kept[text].astype(np.float32) for text in wanted]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A judge, and the bare reader it reads with."""

    judge: Judge
    reader: Reader


def make_judge(*, remembering: bool = True, weights: Path | None = None) -> Made:
    """The judge that is measured; with `weights` the same judge at another precision.

    All that is known of it is here. One that remembers grows with what it reads: make a new one for each set.
    """
    loaded = proven(weights or SHIPPED)
    if remembering:
        loaded = replace(loaded, reader=Remembering(loaded.reader))
    return Made(judge=EmbeddedJudge(weights=loaded), reader=loaded.reader)


async def scores_of(bench: BenchSet, judge: Judge) -> tuple[Score, ...]:
    """The judge on every clause of every case, settled by the default thresholds."""
    cascade = Cascade(stages=(Stage(judge=judge, timeout_seconds=TIMEOUT_SECONDS),))
    return await evaluate(bench.suites, cascade=cascade)


async def judged_every_way(
    bench: BenchSet, judge: Judge, labels: Sequence[Label]
) -> tuple[Sequence[Score], Mapping[str, Sequence[Sequence[Score]]]]:
    """The judge on the set, and on the same cases under each control."""
    scores = await scores_of(bench, judge)
    controls: dict[str, Sequence[Sequence[Score]]] = {
        name: [await scores_of(control, judge) for control in several]
        for name, several in controls_of(bench, labels).items()
    }
    if bench.kind is Kind.SUITES:
        controls[TF_IDF] = [by_tf_idf(bench.suites, scores)]
    return scores, controls
