"""The judge that reads the policy on a CPU: version 0, similarity in a frozen multilingual encoder."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from komainu.domain import Abstention, Clause, Content, Opinion, Reason, Rulebook, Span, Verdict
from komainu.errors import JudgeError
from komainu.judges.embedded.batching import MicroBatcher
from komainu.judges.embedded.calibration import Calibration, features_of, shipped_calibration
from komainu.judges.embedded.compiled import Compiled, Floats, compiled
from komainu.judges.embedded.windows import unreadable, windows, with_context
from komainu.models.apart import EncoderApart
from komainu.models.encoder import Encoder
from komainu.models.use import UniversalSentenceEncoder

BATCH = 64  # contents encoded in one call
RULEBOOKS = 8  # kept compiled in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One content to be read against one rulebook."""

    texts: tuple[str, ...]  # its windows, and the one with its context
    rulebook: Compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What came out, per clause of the rulebook."""

    probabilities: list[float]
    window: list[int]  # which text carries the score
    above: list[int]  # similarity to the clause, in tenths of a standard deviation above that of ordinary texts


class EmbeddedJudge:
    """Says how likely a content violates a clause from how close it lies to the clause's words and examples.

    The content is encoded once whatever the number of clauses; calls that arrive together are encoded together.
    A similarity cannot tell a rule from its opposite: the probability is calibrated so that it stays where the
    evidence leaves it, mostly between the thresholds, and the clause stays open.
    """

    def __init__(
        self,
        *,
        cache: str | Path | None = None,
        encoder: Encoder | None = None,
        calibration: Calibration | None = None,
        apart: bool = False,
    ) -> None:
        """`apart` encodes in a process of its own: worth its start-up where much is judged."""
        ours = EncoderApart(UniversalSentenceEncoder) if apart else UniversalSentenceEncoder()
        self._encoder: Encoder = encoder or ours
        self._calibration = calibration or shipped_calibration()
        if self._calibration.encoder != self._encoder.name:
            raise JudgeError(
                f"the calibration was fitted with encoder {self._calibration.encoder}; got {self._encoder.name}: "
                "fit it again with benchmarks/calibrate_embedded.py"
            )
        self._cache = Path(cache) if cache is not None else None
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = threading.Lock()
        self._blas = ThreadpoolController()  # finds the libraries once; looking for them anew costs milliseconds
        self._read = MicroBatcher(self._read_together, most=BATCH)
        self._compile = MicroBatcher(self._compile_each, most=1)
        self._name = f"embedded@0.1+{self._calibration.digest[:8]}"

    @property
    def name(self) -> str:
        """Name, version, and the calibration it uses."""
        return self._name

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        """A verdict per clause, or an abstention on all where the text is not one it was calibrated on."""
        problem = unreadable(content.text)
        if problem:
            return [
                Abstention(clause=clause.key, judge=self._name, reason=Reason.CANNOT_SAY, detail=problem)
                for clause in clauses
            ]
        vectors = self._compiled.get(rulebook.digest) or await self._compile(rulebook)
        spans = windows(content.text)
        texts = tuple(span.of(content.text) for span in spans)
        if content.context:
            spans, texts = (*spans, spans[0]), (*texts, with_context(content))
        read = await self._read(_Reading(texts=texts, rulebook=vectors))
        evidence = [(_trimmed(content.text, span),) for span in spans]
        return [self._verdict(clause.key, vectors.keys[clause.key], read, evidence) for clause in clauses]

    def _verdict(self, key: str, row: int, read: _Read, evidence: Sequence[tuple[Span, ...]]) -> Verdict:
        return Verdict(
            clause=key,
            judge=self._name,
            probability=read.probabilities[row],
            rationale=_said(read.above[row]),
            evidence=evidence[read.window[row]],
        )

    def _compile_each(self, rulebooks: Sequence[Rulebook]) -> Sequence[Compiled]:
        return [self._compile_one(rulebook) for rulebook in rulebooks]

    def _compile_one(self, rulebook: Rulebook) -> Compiled:
        kept = self._compiled.get(rulebook.digest)
        if kept is not None:
            return kept
        made = compiled(rulebook, self._encoder, self._cache)
        with self._lock:
            self._compiled[rulebook.digest] = made
            while len(self._compiled) > RULEBOOKS:
                self._compiled.popitem(last=False)
        return made

    def _read_together(self, readings: Sequence[_Reading]) -> Sequence[_Read]:
        # One thread: products this small are slower on several, which spin while they wait for each other.
        with self._blas.limit(limits=1, user_api="blas"):
            vectors = self._encoder.encode([text for reading in readings for text in reading.texts])
            read, start = [], 0
            for reading in readings:
                end = start + len(reading.texts)
                read.append(self._scored(vectors[start:end], reading.rulebook))
                start = end
            return read

    def _scored(self, vectors: Floats, rulebook: Compiled) -> _Read:
        features = features_of(vectors @ rulebook.vectors.T, rulebook)
        probabilities = self._calibration.probabilities(features)
        window = probabilities.argmax(axis=0)
        rows = np.arange(probabilities.shape[1])
        return _Read(
            probabilities=probabilities[window, rows].astype(float).round(4).tolist(),
            window=window.tolist(),
            above=np.rint(features[window, rows, 0] * 10).astype(int).tolist(),
        )


@lru_cache(maxsize=1_000)
def _said(tenths: int) -> str:
    return f"similarity {tenths / 10:+.1f} sd (ordinary text: 0)"


def _trimmed(text: str, span: Span) -> Span:
    """The span without the white space around its words."""
    words = span.of(text)
    start = span.start + len(words) - len(words.lstrip())
    end = span.end - (len(words) - len(words.rstrip()))
    return Span(start=start, end=end) if start < end else span
