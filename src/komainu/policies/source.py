"""The text of a policy file and the places in it."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from komainu.errors import PolicyError

MAX_BYTES = 500_000  # of one policy file; the longest useful policy is a hundred times shorter
MAX_LINES = 20_000  # of one policy file
_SHOWN_COLUMNS = 160  # a longer line is not shown whole under an error
_ADVICE = "move phrases into list files, or split it"
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A policy file as lines."""

    path: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, text: str, path: str) -> "Source":
        """The lines of a text, without byte order mark, all line ends alike; PolicyError where it cannot be used."""
        if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
            raise PolicyError(_too_large(), path=path)
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        source = cls(path=path, lines=tuple(text.split("\n")))
        if len(source.lines) > MAX_LINES:
            raise source.at(MAX_LINES + 1).error(f"a policy has at most {MAX_LINES:,} lines; {_ADVICE}")
        if found := _UNREADABLE.search(text):
            raise source.offset(text, found.start()).error(
                f"{_character(found[0])} has no place in a policy; delete it"
            )
        if not text.strip():
            raise PolicyError("the file is empty; `komainu policy new` writes a policy to start from", path=path)
        return source

    @classmethod
    def of_bytes(cls, data: bytes, path: str) -> "Source":
        """The lines of a file's bytes; PolicyError where they are too many or not UTF-8."""
        if len(data) > MAX_BYTES:
            raise PolicyError(_too_large(), path=path)
        return cls.of(decode(data, path), path)

    @property
    def text(self) -> str:
        """All lines, joined by line feeds."""
        return "\n".join(self.lines)

    def at(self, line: int, column: int = 1) -> "Place":
        """A place in the file, both counted from 1."""
        return Place(source=self, line=line, column=column)

    def offset(self, text: str, offset: int) -> "Place":
        """The place of a code point in the file's text."""
        return self.at(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))

    def find(self, line: int, words: str) -> "Place":
        """The place of some words on a line; the first thing on the line where they do not stand there."""
        shown = self.lines[line - 1]
        start = shown.find(words) if words else -1
        return self.at(line, 1 + (start if start >= 0 else len(shown) - len(shown.lstrip())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands in a policy file: line and column, from 1."""

    source: Source
    line: int
    column: int

    def error(self, problem: str) -> PolicyError:
        """An error that shows the place."""
        shown = self.source.lines[self.line - 1]
        if self.column > _SHOWN_COLUMNS:
            shown = ""
        elif len(shown) > _SHOWN_COLUMNS:
            shown = shown[:_SHOWN_COLUMNS] + "…"
        shown = _UNREADABLE.sub("\ufffd", shown).replace("\t", " ")
        return PolicyError(problem, path=self.source.path, line=self.line, column=self.column, source=shown)


def decode(data: bytes, path: str) -> str:
    """Bytes as UTF-8; PolicyError names the offset and line of the first byte that is not."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(not_utf8(error), path=path) from None


def not_utf8(error: UnicodeDecodeError) -> str:
    """What to say of bytes that are not UTF-8."""
    line = error.object.count(b"\n", 0, error.start) + 1
    byte = f"0x{error.object[error.start]:02x}"
    return f"expected UTF-8; the byte {byte} at offset {error.start} on line {line} is not; save the file as UTF-8"


def suggest(word: str, known: Iterable[str]) -> str:
    """The end of an error on an unknown word: the one that was meant, or all that there are."""
    words = list(known)
    if near := difflib.get_close_matches(word, words, n=1, cutoff=0.6):
        return f"did you mean {near[0]!r}?"
    return f"expected one of {', '.join(words)}" if words else "there is none here"


def _too_large() -> str:
    return f"a policy has at most {MAX_BYTES:,} bytes; this one is larger; {_ADVICE}"


def _character(character: str) -> str:
    kind = "the lone surrogate" if "\ud800" <= character <= "\udfff" else "the control character"
    return f"{kind} U+{ord(character):04X}"
