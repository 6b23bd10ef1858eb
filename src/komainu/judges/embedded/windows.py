"""Stretches of a text short enough for an encoder, and whether a text can be read at all."""

import re
import unicodedata
from collections.abc import Iterator

from komainu.domain import Content, Span

WINDOW_CHARS = 280  # an encoder's vector of more text than this says little about any of it
OVERLAP_CHARS = 80
MAX_CHARS = 200_000  # about 1,000 windows, five seconds on one core
CONTEXT_CHARS = 200  # of the last turns before the text
MIN_LETTERS = 0.5  # of the characters that are not white space

_ENDS = re.compile(r"[.!?。！？…]+[\s\"'」』）)]*|\n+")
_READ = ("LATIN", "HIRAGANA", "KATAKANA", "CJK", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC", "PROLONGED")
_STRETCH = 600  # characters looked at together
MAX_OTHER = 0.1  # of the letters, in other scripts than Latin, kana and kanji
MIN_COMMON = 1 / 12  # of the words of a stretch in Latin letters
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
COMMON = frozenset(  # the small words of English
    word
    for line in (
        "a about after all also am an and any are as at back be been before but by can come could day did do does",
        "don't down even first for from get go going good got had has have he help her here him his how i i'm if in",
        "into is it it's its just know let like look made make many me more most much my need new no not now of off on",
        "one only or other our out over own people please she so some take than thank thanks that that's the their",
        "them then there these they thing think this time to too two up us use very want was way we well went were",
        "what when where which who why will with work would year yes you you're your",
    )
    for word in line.split()
)
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W\d_][\s._*-]{1,3}){4,}[^\W\d_](?![^\W_])")  # five lone letters in a row


def windows(text: str) -> tuple[Span, ...]:
    """Overlapping spans of at most WINDOW_CHARS that together cover every word of `text`, cut at sentence ends."""
    if len(text) <= WINDOW_CHARS:
        return (Span(start=0, end=len(text)),) if text else ()
    return tuple(_cut(text))


def _cut(text: str) -> Iterator[Span]:
    start = 0
    while start < len(text):
        end = min(start + WINDOW_CHARS, len(text))
        if end < len(text):
            end = _sentence_end(text, start, end)
        yield Span(start=start, end=end)
        if end == len(text):
            return
        start = max(end - OVERLAP_CHARS, start + 1)


def _sentence_end(text: str, start: int, end: int) -> int:
    """The last sentence end in the second half of the stretch, or `end` where there is none."""
    half = start + (end - start) // 2
    ends = [match.end() for match in _ENDS.finditer(text, half, end)]
    return ends[-1] if ends else end


def with_context(content: Content) -> str:
    """The start of the text behind the end of the turns before it."""
    before = "\n".join(content.context)[-CONTEXT_CHARS:]
    return f"{before}\n{content.text[:WINDOW_CHARS]}"


def unreadable(text: str) -> str:
    """Why a text is not one this judge was calibrated on (English or Japanese prose), or nothing.

    Disguised text must not pass as text about nothing: it lies far from every clause, and would be cleared. So every
    stretch of the text is looked at, and one that cannot be read is enough.
    """
    if not text.strip():
        return "the text is empty"
    if len(text) > MAX_CHARS:
        return f"the text has {len(text):,} characters; this judge reads {MAX_CHARS:,} at most"
    for start in range(0, len(text), _STRETCH):
        problem = _unreadable_stretch(text[start : start + _STRETCH])
        if problem:
            return problem
    return ""


def _unreadable_stretch(stretch: str) -> str:
    latin = other = shown = 0
    for character in stretch:
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Co", "Cn") and character not in "\t\r\n":
            return f"the text holds a character that is no text (U+{ord(character):04X})"
        if category == "Cf" and character not in "\u200d\ufeff":
            return f"the text holds an invisible character (U+{ord(character):04X})"
        shown += not character.isspace()
        if category[0] == "L":
            name = unicodedata.name(character, "")
            latin += name.startswith("LATIN")
            other += not name.startswith(_READ)
    letters = sum(character.isalpha() for character in stretch)
    if other > MAX_OTHER * letters:
        return "the text is in a script this judge was not calibrated on (it reads English and Japanese)"
    if letters < MIN_LETTERS * shown:
        return "the text is mostly not words"
    if _SPELLED.search(stretch):
        return "the text is spelled out letter by letter"
    return _not_english(stretch) if latin > letters / 2 else ""


def _not_english(stretch: str) -> str:
    """Whether a stretch of Latin letters lacks the small words that no English prose does without."""
    words = _WORD.findall(stretch.lower())
    common = sum(word in COMMON for word in words)
    return "" if common >= MIN_COMMON * len(words) else "the text does not read like English"
