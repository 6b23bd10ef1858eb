"""The head against its definition, said the slow way."""

import numpy as np
import pytest

from komainu.judges.embedded.evidence import runs
from komainu.judges.embedded.head import Looked, met, over_rivals
from komainu.judges.embedded.selftest import proven

HEAD = proven().head


def states(seed: int, lengths: list[int]) -> list[np.ndarray]:
    """Like those of a reader: (tokens, width) for each text."""
    chance = np.random.default_rng(seed)
    return [HEAD.centre + chance.normal(size=(length, len(HEAD.centre))).astype(np.float32) for length in lengths]


def text_of(looked: Looked, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Keys and weights of one text."""
    ends = [*looked.starts[1:], len(looked.keys)]
    some = slice(looked.starts[number], ends[number])
    return looked.keys[some], looked.weights[some]


def test_the_tokens_of_a_text_weigh_one_together() -> None:
    looked = HEAD.look(states(1, [3, 1, 40]), parts=False)
    for number in range(3):
        assert text_of(looked, number)[1].sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(np.linalg.norm(looked.keys, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("lengths", [[5], [5, 1, 9]])
def test_each_token_is_held_against_its_likest(lengths: list[int]) -> None:
    contents, parts = HEAD.look(states(2, lengths), parts=False), HEAD.look(states(3, [4, 7]), parts=True)
    found = met(parts, contents)
    for part in range(2):
        keys, weights = text_of(parts, part)
        for content in range(len(lengths)):
            other, shares = text_of(contents, content)
            likeness = keys @ other.T
            expected = (
                parts.wholes[part] @ contents.wholes[content],
                likeness.max(1) @ weights,
                likeness.max(0) @ shares,
            )
            np.testing.assert_allclose(found.likeness[:, part, content], expected, atol=1e-5)


def test_a_text_says_the_same_alone_and_beside_others() -> None:
    several = states(4, [6, 2, 30])
    together = HEAD.look(several, parts=False)
    alone = HEAD.look(several[1:2], parts=False)
    np.testing.assert_allclose(text_of(together, 1)[0], alone.keys, atol=1e-5)
    np.testing.assert_allclose(together.means[1], alone.means[0], atol=1e-5)


def test_over_rivals_is_the_lead_over_the_best_other() -> None:
    chance = np.random.default_rng(5)
    scores = chance.normal(size=(3, 9, 4)).astype(np.float32)
    scores[:, 1] = scores[:, 0]  # two that are alike
    starts = [0, 2, 3, 7]
    found = over_rivals(scores, np.array(starts))
    for first, last in zip(starts, [*starts[1:], 9], strict=True):
        for row in range(first, last):
            others = [other for other in range(first, last) if other != row]
            expected = scores[:, row] - scores[:, others].max(axis=1) if others else np.zeros_like(scores[:, row])
            np.testing.assert_allclose(found[:, row], expected, atol=1e-6)


def test_the_run_is_the_one_with_the_largest_sum() -> None:
    chance = np.random.default_rng(6)
    likest = chance.normal(size=(20, 12)).astype(np.float32)
    weights = np.full(12, 1 / 12, np.float32)
    firsts, lasts = runs(likest, weights)
    for row, first, last in zip(likest, firsts, lasts, strict=True):
        gain = row - (row.mean() + 0.5 * row.std())
        best = max(gain[start:end].sum() for start in range(12) for end in range(start + 1, 13))
        assert gain[first : last + 1].sum() == pytest.approx(best, abs=1e-4)


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_run_of_tokens_that_are_all_alike_is_never_empty(count: int) -> None:
    firsts, lasts = runs(np.full((3, count), 0.5, np.float32), np.full(count, 1 / count, np.float32))
    assert ((firsts >= 0) & (firsts <= lasts) & (lasts < count)).all()
