"""What a model said, read and not yet believed."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from komainu.errors import JudgeError

_HYPHENS = re.compile("[\u2010\u2011\u2212]")


def plain_ids(text: str) -> str:
    """The text with ids as policies write them: models write `SP‑A1` and `ＳＰ１` for `SP-A1` and `SP1`."""
    return _HYPHENS.sub("-", unicodedata.normalize("NFKC", text))


def plain_label(name: object) -> str:
    """How labels are compared: whatever their case and typography."""
    return plain_ids(str(name)).strip().casefold()


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
    steps: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # by label; empty: on all
    unknown: tuple[str, ...] = ()  # what it answered or quoted for, and was not asked about
