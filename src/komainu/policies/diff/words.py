"""What was taken out of a text and what was put in: by word, and by stretches of one script in Japanese."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

_KANJI, _KATAKANA, _HIRAGANA = "㐀-鿿々〆", "ァ-ヺー-ヿｦ-ﾟ", "ぁ-ゟ"
_JAPANESE = _KANJI + _KATAKANA + _HIRAGANA
# を is a word of its own wherever it stands; other particles are spelt like parts of words.
_WORD = rf"(?:(?![{_JAPANESE}])\w)+"
_STRETCH = rf"[{_KANJI}]+|[{_KATAKANA}]+|を|(?:(?!を)[{_HIRAGANA}])+|{_WORD}(?:['’-]{_WORD})*|[^\s]"
_TOKEN = re.compile(rf"\s*(?:{_STRETCH})|\s+\Z")
_UNIT = re.compile(rf"[{_JAPANESE}]|{_WORD}")
_ALL_JAPANESE = re.compile(rf"[{_JAPANESE}]+")
_MOST = 25_000_000  # of pairs of tokens compared; two longer texts are told as a whole


class Op(StrEnum):
    """What became of a piece of text."""

    KEEP = "keep"
    CUT = "cut"
    PUT = "put"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One piece of text, and what became of it."""

    op: Op
    text: str


def edits(old: str, new: str) -> tuple[Edit, ...]:
    """The way from one text to the other. What is kept and cut is `old`, what is kept and put is `new`, but for spaces.

    Spaces alone make no difference: where nothing else differs, one piece is kept.
    """
    return tuple(_merged(_trimmed(_raw(_TOKEN.findall(old), _TOKEN.findall(new)))))


def likeness(old: str, new: str) -> float:
    """How alike the words are, 0 to 1: twice what both share in order, of all words (Japanese: of all characters)."""
    first, second = _units(old), _units(new)
    if not first and not second:
        return 1.0
    if len(first) * len(second) > _MOST:
        return float(first == second)
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def may_be_like(old: str, new: str, at_least: float) -> bool:
    """Whether `likeness` can reach that much: false is certain, and cheap to find out."""
    first, second = _units(old), _units(new)
    return SequenceMatcher(None, first, second, autojunk=False).quick_ratio() >= at_least


def without_spaces(text: str) -> str:
    """The text as `edits` compares it."""
    return "".join(text.split())


def _units(text: str) -> list[str]:
    return _UNIT.findall(text.casefold())


def _raw(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(kept, cut, put) for each stretch."""
    if len(old) * len(new) > _MOST:
        yield "", "".join(old), "".join(new)
        return
    bare_old, bare_new = [one.strip() for one in old], [one.strip() for one in new]
    for tag, i, j, k, m in SequenceMatcher(None, bare_old, bare_new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield "".join(new[k:m]), "", ""
        else:
            yield "", "".join(old[i:j]), "".join(new[k:m])


def _trimmed(pieces: Iterator[tuple[str, str, str]]) -> Iterator[tuple[Op, str]]:
    """Of Japanese put in place of Japanese only the characters that differ: 集め[る]こと, not 集[めること]."""
    for kept, cut, put in pieces:
        head = tail = 0
        if _ALL_JAPANESE.fullmatch(cut) and _ALL_JAPANESE.fullmatch(put):
            head = _shared(cut, put)
            tail = _shared(cut[head:][::-1], put[head:][::-1])
        yield Op.KEEP, kept + put[:head]
        yield Op.CUT, cut[head : len(cut) - tail]
        yield Op.PUT, put[head : len(put) - tail]
        yield Op.KEEP, put[len(put) - tail :]


def _shared(first: str, second: str) -> int:
    """How many characters both start with."""
    same = 0
    while same < min(len(first), len(second)) and first[same] == second[same]:
        same += 1
    return same


def _merged(pieces: Iterator[tuple[Op, str]]) -> Iterator[Edit]:
    """Neighbours of one kind as one piece; empty ones left out."""
    op, text = Op.KEEP, ""
    for next_op, piece in pieces:
        if not piece:
            continue
        if next_op is not op and text:
            yield Edit(op=op, text=text)
            text = ""
        op, text = next_op, text + piece
    if text:
        yield Edit(op=op, text=text)
