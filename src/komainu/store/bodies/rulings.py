"""Rulings <-> one letter per clause: c(lear), v(iolated), o(pen); a capital where the clause holds the content."""

from collections.abc import Collection, Mapping, Sequence

from komainu.domain import Ruling

_LETTERS = {Ruling.CLEAR: "c", Ruling.VIOLATED: "v", Ruling.OPEN: "o"}
_RULINGS = {letter: ruling for ruling, letter in _LETTERS.items()}


def write_rulings(rulings: Mapping[str, Ruling], holding: Collection[str] = ()) -> str:
    """One letter per ruling, in order."""
    held = set(holding)
    return "".join(_LETTERS[ruling].upper() if key in held else _LETTERS[ruling] for key, ruling in rulings.items())


def read_rulings(keys: Sequence[str], letters: str) -> dict[str, Ruling]:
    """The rulings; keys beyond the last letter are not ruled on."""
    return {key: _RULINGS[letter.lower()] for key, letter in zip(keys, letters, strict=False)}
