"""What one character is in the plain and in the lookalike view."""

import unicodedata
from collections.abc import Callable
from importlib.resources import files

BLANKS = "\u2800\u3164\uffa0"  # shown as a gap, yet not white space to Unicode
VOICED = {"\u309b": "\u3099", "\u309c": "\u309a"}  # the free-standing dakuten and handakuten
IGNORED = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f™℠®©")
SMALLEST_KATAKANA, LARGEST_KATAKANA, TO_HIRAGANA = 0x30A1, 0x30F6, -0x60
KEPT_MARKS = frozenset({0, 7, 8, 9})  # combining classes that spell: vowel signs, nukta, kana voicing, virama
CACHE_SIZE = 20_000  # characters; a text with more different ones is folded a little slower


class Folds(dict[str, str]):
    """A character's fold, worked out once: a mapping with bounded memory."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__()
        self._fold = fold

    def __missing__(self, char: str) -> str:
        folded = self._fold(char)
        if len(self) < CACHE_SIZE:
            self[char] = folded
        return folded


def plain_fold(char: str) -> str:
    """What stands for one character in the plain view: nothing, one character or several."""
    if char.isspace() or char in BLANKS:
        return " "
    if char in VOICED:
        return VOICED[char]
    if _is_invisible(char):
        return ""
    compatible = unicodedata.normalize("NFKC", char)
    return "".join(_hiragana(part) for part in _unmarked(compatible.casefold()))


def lookalike_fold(char: str) -> str:
    """What stands for one character in the lookalike view.

    The table is asked about the letter as written before its lower case: a Greek capital eta looks like H, a small one
    like n.
    """
    if char in LOOKALIKES:
        return LOOKALIKES[char]
    folded = PLAIN[char]
    if folded.isascii():
        return folded
    compatible = unicodedata.normalize("NFKC", char)
    if compatible in LOOKALIKES:
        return LOOKALIKES[compatible]
    return "".join(LOOKALIKES.get(part, part) for part in folded)


def _is_invisible(char: str) -> bool:
    """Controls, formatting and bidirectional marks, variation selectors, tags and the rest of plane 14."""
    kind = unicodedata.category(char)
    return (
        kind in {"Cf", "Cc"} or char in IGNORED or "\ufe00" <= char <= "\ufe0f" or "\U000e0000" <= char <= "\U000e0fff"
    )


def _unmarked(text: str) -> str:
    """`text` without accents, in composed form; marks that are letters of their script stay."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFD", text)
    letters = (char for char in decomposed if not _is_accent(char))
    return unicodedata.normalize("NFC", "".join(letters))


def _is_accent(char: str) -> bool:
    return unicodedata.category(char) == "Me" or unicodedata.combining(char) not in KEPT_MARKS


def _hiragana(char: str) -> str:
    code = ord(char)
    return chr(code + TO_HIRAGANA) if SMALLEST_KATAKANA <= code <= LARGEST_KATAKANA else char


def _read_table() -> tuple[str, dict[str, str]]:
    """The version of the standard's data, and the ASCII form of each lookalike."""
    version = ""
    table: dict[str, str] = {}
    for line in files(__package__).joinpath("confusables.tsv").read_text(encoding="utf-8").splitlines():
        head, _, rest = line.partition("\t")
        if head == "# version":
            version = rest
        elif not line.startswith("#"):
            table |= {chr(int(point, 16)): head for point in rest.split()}
    return version, table


TABLE_VERSION, LOOKALIKES = _read_table()
PLAIN = Folds(plain_fold)
LOOKALIKE = Folds(lookalike_fold)
