"""A text as read, and where each of its characters came from."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from komainu.judges.rules.folding import LOOKALIKE, PLAIN

SPACES = re.compile(" {2,}")
LONE_SURROGATES = re.compile("[\ud800-\udfff]")
VOICING = re.compile("[\u3099\u309a]")
LOOSE_PARTS = re.compile("[\u3099\u309a\u1100-\u1112]")
# Kana with its voicing mark, or a Korean syllable in letters.
APART = re.compile("[\u3046-\u307b\u309d\u30fd][\u3099\u309a]|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?")

Edit = Callable[[re.Match[str], list[str], bytearray], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A text derived from another, character by character."""

    text: str
    origin: Sequence[int]  # for each character, its position in the text it was derived from

    def stretch(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]`, not empty, lies in the text that the view was derived from."""
        return self.origin[start], self.origin[end - 1] + 1


def legible(text: str) -> str:
    """`text` with each lone surrogate, which no matcher accepts, replaced by one U+FFFD."""
    return text if text.isascii() else LONE_SURROGATES.sub("\ufffd", text)


def unchanged(text: str) -> View:
    """The text as a view of itself."""
    return View(text=text, origin=range(len(text)))


def exact_views(text: str) -> tuple[View, View]:
    """The plain and the lookalike view of a legible text; twice the same where nothing looks like something else."""
    if text.isascii() and text.isprintable():
        view = edited(unchanged(text.lower()), SPACES, _to_one)
        return view, view
    plain_pieces, lookalike_pieces = list(map(PLAIN.__getitem__, text)), list(map(LOOKALIKE.__getitem__, text))
    plain = _settled(plain_pieces)
    return plain, (plain if lookalike_pieces == plain_pieces else _settled(lookalike_pieces))


def edited(view: View, pattern: re.Pattern[str], edit: Edit) -> View:
    """`view` with `edit` made at every match: it changes characters in the list, or unsets their flags to drop them."""
    if not pattern.search(view.text):
        return view
    chars, kept = list(view.text), bytearray(b"\1") * len(view.text)
    for match in pattern.finditer(view.text):
        edit(match, chars, kept)
    return View(text="".join(compress(chars, kept)), origin=list(compress(view.origin, kept)))


def drop(kept: bytearray, start: int, end: int) -> None:
    """Unset the flags from `start` to `end`."""
    kept[start:end] = bytes(end - start)


def _settled(pieces: list[str]) -> View:
    """The view that the folds of a text's characters add up to."""
    text = "".join(pieces)
    origin: Sequence[int] = range(len(text))
    if len(text) != len(pieces) or "" in pieces:
        origin = [position for position, piece in enumerate(pieces) for _ in piece]
    view = View(text=text, origin=origin)
    if LOOSE_PARTS.search(view.text):
        view = edited(edited(view, APART, _compose), VOICING, _dropped)
    return edited(view, SPACES, _to_one)


def _compose(match: re.Match[str], chars: list[str], kept: bytearray) -> None:
    composed = unicodedata.normalize("NFC", match[0])
    if len(composed) == 1:
        chars[match.start()] = composed
        drop(kept, match.start() + 1, match.end())


def _dropped(match: re.Match[str], chars: list[str], kept: bytearray) -> None:  # noqa: ARG001 - an Edit
    drop(kept, match.start(), match.end())


def _to_one(match: re.Match[str], chars: list[str], kept: bytearray) -> None:  # noqa: ARG001 - an Edit
    drop(kept, match.start() + 1, match.end())
