import json

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from komainu.store.canonical import LARGEST_WHOLE, canonical
from komainu.store.entries import draft_decision
from tests import strategies

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NAMES = st.text(st.characters(max_codepoint=127), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-LARGEST_WHOLE, LARGEST_WHOLE) | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=20
)


@given(VALUES)
@example('"\\/\b\f\n\r\t\x00\x1f\x7f\u2028 狛犬 🦊')
@example({"b": 1, "a": {"B": [], "A": ""}})
def test_it_writes_what_the_reference_writes(value: object) -> None:
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(VALUES)
def test_what_is_canonical_stays_canonical_when_read_and_written_again(value: object) -> None:
    text = canonical(value)
    assert canonical(json.loads(text)) == text


@strategies.PATIENT
@given(data=st.data())
def test_a_decision_is_written_as_the_reference_writes_it(data: st.DataObject) -> None:
    content = data.draw(strategies.contents())
    draft = draft_decision(data.draw(strategies.decisions(content)), content)
    assert draft.text.encode() == rfc8785.dumps(draft.body)

    def no_fraction(text: str) -> float:
        raise AssertionError(f"a fraction in an entry: {text}")

    json.loads(draft.text, parse_float=no_fraction)


def test_what_json_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        canonical([{1, 2}])
