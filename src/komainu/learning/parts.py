"""Which labelled contents are learnt from, which certify and which compare: none is in two parts."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256

from komainu.domain import Content
from komainu.learning.clusters import clusters


class Part(StrEnum):
    """What a labelled content is used for."""

    FIT = "fit"
    CERTIFY = "certify"
    COMPARE = "compare"


_ENDS = ((0.5, Part.FIT), (0.8, Part.CERTIFY), (1.0, Part.COMPARE))  # where each part of the hashes ends


def parts(contents: Sequence[Content], learnt: Sequence[Content] = ()) -> dict[str, Part]:
    """The part of each content, by digest; `contents` in the order in which they were first labelled.

    Contents that nearly repeat each other share a part: that of the first one labelled, so that it stays what it was
    when others come. What nearly repeats something `learnt` anyway is learnt as well.
    """
    every = [*learnt, *contents]
    leaders = clusters([content.text for content in every])[len(learnt) :]
    return {
        content.digest: Part.FIT if leader < len(learnt) else part_of(every[leader].digest)
        for content, leader in zip(contents, leaders, strict=True)
    }


def part_of(digest: str) -> Part:
    """By the hash of a digest alone."""
    share = int.from_bytes(sha256(f"part/{digest}".encode()).digest()[:8], "big") / 2**64
    return next(part for end, part in _ENDS if share < end)
