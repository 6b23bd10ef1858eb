"""Texts that are read once."""

from collections.abc import Sequence

import numpy as np
import pytest

from komainu.models.reader import Floats, Tokens
from komainu.models.remembering import RememberingReader


class Numbering:
    """Reads each text as its own ids, and counts."""

    name = "numbering"

    def __init__(self) -> None:
        self.read: list[tuple[int, ...]] = []

    def tokens(self, text: str) -> Tokens:
        return Tokens(ids=tuple(map(ord, text)), spans=tuple((at, at + 1) for at in range(len(text))))

    def states(self, texts: Sequence[Sequence[int]]) -> Sequence[Floats]:
        self.read += [tuple(text) for text in texts]
        return [np.array(text, np.float32)[:, None] for text in texts]


def ids(states: Sequence[Floats]) -> list[list[int]]:
    return [one[:, 0].astype(int).tolist() for one in states]


def test_a_text_is_read_once_and_answers_keep_their_order() -> None:
    reader = Numbering()
    remembering = RememberingReader(reader, tokens=100)
    assert ids(remembering.states([[1, 2], [3], [1, 2]])) == [[1, 2], [3], [1, 2]]
    assert ids(remembering.states([[3], [4], [1, 2]])) == [[3], [4], [1, 2]]
    assert reader.read == [(1, 2), (3,), (4,)]
    assert remembering.name == "numbering"
    assert remembering.tokens("a").ids == (97,)


def test_what_was_read_longest_ago_is_dropped_first() -> None:
    reader = Numbering()
    remembering = RememberingReader(reader, tokens=3)
    for text in ([1, 1], [2], [1, 1], [3], [2], [1, 1]):
        assert ids(remembering.states([text])) == [text]
    assert reader.read == [(1, 1), (2,), (3,), (2,), (1, 1)]


def test_more_than_fits_is_read_all_the_same() -> None:
    assert ids(RememberingReader(Numbering(), tokens=1).states([[1, 2, 3], [4, 5]])) == [[1, 2, 3], [4, 5]]


def test_what_is_kept_cannot_be_written_to() -> None:
    (states,) = RememberingReader(Numbering(), tokens=9).states([[1]])
    with pytest.raises(ValueError, match="read-only"):
        states[0] = 2
