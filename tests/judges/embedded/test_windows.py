"""A content is read whole, window by window, as the judge was trained on it."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from komainu.domain import Content, Role
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.windows import BEFORE, OVERLAP, WINDOW, span_of, windows
from komainu.models.reader import END, START
from tests import strategies

READER = proven().reader
PIECES = st.text(st.sampled_from("ab. 。!\n字"), min_size=1, max_size=40)
LONG = st.builds(lambda piece, times: piece * times, PIECES, st.integers(1, 60))


@given(LONG | strategies.texts())
@example("字" * (3 * WINDOW + 1))
@example("A sentence. " * 100)
@strategies.PATIENT
def test_windows_leave_nothing_out(text: str) -> None:
    seen = windows(Content(text=text), READER)
    every = READER.tokens(text).spans
    assert {span for one in seen.tokens for span in one} == set(every)
    for ids, tokens in zip(seen.ids, seen.tokens, strict=True):
        assert len(ids) <= WINDOW
        assert ids[0] == START and ids[-1] == END
        assert len(ids) == seen.role + len(tokens) + 1


def test_windows_overlap_so_that_no_sentence_is_lost_at_an_edge() -> None:
    text = "A sentence of some length stands here. " * 200
    seen = windows(Content(text=text), READER)
    assert len(seen.tokens) > 5
    for one, other in pairwise(seen.tokens):
        assert list(one[-OVERLAP:]) == list(other[:OVERLAP])
        assert text[: one[-1][1]].endswith(".")


@pytest.mark.parametrize("turns", [("Do you sell likes?",), ("Hello.", "One turn that goes on and on. " * 60)])
def test_the_turns_before_stand_behind_every_window(turns: tuple[str, ...]) -> None:
    text = "A sentence of some length stands here. " * 40
    plain = windows(Content(text=text), READER)
    turned = windows(Content(text=text, context=turns), READER)
    assert turned.tokens == plain.tokens
    for ids, alone in zip(turned.ids, plain.ids, strict=True):
        assert ids[: len(alone)] == alone
        assert 0 < len(ids) - len(alone) <= BEFORE


def test_the_role_is_read() -> None:
    post, reply = (windows(Content(text="Hello there", role=role), READER) for role in (Role.POST, Role.RESPONSE))
    assert post.ids != reply.ids
    assert post.tokens == reply.tokens


@pytest.mark.parametrize(
    ("text", "cut", "said"),
    [
        ("You stupid people", (3, 10), "stupid"),
        ("You stupid people", (5, 8), "stupid"),
        ("It doesn’t matter", (3, 8), "doesn’t"),
        ("この馬鹿野郎", (2, 4), "馬鹿"),
        ("go to x.example now", (6, 9), "x.example"),
        ("   ", (0, 2), "  "),
        ("Noon. You stupid people.", (4, 24), "You stupid people"),
        ("so 🎉🎉 !", (2, 6), "🎉🎉"),
        ("end", (1, 3), "end"),
    ],
)
def test_evidence_is_whole_words_without_the_space_around_them(text: str, cut: tuple[int, int], said: str) -> None:
    assert span_of(text, [cut]).of(text) == said
