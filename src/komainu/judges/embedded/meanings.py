"""What the judge makes of contents before anything is fitted: what a fit starts from."""

from collections.abc import Iterator, Sequence

import numpy as np

from komainu.domain import Content
from komainu.judges.embedded.head import Floats, met
from komainu.judges.embedded.parts import Parts, features_of
from komainu.judges.embedded.weights import Weights
from komainu.judges.embedded.windows import windows

_WINDOWS = 4  # of a content, which are enough to tell what it is about
Meaning = tuple[Floats, Floats]  # logits (clauses,) as the head gives them, and the meaning (width,) of the content


def meanings(contents: Sequence[Content], read: Parts, weights: Weights) -> Iterator[Meaning]:
    """One for each content, by the window that speaks most for each clause."""
    for content in contents:
        looked = weights.head.look(weights.reader.states(windows(content, weights.reader).ids), parts=False)
        logits = weights.head.logits(features_of(read, met(read.looked, looked).likeness), read.gates)
        yield logits.max(axis=1), np.asarray(looked.means.mean(axis=0), np.float32)


def meaning(content: Content, weights: Weights) -> Floats:
    """What a content says as a whole, (width,), by its first windows; no clause is looked at."""
    states = weights.reader.states(windows(content, weights.reader).ids[:_WINDOWS])
    return np.asarray(weights.head.look(states, parts=False).means.mean(axis=0), np.float32)
