"""Whether words that are given as a quote occur in a text."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from komainu.domain import Span
from komainu.judges.safeguard.plain import Plain, is_mark, plain

LIKENESS = 92.0  # of 100, as rapidfuzz counts; from `methods`, section E1 of the reasoning audit
_SHORTEST_LIKE = 12  # characters of a quote that may be inexact
_LONGEST_LIKE = 1_000
_LONGEST_TEXT = 50_000  # characters of a text in which inexact quotes are looked for
_END = 8  # characters at the ends of a quote and of what is like it
_LIKE_ENDS = 60.0  # of 100: how alike those are at least
_SHORTEST_PIECE = 6  # characters on each side of an ellipsis

_UN = "不無未非"  # before a word of kanji
_NOT_BEHIND = re.compile(r"n['’]?t\b", re.IGNORECASE)
_LONGEST_TELLING = 24  # characters around an end in which a word may lie across it
_ELLIPSIS = re.compile(r"\s*[\[(]?(?:\.{2,}|・{2,}|。{2,})[\])]?\s*")
# What turns a sentence into another: denials, modal words, numbers. The longer of two that begin alike comes first.
_TELLING = re.compile(
    r"can'?t\b|cannot\b|n'?t\b|\b(?:no|not|never|none|nor|neither|nobody|nothing|without|hardly|barely|must|may|might|"
    r"should|shall|can|could|would|will|only|unless|except|always|all|any|zero|one|two|three|four|five|six|seven|eight|"
    r"nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half|twice)\b|\d+(?:[.,]\d+)*|"
    r"なければ|なかっ|ない|なく|ません|ず|ぬ|禁止|可能|かもしれ|べき|だけ|のみ|[不無未非]|[一二三四五六七八九十百千万億兆〇零]+"
)


class Searched:
    """A text in which quotes are looked for; its plain form is made once, for the first that is not there exactly."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._made: Plain | None = None

    def find(self, quote: str) -> Span | None:
        """Where the text has the quote; None where it does not. See `find_quote`."""
        quote = quote.strip()
        if not any(is_mark(character) for character in quote):
            return None
        if (start := _exactly(quote, self._text)) is not None:
            return Span(start=start, end=start + len(quote))
        if self._made is None:
            self._made = plain(self._text)
        found = _in_plain(plain(quote).text.strip(), self._made.text)
        return None if found is None else self._made.span(*found)


def find_quote(quote: str, text: str) -> Span | None:
    """Where the text has the quote: exactly, in other typography, or .92 alike with equal denials, modals and numbers.

    An ellipsis in the quote stands for words left out; the span reaches over them. None where it is not there.
    """
    return Searched(text).find(quote)


def _in_plain(quote: str, text: str) -> tuple[int, int] | None:
    if not quote:
        return None
    if (start := _exactly(quote, text)) is not None:
        return start, start + len(quote)
    pieces = [piece for piece in _ELLIPSIS.split(quote) if piece]
    if not pieces or (len(pieces) > 1 and min(map(len, pieces)) < _SHORTEST_PIECE):
        return None
    found: list[tuple[int, int]] = []
    for piece in pieces:
        place = _piece(piece, text, found[-1][1] if found else 0)
        if place is None:
            return None
        found.append(place)
    return found[0][0], found[-1][1]


def _piece(piece: str, text: str, behind: int) -> tuple[int, int] | None:
    if (exact := _exactly(piece, text, behind)) is not None:
        return exact, exact + len(piece)
    if not _SHORTEST_LIKE <= len(piece) <= _LONGEST_LIKE or len(text) > _LONGEST_TEXT:
        return None
    rest = text[behind:]
    if len(rest) < len(piece):  # the shorter text slides along the longer one, and here that must be the quote
        return None
    found = fuzz.partial_ratio_alignment(piece, rest, score_cutoff=LIKENESS)
    if found is None:
        return None
    start, end = _whole_words(rest, found.dest_start, found.dest_end)
    window = rest[start:end]
    if not _ends_alike(piece, window):
        return None
    if _is_turned(piece, window):
        return None
    return behind + start, behind + end


def _exactly(quote: str, text: str, behind: int = 0) -> int | None:
    """Where the text has these very words, and has not cut them out of a denial, a modal word or a number."""
    start = text.find(quote, behind)
    while start >= 0:
        if not _is_cut(text, start, start + len(quote)):
            return start
        start = text.find(quote, start + 1)
    return None


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether one of the ends lies inside such a word: `can` of `cannot`, `000` of `5,000`, 可能 of 不可能."""
    if (start and text[start - 1] in _UN and text[start] >= "\u4e00") or _NOT_BEHIND.match(text, end):
        return True
    low = max(0, start - _LONGEST_TELLING)
    near = text[low : end + _LONGEST_TELLING].lower()
    if len(near) != end + _LONGEST_TELLING - low and end + _LONGEST_TELLING <= len(text):
        return False  # lower case has another length: places would be wrong
    borders = (start - low, end - low)
    return any(found.start() < border < found.end() for found in _TELLING.finditer(near) for border in borders)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without white space at its ends, and with all of the words and denials that it cuts or touches."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while start > 0 and _joins(text, start):
        start -= 1
    while end < len(text) and _joins(text, end):
        end += 1
    for found in _TELLING.finditer(text, max(0, start - _END), end + _END):
        if found.start() <= end and found.end() >= start:
            start, end = min(start, found.start()), max(end, found.end())
    return start, end


def _joins(text: str, place: int) -> bool:
    """Whether the characters on both sides of the place belong to one word; kana and kanji stand alone."""
    one, other = text[place - 1], text[place]
    return all(each.isascii() and (each.isalnum() or each == "'") for each in (one, other))


def _ends_alike(quote: str, window: str) -> bool:
    """Whether both ends are those of the quote: a window that ends before a changed word is alike too."""
    words, others = quote.split(), window.split()
    return (
        _alike(quote[:_END], window[:_END])
        and _alike(quote[-_END:], window[-_END:])
        and _alike(words[0], others[0])
        and _alike(words[-1], others[-1])
    )


def _is_turned(quote: str, window: str) -> bool:
    """Whether what differs between the two is, or touches, a denial, a modal word or a number."""
    if _telling(quote) != _telling(window):
        return True
    changes = [change for change in Indel.opcodes(quote, window) if change.tag != "equal"]
    ours = [(change.src_start, change.src_end) for change in changes]
    theirs = [(change.dest_start, change.dest_end) for change in changes]
    return any(
        start < found.end() and found.start() < end
        for text, parts in ((quote, ours), (window, theirs))
        for found in _TELLING.finditer(text)
        for start, end in parts
    )


def _alike(one: str, other: str) -> bool:
    return fuzz.ratio(one, other) >= _LIKE_ENDS


def _telling(text: str) -> Sequence[str]:
    """In the order of the text: a denial that moves turns the sentence too."""
    return [found.replace("'", "") for found in _TELLING.findall(text)]
