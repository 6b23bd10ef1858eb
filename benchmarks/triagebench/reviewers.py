"""People who rule on contents and err at random, alone or with a second opinion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triagebench.choices import REVIEW_SECONDS

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewers:
    """How they work."""

    name: str
    error: float  # share of rulings that are wrong, whatever the content
    second: bool  # whether a content that one finds violating goes to another, and to a third where they disagree


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What they said of some contents, and what it took."""

    violates: Flags
    rulings: int

    @property
    def hours(self) -> float:
        """Of all of them together."""
        return self.rulings * REVIEW_SECONDS / 3_600


def ruled(reviewers: Reviewers, truth: Flags, generator: np.random.Generator) -> Ruled:
    """Their rulings on contents of which the truth is known."""
    said = truth ^ (generator.random((3, len(truth))) < reviewers.error)
    if not reviewers.second:
        return Ruled(violates=said[0], rulings=len(truth))
    asked = said[0]
    torn = asked & ~said[1]
    violates = np.where(torn, said[2], asked)
    return Ruled(violates=violates, rulings=len(truth) + int(asked.sum()) + int(torn.sum()))
