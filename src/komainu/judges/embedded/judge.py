"""The judge that reads the policy on a CPU: a small multilingual encoder, and a head that compares what it reads."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from komainu.domain import Abstention, Clause, Content, Opinion, Reason, Rulebook, Verdict
from komainu.errors import JudgeError
from komainu.judges.embedded.batching import MicroBatcher
from komainu.judges.embedded.calibration import shares
from komainu.judges.embedded.compiled import Compiled, compiled
from komainu.judges.embedded.evidence import runs
from komainu.judges.embedded.fits import Fits
from komainu.judges.embedded.head import Floats, Looked, Places, met
from komainu.judges.embedded.parts import features_of
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.versions import folder_of, live
from komainu.judges.embedded.weights import SHIPPED, Weights
from komainu.judges.embedded.windows import Windows, span_of, windows
from komainu.models.remembering import RememberingReader

BATCH = 64  # contents read in one call
RULEBOOKS = 8  # kept compiled in memory
_PAIRS = 4_000_000  # of a token of a part and one of a content, compared at once


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One content to be read against one rulebook."""

    windows: Windows
    rulebook: Compiled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What came out, per clause of the rulebook."""

    probabilities: list[float]
    evidence: list[tuple[int, int, int]]  # window, first and last token of the text in it
    above: list[int]  # likeness to the rule, in tenths of a standard deviation above that of ordinary texts


class EmbeddedJudge:
    """Says how likely a content violates each clause, from the words of both.

    The content is read once whatever the number of clauses, a rulebook once whatever the number of contents; calls that
    arrive together are read together. A clause is weighed beside the others of its policy and its exceptions, so the
    same words can mean more in one policy than in another. Where the evidence is weak the probability stays between
    the thresholds, and the clause open.
    """

    def __init__(
        self,
        *,
        cache: str | Path | None = None,
        fits: str | Path | None = None,
        version: str = "",
        weights: str | Path | Weights = SHIPPED,
        remember: int = 0,
    ) -> None:
        """`cache` keeps rulebooks that were read, `fits` is where `komainu learn` wrote, `version` one that lies there.

        `remember` is how many tokens of texts are kept in memory as they were read, for few that come again and again.
        JudgeError where the weights are damaged, or do not tell the known good from the known bad.
        """
        self._weights = weights if isinstance(weights, Weights) else proven(Path(weights))
        if remember:
            self._weights = replace(self._weights, reader=RememberingReader(self._weights.reader, tokens=remember))
        self._cache = Path(cache) if cache is not None else None
        self._fits = Fits.read(folder_of(Path(fits), version) if fits is not None else None, self._weights.name)
        if fits is not None and (version or live(Path(fits))) and not self._fits.digest:
            raise JudgeError(f"{fits}: version {version or live(Path(fits))} was made for other weights; fit again")
        self._compiled: OrderedDict[str, Compiled] = OrderedDict()
        self._lock = threading.Lock()
        self._blas = ThreadpoolController()  # finds the libraries once; looking for them anew costs milliseconds
        self._read = MicroBatcher(self._read_together, most=BATCH)
        self._compile = MicroBatcher(self._compile_each, most=1)
        self._name = f"embedded@{self._weights.name}" + (f"+{self._fits.digest[:8]}" if self._fits.digest else "")

    @property
    def name(self) -> str:
        """Changes with the weights, and with what was fitted."""
        return self._name

    def was_taught(self, digest: str) -> bool:
        """Whether labels on the content of that digest were among what was fitted."""
        return digest in self._fits.taught

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        """A verdict per clause; an abstention where the text or the clause is nothing that it was trained to read."""
        problem = unreadable(content.text)
        if problem:
            return [self._abstention(clause.key, problem) for clause in clauses]
        read = self._compiled.get(rulebook.digest) or await self._compile(rulebook)
        seen = windows(content, self._weights.reader)
        found = await self._read(_Work(windows=seen, rulebook=read))
        return [self._opinion(clause.key, read, seen, found) for clause in clauses]

    def _opinion(self, key: str, read: Compiled, seen: Windows, found: _Found) -> Opinion:
        if key in read.unread:
            return self._abstention(key, read.unread[key])
        row = read.rows[key]
        window, first, last = found.evidence[row]
        return Verdict(
            clause=key,
            judge=self._name,
            probability=found.probabilities[row],
            rationale=_said(found.above[row], read.fitted_on[row]),
            evidence=(span_of(seen.text, seen.tokens[window][first : last + 1]),),
        )

    def _abstention(self, key: str, why: str) -> Abstention:
        return Abstention(clause=key, judge=self._name, reason=Reason.CANNOT_SAY, detail=why)

    def _compile_each(self, rulebooks: Sequence[Rulebook]) -> Sequence[Compiled]:
        return [self._compile_one(rulebook) for rulebook in rulebooks]

    def _compile_one(self, rulebook: Rulebook) -> Compiled:
        kept = self._compiled.get(rulebook.digest)
        if kept is not None:
            return kept
        with self._blas.limit(limits=1, user_api="blas"):
            made = compiled(rulebook, self._weights, self._fits, self._cache)
        with self._lock:
            self._compiled[rulebook.digest] = made
            while len(self._compiled) > RULEBOOKS:
                self._compiled.popitem(last=False)
        return made

    def _read_together(self, work: Sequence[_Work]) -> Sequence[_Found]:
        # One thread: products this small are slower on several, which spin while they wait for each other.
        with self._blas.limit(limits=1, user_api="blas"):
            states = self._weights.reader.states([ids for one in work for ids in one.windows.ids])
            found: list[_Found] = []
            start = 0
            for same in _by_rulebook(work):
                end = start + sum(len(one.windows.ids) for one in same)
                found += self._weighed(same, states[start:end])
                start = end
            return found

    def _weighed(self, work: Sequence[_Work], states: Sequence[Floats]) -> Iterator[_Found]:
        """For contents that meet the same rulebook, from the states of all their windows."""
        read = work[0].rulebook
        seen = [(one.windows.role, len(tokens)) for one in work for tokens in one.windows.tokens]
        parts = [
            self._met(read, self._weights.head.look(states[some], parts=False), seen[some])
            for some in _chunks([len(one) for one in states], _PAIRS // max(1, len(read.looked.keys)))
        ]
        met = _Met._make(np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True))
        start = 0
        for one in work:
            end = start + len(one.windows.ids)
            yield _found(_Met._make(array[..., start:end] for array in met), read)
            start = end

    def _met(self, read: Compiled, looked: Looked, seen: Sequence[tuple[int, int]]) -> "_Met":
        between = met(read.looked, looked)
        features = features_of(read.read, between.likeness)
        firsts, lasts = zip(
            *(
                runs(
                    between.likest[read.first_rules, start + role : start + role + count],
                    looked.weights[start + role : start + role + count],
                )
                for start, (role, count) in zip(looked.starts.tolist(), seen, strict=True)
            ),
            strict=True,
        )
        logits = self._weights.head.logits(features, read.gates)
        return _Met(logits, features[2], np.stack(firsts, -1), np.stack(lasts, -1), looked.means.T)


class _Met(NamedTuple):
    """What windows came to under the clauses of one rulebook, (clauses, windows) but for the last."""

    logits: Floats
    above: Floats  # likeness to the rule, in standard deviations above that of ordinary texts
    first: Places  # the first and last token of the text that speak for the clause
    last: Places
    meanings: Floats  # (width, windows)


def _found(one: _Met, read: Compiled) -> _Found:
    """For one content, from all its windows: each clause goes by the window that speaks most for it."""
    window = one.logits.argmax(axis=1)
    rows = np.arange(len(window))
    logits = read.corrected(one.logits[rows, window], one.meanings.mean(axis=1))
    return _Found(
        probabilities=shares(logits).astype(float).round(4).tolist(),
        evidence=list(
            zip(window.tolist(), one.first[rows, window].tolist(), one.last[rows, window].tolist(), strict=True)
        ),
        above=np.rint(one.above[rows, window] * 10).astype(int).tolist(),
    )


def _by_rulebook(work: Sequence[_Work]) -> Iterator[list[_Work]]:
    """Neighbours that meet the same rulebook."""
    for _, same in groupby(work, key=lambda one: id(one.rulebook)):
        yield list(same)


def _chunks(lengths: Sequence[int], most: int) -> Iterator[slice]:
    """Neighbours with at most `most` tokens together, at least one."""
    start = size = 0
    for place, length in enumerate(lengths):
        if place > start and size + length > most:
            yield slice(start, place)
            start, size = place, 0
        size += length
    yield slice(start, len(lengths))


@lru_cache(maxsize=1_000)
def _said(tenths: int, fitted_on: str) -> str:
    fitted = f"; fitted on {fitted_on}" if fitted_on else ""
    return f"likeness to the rule {tenths / 10:+.1f} sd (ordinary text: 0){fitted}"
