"""What the labels on one clause come to, where several people labelled one content."""

from collections.abc import Iterable

from komainu.domain import Label

_APPEAL = "appeal:"  # begins the source of a label made on an appeal


def agreed(labels: Iterable[Label]) -> tuple[list[Label], int]:
    """One label per content that people agree on, and how many contents they do not.

    `labels` are of one clause, in the order recorded. Of each person the last word counts, of several people what most
    say; once there was an appeal, only what was said on it and later.
    """
    by_content: dict[str, list[Label]] = {}
    for label in labels:
        by_content.setdefault(label.content, []).append(label)
    found = [_of_one(each) for each in by_content.values()]
    return [one for one in found if one is not None], sum(one is None for one in found)


def _of_one(labels: list[Label]) -> Label | None:
    """The last label that says what most say; None where as many say the opposite."""
    first = next((place for place, one in enumerate(labels) if one.source.startswith(_APPEAL)), 0)
    words = {one.source.partition(":")[2] or one.source: one for one in labels[first:]}
    violating = sum(one.violates for one in words.values())
    if 2 * violating == len(words):
        return None
    return [one for one in labels[first:] if one.violates is (2 * violating > len(words))][-1]
