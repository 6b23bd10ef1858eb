"""The plain form of a text: what is left of it without typography."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from komainu.domain import Span

# A character with the marks that belong to it: NFKC joins them, also the ones of half-width kana.
_CLUSTER = re.compile("(?s:.)[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\uff9e\uff9f]*")
_VARIANTS = re.compile("[\u034f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SAME = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": "'", "´": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "〜": "~",
        "「": '"', "」": '"', "『": '"', "』": '"',
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """A text in plain form, and for each character of it the stretch of the text that it comes from."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> Span:
        """Where `self.text[start:end]` comes from."""
        return Span(start=self.starts[start], end=self.ends[end - 1])


def plain(text: str) -> Plain:
    """NFKC, case, white space, quotes, dashes and ellipses made alike; characters that show nothing left out."""
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    known: dict[str, str] = {}
    for found in _CLUSTER.finditer(text):
        cluster = found[0]
        if (shown := known.get(cluster)) is None:
            shown = known[cluster] = _shown(cluster)
        for each in shown:
            if each == " " and out and out[-1] == " ":
                continue
            out.append(each)
            starts.append(found.start())
            ends.append(found.end())
    return Plain(text="".join(out), starts=starts, ends=ends)


def is_mark(character: str) -> bool:
    """Whether a character says something by itself: a letter, a number or a symbol such as an emoji."""
    category = unicodedata.category(character)
    return category[0] in "LNS" and category != "Sk"


def _shown(cluster: str) -> str:
    seen = "".join(each for each in _VARIANTS.sub("", cluster) if unicodedata.category(each) != "Cf")
    folded = unicodedata.normalize("NFKC", seen.translate(_SAME)).casefold().translate(_SAME)
    return "".join(" " if each.isspace() else each for each in folded)
