"""Logits of an exported judge on groups that `prepare.py` numbered: through the code that is shipped, not PyTorch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from komainu.judges.embedded.head import met
from komainu.judges.embedded.parts import features_of, read_parts
from komainu.judges.embedded.weights import weights_in

Pair = tuple[str, float, int]  # source, logit, label


def scored(folder: Path, groups: Sequence[dict[str, Any]], ids: np.ndarray, lengths: np.ndarray) -> list[Pair]:
    """Every labelled pair of the groups."""
    weights = weights_in(folder)
    starts = np.cumsum(lengths) - lengths

    def tokens(row: int) -> tuple[int, ...]:
        return tuple(int(one) for one in ids[starts[row] : starts[row] + lengths[row]])

    found: list[Pair] = []
    for group in groups:
        parts = [[[tokens(row)] for kind, row in clause if kind < 2] for clause in group["clauses"]]
        read = read_parts(parts, [len(parts)], weights)
        looked = weights.head.look(weights.reader.states([tokens(row) for row in group["contents"]]), parts=False)
        logits = weights.head.logits(features_of(read, met(read.looked, looked).likeness), read.gates)
        labels = group["labels"]
        for content, clause in zip(*np.nonzero(labels >= 0), strict=True):
            found.append((group["source"], float(logits[clause, content]), int(labels[content, clause])))
    return found
