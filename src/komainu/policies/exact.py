"""Exact rules as written: lists read in, patterns and hashes checked."""

import posixpath
import re
from collections.abc import Callable, Iterator

import re2

from komainu.domain import ExactRules
from komainu.policies.draft import RulesDraft
from komainu.policies.frontmatter import FrontMatter, RulesPart
from komainu.policies.source import Place, Source, decode
from komainu.policies.yaml import Path, Yaml

Read = Callable[[str, str], bytes]  # a file's bytes by path; where the second is not empty, only inside that folder

_HASH = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")


def read_rules(source: Source, head: FrontMatter, yaml: Yaml, read: Read | None) -> tuple[RulesDraft, ...]:
    """The exact rules of a front matter, by clause."""
    return tuple(
        RulesDraft(
            place=yaml.keys[("rules", clause_id)],
            id=clause_id,
            rules=ExactRules(
                phrases=(*part.phrases, *_listed(source, clause_id, part, yaml, read)),
                words=tuple(_word(yaml, ("rules", clause_id, "words", n), word) for n, word in enumerate(part.words)),
                patterns=tuple(
                    _pattern(yaml.place(("rules", clause_id, "patterns", n)), one)
                    for n, one in enumerate(part.patterns)
                ),
                hashes=tuple(
                    _hash(yaml.place(("rules", clause_id, "hashes", n)), one) for n, one in enumerate(part.hashes)
                ),
            ),
        )
        for clause_id, part in head.rules.items()
    )


def pattern_options() -> re2.Options:
    """How the patterns of policies are compiled: errors are raised, not logged."""
    options = re2.Options()
    options.log_errors = False
    return options


def _word(yaml: Yaml, path: Path, word: str) -> str:
    if len(word.split()) != 1:
        raise yaml.place(path).error(f"expected one word; got {word!r}; put it under phrases")
    return word.strip()


def _pattern(place: Place, pattern: str) -> str:
    try:
        re2.compile(pattern, pattern_options())
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise place.error(f"the pattern is not RE2: {reason}") from None
    return pattern


def _hash(place: Place, written: str) -> str:
    if not (found := _HASH.fullmatch(written)):
        raise place.error(f"expected a SHA-256 as 64 hex digits; got {written!r}")
    return found[1].lower()


def _listed(source: Source, clause_id: str, part: RulesPart, yaml: Yaml, read: Read | None) -> Iterator[str]:
    for number, name in enumerate(part.lists):
        place = yaml.place(("rules", clause_id, "lists", number))
        yield from _phrases(read_beside(source, name, place, read, inside=True), name)


def read_beside(source: Source, name: str, place: Place, read: Read | None, *, inside: bool) -> bytes:
    """The bytes of a file named relative to the policy; PolicyError at `place` where that cannot be had."""
    if read is None:
        raise place.error(f"{name} cannot be read here; give the policy as a folder, or write its content out")
    folder = posixpath.dirname(source.path)
    if posixpath.isabs(name) or "\\" in name:
        raise place.error(f"expected a path relative to the policy, with forward slashes; got {name!r}")
    if inside and posixpath.normpath(name).startswith(".."):
        raise place.error(f"{name} leads out of the policy's folder; put the file beside the policy")
    try:
        return read(beside(source, name), (folder or ".") if inside else "")
    except OSError as error:
        raise place.error(f"{name} cannot be read: {error.strerror or error}") from None


def beside(source: Source, name: str) -> str:
    """The path of a file named relative to the policy."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(source.path), name))


def _phrases(data: bytes, path: str) -> list[str]:
    lines = decode(data, path).removeprefix("\ufeff").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
