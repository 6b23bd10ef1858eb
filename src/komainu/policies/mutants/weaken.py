"""A text with one thing less: a list item, a sentence, a part of a sentence, a condition."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from komainu.policies.stems import stems

_BULLET = re.compile(r"( *)- ")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“(])|(?<=[。！？])(?=[^」』）)\s])")
_END = re.compile(r"[.!?。！？]*\s*\Z")
_BETWEEN = re.compile(r",\s+(?:and|or)\s+|[,;]\s+|\s+(?:and|or)\s+")
_BETWEEN_JA = re.compile(r"(?:、\s*(?:または|もしくは|あるいは|および|かつ)、?|、|・|(?:または|もしくは|あるいは)、?)")
_CONDITION = re.compile(
    r",?\s+(?:if|unless|when|where|while|without|before|after|until|in order to|in return for|so that)\s+[^,;:.]+"
)
_BRACKETS = (("(", ")"), ("（", "）"), ("「", "」"), ("『", "』"), ("“", "”"), ("[", "]"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Weaker:
    """A text with something taken out."""

    cut: str  # the words taken out
    left: str  # what stays


def weakened(text: str, language: str) -> tuple[Weaker, ...]:
    """Every way to take one thing out of a text, none twice, and none that leaves nothing said.

    Parts of sentences are what stands between commas, `and` and `or` (Japanese: 、 ・ または), and English conditions
    (`if …`, `without …`). The last part of a Japanese sentence holds its verb and stays. Grammar may suffer.
    """
    found: dict[str, Weaker] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        behind = lines[number + 1 :]
        for cut, kept in _within(line, language):
            _add(found, cut, [*lines[:number], kept, *behind])
        if len(lines) > 1:
            nested = lines[number : number + _length(lines, number)]
            cut = " ".join(one.strip().removeprefix("- ") for one in nested)
            _add(found, cut, [*lines[:number], *lines[number + len(nested) :]])
    return tuple(found.values())


def _add(found: dict[str, Weaker], cut: str, lines: list[str]) -> None:
    left = "\n".join(lines)
    if stems(cut) and stems(left):
        found.setdefault("".join(re.findall(r"\w+", left.casefold())), Weaker(cut=cut, left=left))


def _length(lines: list[str], number: int) -> int:
    """How many lines a list item takes up with all that is nested in it; 1 of any other line."""
    bullet = _BULLET.match(lines[number])
    if bullet is None:
        return 1
    end = number + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > len(bullet[1]):
        end += 1
    return end - number


def _within(line: str, language: str) -> Iterator[tuple[str, str]]:
    """(what was cut, what is left) of one line; something is always left."""
    bullet = _BULLET.match(line)
    mark = bullet[0] if bullet else ""
    sentences = _SENTENCE.split(line[len(mark) :])
    space = "" if language == "ja" else " "
    for number, sentence in enumerate(sentences):
        before, after = sentences[:number], sentences[number + 1 :]
        if len(sentences) > 1:
            yield sentence, mark + space.join((*before, *after))
        for cut, kept in _parts(sentence, language):
            yield cut, mark + space.join((*before, kept, *after))


def _parts(sentence: str, language: str) -> Iterator[tuple[str, str]]:
    end = _END.search(sentence)
    stop = end[0] if end else ""
    said = sentence[: len(sentence) - len(stop)]
    between = _BETWEEN_JA if language == "ja" else _BETWEEN
    marks = [found[0] for found in between.finditer(said)]
    parts = between.split(said)
    for place, part in enumerate(parts):
        if len(parts) > 1 and _is_whole(part) and not (language == "ja" and place == len(parts) - 1):
            yield part, _upper(_joined(parts, marks, place), language) + stop
    if language != "ja":
        for found in _CONDITION.finditer(said):
            if _is_whole(found[0]):
                yield found[0].strip(" ,"), said[: found.start()] + said[found.end() :] + stop


def _joined(parts: list[str], marks: list[str], gone: int) -> str:
    """The parts but one: `a, b or c` without c is `a or b`."""
    parts, marks = list(parts), list(marks)
    if 1 < gone == len(parts) - 1 and re.search(r"and|or", marks[gone - 1]):
        marks[gone - 2] = marks[gone - 1]
    del parts[gone]
    del marks[max(0, gone - 1)]
    return parts[0] + "".join(mark + part for mark, part in zip(marks, parts[1:], strict=True))


def _is_whole(part: str) -> bool:
    """Whether every bracket and quotation mark that opens in it closes in it."""
    return part.count('"') % 2 == 0 and all(part.count(first) == part.count(last) for first, last in _BRACKETS)


def _upper(text: str, language: str) -> str:
    return text if language == "ja" else text[:1].upper() + text[1:]
