"""YAML front matter as text values, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from komainu.policies.source import Place, Source

Tree = str | None | list["Tree"] | dict[str, "Tree"]
Path = tuple[str | int, ...]

_MAX_DEPTH = 6
_MAX_CHARACTERS = 250_000  # parsing takes about a second for that many
_WORDS_WITH_COLON = re.compile(r"((?:title|domain|owner|description): +)([^\s'\"\[{>|#&*!%@`].*?:\s.*?)\s*")
_NULLS = {"", "~", "null", "Null", "NULL"}
_HINTS = {
    "mapping values are not allowed here": "quote a value that holds a colon and a space",
    "found character '\\t' that cannot start any token": "indent with spaces",
    "found unexpected end of stream": "a quote is never closed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Yaml:
    """The keys and values of a front matter.

    Every scalar is the text that was written (`007` and `no` stay as they are), or None where nothing was; what reads
    it decides on the type. Places are found by path: `("rules", "SP1", "phrases", 0)`.
    """

    data: dict[str, Tree]
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    start: Place

    def place(self, path: Path) -> Place:
        """Where the value of a path stands, or the nearest thing above it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.values:
                return self.values[path[:length]]
        return self.start


def read_yaml(source: Source, end: int) -> Yaml:
    """The front matter between line 1 (`---`) and line `end` (the closing `---`)."""
    block = "\n".join(map(_quoted, source.lines[1 : end - 1]))
    if len(block) > _MAX_CHARACTERS:
        raise source.at(1).error(
            f"a front matter has at most {_MAX_CHARACTERS:,} characters; got {len(block):,}; use list files"
        )
    yaml = Yaml(data={}, start=source.at(1))
    try:
        _Reader(source, yaml).read(YAML(typ="safe", pure=True).parse(block))
    except MarkedYAMLError as error:
        problem = str(error.problem)
        hint = f"; {_HINTS[problem]}" if problem in _HINTS else ""
        place = _place(source, error.problem_mark or error.context_mark)
        raise place.error(f"the front matter is not valid YAML: {problem}{hint}") from None
    except YAMLError as error:
        reason = str(error).splitlines()[0]
        raise source.at(1).error(f"the front matter is not valid YAML: {reason}") from None
    return yaml


def _quoted(line: str) -> str:
    """The line with its value in quotes where it is words with a colon in them, as titles are: YAML would refuse it."""
    if not (found := _WORDS_WITH_COLON.fullmatch(line)) or " #" in line:
        return line
    doubled = found[2].replace("'", "''")
    return f"{found[1]}'{doubled}'"


def _place(source: Source, mark: object) -> Place:
    line, column = getattr(mark, "line", -1), getattr(mark, "column", 0)
    return source.at(min(line + 2, len(source.lines)), column + 1)


class _Reader:
    """Builds values from parse events, so that nothing is expanded before it has been checked."""

    def __init__(self, source: Source, yaml: Yaml) -> None:
        self._source, self._yaml = source, yaml

    def read(self, events: Iterator[Event]) -> None:
        for event in events:
            if not isinstance(event, NodeEvent):
                continue
            if not isinstance(event, MappingStartEvent):
                raise self._at(event).error("expected `key: value` lines in the front matter")
            self._check(event, ())
            self._yaml.data.update(self._mapping(events, ()))

    def _value(self, event: Event, events: Iterator[Event], path: Path) -> Tree:
        self._check(event, path)
        self._yaml.values[path] = self._at(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        value = _scalar(event)
        if value is None and path in self._yaml.keys:
            self._yaml.values[path] = self._yaml.keys[path]  # nothing was written; the mark is that of what follows
        return value

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            self._check(event, path)
            if not isinstance(event, ScalarEvent):
                raise self._at(event).error("a key is a word")
            key = str(event.value)
            if key in found:
                raise self._at(event).error(f"the key {key!r} is given twice; keep one")
            self._yaml.keys[(*path, key)] = self._at(event)
            found[key] = self._value(next(events), events, (*path, key))
        return found

    def _sequence(self, events: Iterator[Event], path: Path) -> list[Tree]:
        found: list[Tree] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            found.append(self._value(event, events, (*path, len(found))))
        return found

    def _check(self, event: Event, path: Path) -> None:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise self._at(event).error("anchors and aliases (& and *) are not read; quote the value or write it out")
        if getattr(event, "tag", None):
            raise self._at(event).error("tags (!) are not read; quote the value or leave the tag out")
        if len(path) > _MAX_DEPTH:
            raise self._at(event).error("nested too deeply for a front matter")

    def _at(self, event: Event) -> Place:
        return _place(self._source, event.start_mark)


def _scalar(event: Event) -> str | None:
    value = str(getattr(event, "value", ""))
    quoted = getattr(event, "style", None) in {"'", '"', "|", ">"}
    return None if value in _NULLS and not quoted else value
