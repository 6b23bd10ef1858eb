"""What the embedded judge learns from: contents, clauses, and which violates which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from komainu.domain import Content
from komainu.judges.embedded.words import ClauseWords

UNKNOWN, FINE, VIOLATES = -1, 0, 1
Labels = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Contents that are judged together under the same clauses."""

    source: str  # which part of the training data it comes from
    split_by: str  # id of the policy, without what marks a twin: groups that share it never part
    language: str  # of the clauses
    contents: tuple[Content, ...]
    clauses: tuple[ClauseWords, ...]
    labels: Labels  # (contents, clauses): VIOLATES, FINE or UNKNOWN

    def __post_init__(self) -> None:
        wanted = (len(self.contents), len(self.clauses))
        if self.labels.shape != wanted:
            raise ValueError(f"group {self.split_by}: expected labels of shape {wanted}, got {self.labels.shape}")


def label_matrix(rows: Sequence[Sequence[int]]) -> Labels:
    """Labels as the array that a group holds."""
    return np.array(rows, dtype=np.int8)
