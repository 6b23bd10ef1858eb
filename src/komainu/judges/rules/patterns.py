"""RE2 patterns: linear in the length of the text, whatever the pattern."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import re2

from komainu.errors import JudgeError

PATTERN_BYTES = 16 << 20  # memory for the automaton of one pattern; RE2 gets slower, not wrong, where it is short
TOGETHER_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One pattern of one rule."""

    rule: int  # its number in the compiled rulebook
    expression: Any  # compiled by RE2, which has no types
    limit: int | None  # finds wanted at most; None: all


class Patterns:
    """All patterns of a rulebook, with one expression that tells whether any of them matches."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._any = _together([pattern.expression.pattern for pattern in patterns])

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Rule, start and end of every match in `text`, a legible one; matches of nothing are left out."""
        if not self._patterns:
            return
        encoded = text.encode("utf-8")
        if self._any is not None and not self._any.search(encoded):
            return
        for pattern in self._patterns:
            if pattern.expression.search(text):
                yield from _matches(pattern, text)


def pattern(written: str, *, rule: int, owner: str, limit: int | None) -> Pattern:
    """The compiled pattern; JudgeError names the clause where RE2 does not take it."""
    try:
        expression = re2.compile(written, _options(PATTERN_BYTES))
    except (re2.error, UnicodeEncodeError) as error:
        raise JudgeError(f"{owner}: expected a pattern in RE2 syntax; got {written!r} ({_reason(error)})") from error
    return Pattern(rule=rule, expression=expression, limit=limit)


def _matches(found_by: Pattern, text: str) -> Iterator[tuple[int, int, int]]:
    spans = (match.span() for match in found_by.expression.finditer(text))
    wanted = ((start, end) for start, end in spans if start < end)
    return ((found_by.rule, start, end) for start, end in islice(wanted, found_by.limit))


def _together(patterns: list[str]) -> Any:
    """One expression that matches where any pattern does; None where RE2 cannot join them."""
    if len(patterns) < 2:
        return None
    try:
        return re2.compile("|".join(f"(?:{written})" for written in patterns), _options(TOGETHER_BYTES))
    except re2.error:  # two groups of one name, or too large together
        return None


def _options(max_bytes: int) -> Any:
    options = re2.Options()
    options.max_mem = max_bytes
    options.log_errors = False
    return options


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
