"""Whether the embedded judge can read a text at all: English or Japanese, prose, undisguised."""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from komainu.judges.embedded.calibration import LANGUAGES

MAX_CHARS = 200_000  # about 1,000 windows, five seconds on one core
MIN_LETTERS = 0.5  # of the characters that are not white space

_READ = ("LATIN", "HIRAGANA", "KATAKANA", "CJK", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC", "PROLONGED")
_STRETCH = 600  # characters looked at together
MAX_OTHER = 0.1  # of the letters, in other scripts than Latin, kana and kanji
KANJI_ALONE = 16  # kanji of a stretch without any kana
MIN_COMMON = 1 / 12  # of the words of a stretch in Latin letters
FEW_WORDS = 5
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
_ENCODED = re.compile(r"(?=[^\Wa-z_]*[a-z])(?=[^\WA-Z_]*[A-Z])(?=[^\W\d_]*\d)[A-Za-z0-9+]{32,}")
_SPELLED = re.compile(r"(?<![^\W_])(?:[^\W\d_][\s._*-]{1,3}){4,}[^\W\d_](?![^\W_])")  # five lone letters in a row


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
    if _without_kana(stretch):
        return "the text does not read like Japanese (kanji without kana)"
    if other > MAX_OTHER * letters:
        return "the text is in a script this judge was not calibrated on (it reads English and Japanese)"
    if letters < MIN_LETTERS * shown:
        return "the text is mostly not words"
    if _ENCODED.search(stretch):
        return "the text holds letters and digits that look like encoded data"
    if _SPELLED.search(stretch):
        return "the text is spelled out letter by letter"
    return _not_english(stretch) if latin > letters / 2 else ""


def _not_english(stretch: str) -> str:
    """Whether a stretch of Latin letters lacks the small words that no English prose does without.

    A few words may do without them; then any word that is known to be English will do.
    """
    words = _WORD.findall(stretch.lower())
    known = COMMON if len(words) > FEW_WORDS else _english()
    common = sum(word in known for word in words)
    return "" if common >= MIN_COMMON * len(words) else "the text does not read like English"


@cache
def _english() -> frozenset[str]:
    """Words of everyday English: the small ones, and those of the ordinary texts."""
    words = _WORD.findall(files("komainu.judges.embedded").joinpath("ordinary.txt").read_text("utf-8").lower())
    return COMMON | {word for word in words if word.isascii()}


def foreign(rule: str, language: str) -> str:
    """Why the words of a clause are in no language that this judge reads, or nothing."""
    if language.split("-", maxsplit=1)[0].lower() not in LANGUAGES:
        return f"the policy is in a language this judge was not trained on ({language}; it reads English and Japanese)"
    letters = [character for character in rule if character.isalpha()]
    other = sum(not unicodedata.name(character, "").startswith(_READ) for character in letters)
    if other > MAX_OTHER * len(letters):
        return "the clause is in a script this judge was not trained on (it reads English and Japanese)"
    if _without_kana(rule):
        return "the clause does not read like Japanese (kanji without kana)"
    return ""


def _without_kana(text: str) -> bool:
    """Whether a text has so many kanji that it is another language than Japanese, which would have kana among them."""
    kanji = 0
    for character in text:
        if "\u3040" <= character <= "\u30ff" or "\uff66" <= character <= "\uff9f":
            return False
        kanji += "\u4e00" <= character <= "\u9fff"
    return kanji >= KANJI_ALONE
