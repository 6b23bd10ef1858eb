"""Labels on record that stand for everything: of decisions drawn by lot, whatever they came to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from komainu.domain import Content, Decision, Ruling
from komainu.domain.decision import is_drawn
from komainu.learning.labels import ClauseLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A decision that was made while some were drawn, and what people settled of it."""

    decision: Decision
    content: Content | None  # None: forgotten
    settled: Mapping[str, Ruling]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A uniform sample of what was decided, with labels by clause."""

    clauses: Mapping[str, ClauseLabels]
    every_content: tuple[Content, ...]
    share: float  # of all decisions that the sample takes
    pending: int  # decisions of the sample that people have not ruled on in full
    unused: int  # decisions of the sample from the first of those on

    def contents(self, places: Sequence[int]) -> Iterator[Content]:
        """The contents at these places."""
        return (self.every_content[place] for place in places)


def sampled(
    ruled: Sequence[Ruled],
    keys: Sequence[str],
    *,
    share: float,
    wanted: Callable[[Content], bool] = lambda _: True,
) -> Sampled:
    """Of decisions with different chances those that the smallest chance would have drawn too: so all count alike.

    `ruled` are the drawn decisions, in the order made; `share` is the smallest chance of all, drawn or not; `keys` are
    the clauses that labels are wanted of, `wanted` tells which contents may be used. A decision counts for one, also
    where others were on the same content. From the first on that people have not ruled on in full none is used: people
    take some kinds before others, and those that are through would stand for all.
    """
    inside = [one for one in ruled if is_drawn(one.decision.lot_of, share)]
    waits = [place for place, one in enumerate(inside) if any(key not in one.settled for key in keys)]
    through = [one for one in inside[: waits[0] if waits else None] if one.content is not None and wanted(one.content)]
    contents = tuple(one.content for one in through if one.content is not None)
    made = {key: _labels(key, through) for key in keys}
    unused = len(inside) - waits[0] if waits else 0
    return Sampled(clauses=made, every_content=contents, share=share, pending=len(waits), unused=unused)


def _labels(key: str, ruled: Sequence[Ruled]) -> ClauseLabels:
    rows = [(place, one.settled[key]) for place, one in enumerate(ruled) if key in one.settled]
    names = [bytes.fromhex(ruled[place].decision.content[:32]) for place, _ in rows]
    return ClauseLabels(
        contents=np.array(names, "S16"),
        violates=np.array([ruling is Ruling.VIOLATED for _, ruling in rows], bool),
        places=np.array([place for place, _ in rows], np.int64),
    )
