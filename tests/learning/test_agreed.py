from dataclasses import replace

import pytest

from komainu.domain import Label
from komainu.learning.agreed import agreed
from komainu.store.samples import sample_label


def words(*said: tuple[str, bool]) -> list[Label]:
    """Labels on one content, by who says so."""
    return [
        replace(sample_label(f"label-{place}", "content"), source=source, violates=violates)
        for place, (source, violates) in enumerate(said)
    ]


@pytest.mark.parametrize(
    ("said", "comes_to"),
    [
        ([("review:a", True)], True),
        ([("review:a", True), ("review:a", False)], False),
        ([("review:a", True), ("review:b", False)], None),
        ([("review:a", True), ("review:b", True), ("review:c", False)], True),
        ([("review:a", True), ("review:b", True), ("review:c", False), ("review:a", False)], False),
        ([("review:a", True), ("review:b", True), ("appeal:c", False)], False),
        ([("review:a", True), ("appeal:b", False), ("appeal:c", True)], None),
        ([("review:a", True), ("appeal:b", False), ("review:b", True)], True),
        ([("golden:team", True), ("review:a", False), ("import:x", True)], True),
    ],
)
def test_most_words_count_and_an_appeal_starts_anew(said: list[tuple[str, bool]], comes_to: bool | None) -> None:
    found, disputed = agreed(words(*said))
    assert [one.violates for one in found] == ([] if comes_to is None else [comes_to])
    assert disputed == (comes_to is None)


def test_contents_are_counted_apart_and_keep_their_order() -> None:
    first, second = sample_label("one", "a"), replace(sample_label("two", "b"), violates=True)
    found, disputed = agreed([first, second, replace(first, id="three")])
    assert [(one.content, one.violates) for one in found] == [("a", False), ("b", True)]
    assert disputed == 0
