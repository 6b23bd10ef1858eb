"""New topics: contents of the current window that crowd where the reference had few."""

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from komainu.domain import Content, Decision, Verdict
from komainu.judges.embedded.meanings import meaning
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.weights import Weights
from komainu.learning.windows import Watch, Windows
from komainu.metrics import surges

EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A content that is looked at for its topic."""

    content: str  # digest
    decision: str  # id
    clause: str  # key of the clause that its decision worried most about; empty where no judge gave a verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Contents that are alike, and that there are more of than chance allows."""

    clause: str  # key of the clause that most of them come nearest to
    current: int  # contents of the current sample
    of_current: int  # in that sample
    reference: int  # as alike, of the reference sample
    of_reference: int
    p: float  # for the whole search
    examples: tuple[Sampled, ...]  # the most typical first


class Smallest:
    """A sample of distinct contents, drawn as they go by: those with the smallest digests.

    A digest is as good as a number drawn at random, and the same content always draws the same.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._order: list[str] = []  # digests, ascending
        self._kept: dict[str, Sampled] = {}

    def add(self, decision: Decision) -> None:
        """Take in the content of a decision, if it is drawn."""
        digest, full = decision.content, len(self._order) >= self._size
        if not self._size or digest in self._kept or (full and digest > self._order[-1]):
            return
        insort(self._order, digest)
        self._kept[digest] = Sampled(content=digest, decision=decision.id, clause=_most_worrying(decision))
        if full:
            del self._kept[self._order.pop()]

    def drawn(self) -> list[Sampled]:
        """The sample, smallest digest first."""
        return [self._kept[digest] for digest in self._order]


class Samples:
    """A sample of the reference and one of each current day."""

    def __init__(self, watch: Watch, first: float) -> None:
        self._size = watch.topics
        self._windows = Windows(watch, first, lambda: Smallest(self._size))

    def add(self, decision: Decision, moment: float) -> None:
        """Take in the content of a decision."""
        self._windows.at(moment).add(decision)

    def drawn(self, end: float) -> tuple[list[Sampled], list[Sampled]]:
        """Samples of distinct contents of the reference and of the current window."""
        days = {one.content: one for day in self._windows.current(end) for one in day.drawn()}
        current = [days[digest] for digest in sorted(days)[: self._size]]
        return self._windows.reference.drawn(), current


def topics_of(
    reference: Sequence[tuple[Sampled, Content]],
    current: Sequence[tuple[Sampled, Content]],
    weights: Weights,
    watch: Watch,
) -> tuple[Topic, ...] | None:
    """What the current contents crowd around, the clearest first; None where too few can be read to tell.

    What the embedded judge cannot read has no meaning to compare, and is left out.
    """
    before, after = ([one for one in some if not unreadable(one[1].text)] for some in (reference, current))
    if min(len(before), len(after)) < watch.needed:
        return None
    points = [np.stack([meaning(content, weights) for _, content in some]) for some in (before, after)]
    found = surges(*points, alpha=watch.each)
    return tuple(
        Topic(
            clause=Counter(after[place][0].clause for place in one.members).most_common(1)[0][0],
            current=len(one.members),
            of_current=len(after),
            reference=one.reference,
            of_reference=len(before),
            p=one.p,
            examples=tuple(after[place][0] for place in one.members[:EXAMPLES]),
        )
        for one in found
    )


def _most_worrying(decision: Decision) -> str:
    verdicts = [opinion for opinion in decision.opinions if isinstance(opinion, Verdict)]
    return max(verdicts, key=lambda one: one.probability).clause if verdicts else ""
