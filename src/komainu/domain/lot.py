"""Draws that nobody can choose or repeat until they please: by the hash of what is drawn for."""

from komainu.domain.digest import digest_of

_DIGITS = 13  # hexadecimal: 52 bits, what a fraction holds exactly


def lot(*drawn_for: str) -> float:
    """A number from 0 up to 1, always the same for the same names, as good as random over different ones."""
    return int(digest_of("lot", *drawn_for)[:_DIGITS], 16) / 16.0**_DIGITS
