import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Action, Content, Role, Span
from komainu.domain.digest import digest_of
from tests.strategies import contents, spans, texts


@given(contents())
def test_a_content_is_named_by_text_role_and_context(content):
    again = Content(text=content.text, role=content.role, context=content.context)
    assert again == content
    assert again.digest == content.digest
    assert len(content.digest) == 64


@given(contents(), texts())
def test_another_text_role_or_context_is_another_content(content, text):
    other_role = Role.PROFILE if content.role is Role.POST else Role.POST
    others = [
        Content(text=content.text + "x", role=content.role, context=content.context),
        Content(text=content.text, role=other_role, context=content.context),
        Content(text=content.text, role=content.role, context=(*content.context, text)),
    ]
    assert len({content.digest, *(other.digest for other in others)}) == 4


@given(texts(), texts())
def test_what_is_context_and_what_is_text_is_not_confused(text, turn):
    assert Content(text=text, context=(turn,)).digest != Content(text=turn, context=(text, turn)).digest
    assert Content(text=text, context=(turn, "")).digest != Content(text=text, context=(turn,)).digest


def test_the_digest_stays_what_it_was():
    """Records name contents by it; another value would lose them."""
    content = Content(text="a\x00\ud800é狛", role=Role.PROMPT, context=("b",))
    assert content.digest == "082b5d7a780fb7d61e328d2a390548edd22bc0ddb4007f75d4ea4253b3fe15a1"


@pytest.mark.parametrize("text", [None, 7, b"bytes"])
def test_a_content_is_text(text):
    with pytest.raises(TypeError, match="content is text"):
        Content(text=text)
    with pytest.raises(TypeError, match="content is text"):
        Content(text="x", context=(text,))


@given(st.data())
def test_a_span_covers_the_words_from_start_to_end(data):
    text = data.draw(st.text(min_size=1))
    span = data.draw(spans(len(text)))
    assert span.of(text) == text[span.start : span.end] != ""


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_a_span_is_never_empty_nor_negative(start, end):
    if 0 <= start < end:
        assert Span(start=start, end=end).start == start
    else:
        with pytest.raises(ValueError, match="0 <= start < end"):
            Span(start=start, end=end)


@given(st.lists(st.sampled_from(Action), min_size=1))
def test_the_severest_action_wins(actions):
    order = ["allow", "limit", "hold", "block"]
    assert max(actions).label == max((action.label for action in actions), key=order.index)


@pytest.mark.parametrize("action", Action)
def test_an_action_is_found_by_its_label(action):
    assert Action.of(action.label) is action


def test_an_unknown_action_names_the_four():
    with pytest.raises(ValueError, match="allow, limit, hold, block"):
        Action.of("delete")


plain = st.none() | st.booleans() | st.integers() | texts(10)
parts = st.recursive(plain, lambda inner: st.lists(inner, max_size=3), max_leaves=6)


@given(parts, parts)
def test_different_parts_have_different_digests(one, other):
    same = one == other and repr(one) == repr(other)
    assert (digest_of(one) == digest_of(other)) is same


@pytest.mark.parametrize("part", [1.5, [1.5], [["x", 0.0]], {"a": 1}, b"x", object()])
def test_what_has_no_canonical_form_has_no_digest(part):
    with pytest.raises(TypeError):
        digest_of(part)
