"""Whether words that are given as a quote occur in a text."""

import re
import unicodedata
from collections import Counter

from rapidfuzz import fuzz

from komainu.domain import Span

LIKENESS = 92.0  # of 100, as rapidfuzz counts; from `methods`, section E1 of the reasoning audit
_SHORTEST_LIKE = 12  # characters of a quote that may be inexact
_LONGEST_LIKE = 50_000  # characters of a text in which inexact quotes are looked for
_END = 8  # characters at the ends of a quote and of what is like it
_LIKE_ENDS = 60.0  # of 100: how alike those are at least
_SHORTEST_PIECE = 6  # characters on each side of an ellipsis

_SAME = str.maketrans(
    {
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": "'", "´": "'",
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
        "「": '"', "」": '"', "『": '"', "』": '"',
    }
)  # fmt: skip
_UNSEEN = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad")
_ELLIPSIS = re.compile(r"\s*(?:\[?\.\.\.+\]?|\[?…+\]?)\s*")
# What turns a sentence into another: denials, modal words, numbers.
_TELLING = re.compile(
    r"n't\b|\b(?:no|not|never|none|nor|neither|nobody|nothing|without|cannot|must|may|might|should|shall|can|could|would|"
    r"will|only|unless|except|always|all|any)\b|\d+(?:[.,]\d+)*|ない|なく|なかっ|ません|せず|禁止|可能|かもしれ|べき|なければ|だけ|のみ|"
    r"[一二三四五六七八九十百千万億〇]+"
)


def find_quote(quote: str, text: str) -> Span | None:
    """Where the text has the quote: exactly, in other typography, or .92 alike with equal denials, modals and numbers.

    An ellipsis in the quote stands for words left out; the span reaches over them. None where it is not there.
    """
    quote = quote.strip()
    if not any(character.isalnum() for character in quote):
        return _exact(quote, text) if len(quote) > 1 or not quote.isascii() else None
    if (exact := _exact(quote, text)) is not None:
        return exact
    plain, places = _normal(text)
    pieces = [_normal(piece)[0].strip() for piece in _ELLIPSIS.split(quote)]
    pieces = [piece for piece in pieces if piece]
    if not pieces or (len(pieces) > 1 and min(map(len, pieces)) < _SHORTEST_PIECE):
        return None
    start = end = -1
    behind = 0
    for piece in pieces:
        found = _piece(piece, plain, behind)
        if found is None:
            return None
        start = found[0] if start < 0 else start
        behind = end = found[1]
    return Span(start=places[start], end=places[end - 1] + 1)


def _exact(quote: str, text: str) -> Span | None:
    start = text.find(quote) if quote else -1
    return Span(start=start, end=start + len(quote)) if start >= 0 else None


def _piece(piece: str, plain: str, behind: int) -> tuple[int, int] | None:
    start = plain.find(piece, behind)
    if start >= 0:
        return start, start + len(piece)
    if len(piece) < _SHORTEST_LIKE or len(plain) > _LONGEST_LIKE:
        return None
    rest = plain[behind:]
    if len(rest) < len(piece):  # the shorter text slides along the longer one, and here that must be the quote
        return None
    found = fuzz.partial_ratio_alignment(piece, rest, score_cutoff=LIKENESS)
    if found is None:
        return None
    start, end = _whole_words(rest, found.dest_start, found.dest_end)
    window = rest[start:end]
    # A window that ends before a changed word is alike too: both ends have to be those of the quote.
    if not (_alike(piece[:_END], window[:_END]) and _alike(piece[-_END:], window[-_END:])):
        return None
    if _telling(piece) != _telling(window):
        return None
    return behind + start, behind + end


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends, and with the rest of the words that it cuts."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while start > 0 and _joins(text, start):
        start -= 1
    while end < len(text) and _joins(text, end):
        end += 1
    return start, end


def _joins(text: str, place: int) -> bool:
    """Whether the characters on both sides of the place belong to one word; kana and kanji stand alone."""
    one, other = text[place - 1], text[place]
    return all(each.isascii() and (each.isalnum() or each == "'") for each in (one, other))


def _alike(one: str, other: str) -> bool:
    return fuzz.ratio(one, other) >= _LIKE_ENDS


def _telling(text: str) -> Counter[str]:
    return Counter(_TELLING.findall(text))


def _normal(text: str) -> tuple[str, list[int]]:
    """The text without what typography changes, and for each character of it where it came from."""
    out: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character in _UNSEEN:
            continue
        for each in unicodedata.normalize("NFKC", character).casefold().translate(_SAME):
            if each.isspace():
                if out and out[-1] == " ":
                    continue
                out.append(" ")
            else:
                out.append(each)
            places.append(place)
    return "".join(out), places
