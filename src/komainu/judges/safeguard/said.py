"""What a model said, read and not yet believed."""

from collections.abc import Mapping
from dataclasses import dataclass

from komainu.errors import JudgeError


class Unreadable(JudgeError):  # noqa: N818 - it says what the answer is
    """An answer that says nothing that can be relied on; the message holds at most 80 characters of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Words that a model gives as evidence."""

    clause: str  # label
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer."""

    violated: Mapping[str, bool]  # by label; labels without an explicit answer are left out
    quotes: tuple[Quote, ...] = ()
    rationale: str = ""
    severity: int | None = None  # 0 to 4
    confidence: str = ""
    remedy: str = ""
    unknown: tuple[str, ...] = ()  # what it answered or quoted for, and was not asked about
