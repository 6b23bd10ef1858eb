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
_SAMPLE = 2_000
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

    Disguised text must not pass as text about nothing: it lies far from every clause, and would be cleared.
    """
    if not text.strip():
        return "the text is empty"
    if len(text) > MAX_CHARS:
        return f"the text has {len(text):,} characters; this judge reads {MAX_CHARS:,} at most"
    sample = text if len(text) <= _SAMPLE else text[: _SAMPLE // 2] + text[-_SAMPLE // 2 :]
    if sample.isascii() and sample.isprintable():
        return _too_few_letters(sum(map(str.isalpha, sample)), sample)
    return _unreadable_characters(sample)


def _unreadable_characters(sample: str) -> str:
    letters = read = 0
    for character in sample:
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Co", "Cn") and character not in "\t\r\n":
            return f"the text holds a character that is no text (U+{ord(character):04X})"
        if category == "Cf" and character not in "\u200d\ufeff":
            return f"the text holds an invisible character (U+{ord(character):04X})"
        if category[0] == "L":
            letters += 1
            read += unicodedata.name(character, "").startswith(_READ)
    if letters and read < letters / 2:
        return "the text is in a script this judge was not calibrated on (it reads English and Japanese)"
    return _too_few_letters(letters, sample)


def _too_few_letters(letters: int, sample: str) -> str:
    shown = sum(not character.isspace() for character in sample)
    if letters < MIN_LETTERS * shown:
        return "the text is mostly not words"
    return "the text is spelled out letter by letter" if _SPELLED.search(sample) else ""
