"""The judge that is measured, and how a set is judged by it and by its controls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from judgebench.controls import TF_IDF, by_tf_idf, controls_of
from judgebench.rows import Label
from judgebench.sets import BenchSet, Kind
from komainu.cascade import Cascade, Stage
from komainu.evals import Score, evaluate
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.protocol import Judge
from komainu.models.encoder import Encoder
from komainu.models.use import UniversalSentenceEncoder

TIMEOUT_SECONDS = 600.0


class Remembering:
    """An encoder that encodes each text once: the controls judge the same contents again."""

    def __init__(self, encoder: Encoder, gather: Callable[[Sequence[Any]], Any]) -> None:
        """`gather` makes of what is kept per text what the encoder would have returned."""
        self._encoder = encoder
        self._gather = gather
        self._kept: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, texts: Sequence[str]) -> Any:
        """What the encoder says of each text, as when it first saw it."""
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            self._kept.update(zip(new, self._encoder.encode(new), strict=True))
        return self._gather([self._kept[text] for text in texts])


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A judge, and the bare encoder it reads with."""

    judge: Judge
    encoder: Encoder


def make_judge(*, remembering: bool = True, weights: Path | None = None) -> Made:
    """The judge that is measured; with `weights` the same judge at another precision.

    All that is known of it is here. One that remembers grows with what it reads: make a new one for each set.
    """
    if weights is not None:
        raise SystemExit("version 0 of the embedded judge has one precision; leave --fp32 out")
    encoder: Any = UniversalSentenceEncoder()
    return Made(
        judge=EmbeddedJudge(encoder=Remembering(encoder, np.stack) if remembering else encoder), encoder=encoder
    )


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
