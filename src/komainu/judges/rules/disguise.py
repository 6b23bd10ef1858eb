"""What counts as a disguise of one phrase."""

import re
import unicodedata
from functools import lru_cache
from itertools import groupby
from typing import Any

import re2

from komainu.judges.rules.loose import CJK, KANA, LEET, LONG_MARKS

SHORTEST = 3  # letters of a phrase that is searched in disguise; shorter ones are everywhere
LONGEST = 1_000  # a longer one is searched in the plain and the lookalike view only
SHORTEST_KANA = 3  # of a phrase that may be drawn out within: biru is not biiru
EXPRESSION_BYTES = 64 << 20  # enough for the longest
KANA_CHAR = re.compile(f"[{KANA}]")
LEET_MARKS = frozenset("".join(LEET.values()))
UNBOUNDED = re.compile(  # scripts written without a space between words, or with endings joined on
    rf"[{CJK}\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\uac00-\ud7af]"
)


def disguised(stretch: str, form: str, *, spaced: bool) -> tuple[int, int] | None:
    """Where in a stretch of joined text the phrase `form` stands, disguised or plain; None where it does not.

    `spaced` says whether its words are apart, as written, or all its letters were spelled out in one run.
    """
    if len(stretch) < len(form) - (0 if spaced else form.count(" ")):
        return None
    found = _expression(form, spaced).search(stretch)
    if found is None:
        return None
    start, end = found.span()
    return (start, end) if _reads_as_words(stretch[start:end], form, spaced=spaced) else None


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` neither begins nor ends within a word."""
    return not (_within_word(text, start) or _within_word(text, end))


def is_whole_disguise(text: str, start: int, end: int) -> bool:
    """The same where signs of the stretch stand for letters: `@ss` is not whole in `p@ss`."""
    before = start > 0 and _is_bounded(text[start - 1]) and _is_bounded_or_leet(text[start])
    after = end < len(text) and _is_bounded(text[end]) and _is_bounded_or_leet(text[end - 1])
    return not (before or after)


def is_mail_address(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is the middle of a mail address, whose @ is no letter."""
    return "@" in text[start:end] and text[end : end + 1] == "." and text[end + 1 : end + 2].isalnum()


def _within_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and _is_bounded(text[position - 1]) and _is_bounded(text[position])


def _is_bounded_or_leet(char: str) -> bool:
    return char in LEET_MARKS or _is_bounded(char)


def _is_bounded(char: str) -> bool:
    """Whether the character belongs to a word that ends at a space or a sign."""
    if char.isascii():
        return char.isalnum()
    return _is_bounded_letter(char)


@lru_cache(maxsize=4096)
def _is_bounded_letter(char: str) -> bool:
    letter = char.isalnum() or unicodedata.category(char).startswith("M")
    return letter and not UNBOUNDED.match(char)


@lru_cache(maxsize=4096)
def _expression(form: str, spaced: bool) -> Any:
    """The RE2 expression of the disguises: of each letter as many as written, or three and more, or all doubled."""
    long = f"[{LONG_MARKS}]*" if len(KANA_CHAR.findall(form)) >= SHORTEST_KANA else ""
    runs = [(char, len(list(run))) for char, run in groupby(form) if spaced or char != " "]
    choices = ["".join(_run(char, count, long) for char, count in runs)]
    if len(runs) >= SHORTEST:
        choices.append("".join(_run(char, max(count, 2), long) for char, count in runs))
    options = re2.Options()
    options.longest_match = True
    options.max_mem = EXPRESSION_BYTES
    options.log_errors = False
    return re2.compile("|".join(choices), options)


def _run(char: str, count: int, long: str) -> str:
    if char == " ":
        return " "
    if char in LONG_MARKS:
        return f"[{LONG_MARKS}]+"
    one = "[" + "".join(map(re2.escape, char + LEET.get(char, ""))) + "]"
    many = f"(?:{one}|{one}{{3,}})" if count == 1 else f"{one}{{{count},}}"
    return many + (long if KANA_CHAR.match(char) else "")


def _reads_as_words(stretch: str, form: str, *, spaced: bool) -> bool:
    """Whether every word of the stretch that is not as written still has letters enough to be read as one."""
    words, written = (stretch.split(" "), form.split(" ")) if spaced else ([stretch], [form.replace(" ", "")])
    return all(word == own or _is_readable(word) for word, own in zip(words, written, strict=True))


def _is_readable(word: str) -> bool:
    """A number is not a word: 50 is not `so`, a55 is a road."""
    letters = sum(char.isalpha() for char in word)
    digits = sum(char.isdigit() for char in word)
    return letters >= 2 or letters == 1 >= digits
