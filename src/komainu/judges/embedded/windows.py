"""A content in windows that the reader takes, each as the judge was trained on them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from komainu.domain import Content, Span
from komainu.judges.embedded.words import content_words
from komainu.models.reader import END, START, Reader, Tokens

PIECE = 96  # tokens of a part of a clause that are read together, marks counted
WINDOW = 160  # tokens of a content that are read together, marks counted
OVERLAP = 32
BEFORE = 48  # tokens of the turns before it
_CUT = re.compile(r"[0-9A-Za-z\u00c0-\u024f'\u2019]{2}")  # between two such characters a word goes on
_SAID = re.compile(r"[^\W_](?s:.*)[^\W_]|[^\W_]")  # from the first letter or digit to the last
_SHOWN = re.compile(r"\S(?s:.*)\S|\S")
_ENDS = re.compile(r"[.!?…]+[\"')]*(?=\s|$)|[。！？]+[」』）]*|\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """A content as the reader takes it."""

    ids: tuple[tuple[int, ...], ...]  # of each window: a mark, the role, its tokens, a mark, the turns before
    text: str
    role: int  # tokens before the text's own, the first mark counted
    tokens: tuple[tuple[tuple[int, int], ...], ...]  # of each window: the spans of its tokens, in characters


def framed(ids: Sequence[int]) -> tuple[int, ...]:
    """Between the marks of start and end."""
    return (START, *ids, END)


def windows(content: Content, reader: Reader) -> Windows:
    """The content in overlapping windows that together cover its text, cut at sentence ends where they can be."""
    role, _ = content_words("", content.role)
    frame = reader.tokens(role).ids
    _, earlier = content_words("", content.role, content.context)
    before = (*reader.tokens(earlier).ids, END)[:BEFORE] if earlier else ()
    text = reader.tokens(content.text)
    cuts = list(_cuts(content.text, text, WINDOW - 2 - len(frame)))
    return Windows(
        ids=tuple((*framed((*frame, *text.ids[start:end])), *before) for start, end in cuts),
        text=content.text,
        role=1 + len(frame),
        tokens=tuple(text.spans[start:end] for start, end in cuts),
    )


def _cuts(text: str, tokens: Tokens, size: int) -> Iterator[tuple[int, int]]:
    count = len(tokens.ids)
    if count <= size:
        yield 0, count
        return
    ends = {match.end() for match in _ENDS.finditer(text)}
    start = 0
    while True:
        end = min(start + size, count)
        if end < count:
            sentence = [place for place in range(start + size // 2, end) if tokens.spans[place][1] in ends]
            end = sentence[-1] + 1 if sentence else end
        yield start, end
        if end == count:
            return
        start = end - OVERLAP


def span_of(text: str, tokens: Sequence[tuple[int, int]]) -> Span:
    """From the first token to the last, without space and punctuation around them, and with all of words they cut."""
    start, end = tokens[0][0], tokens[-1][1]
    words = _SAID.search(text[start:end]) or _SHOWN.search(text[start:end])
    if words:
        start, end = start + words.start(), start + words.end()
    while start and _CUT.match(text, start - 1):
        start -= 1
    while _CUT.match(text, end - 1):
        end += 1
    return Span(start=start, end=max(end, start + 1))
