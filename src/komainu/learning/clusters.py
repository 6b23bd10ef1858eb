"""Contents that nearly repeat each other: what was learnt from one is not measured on another.

MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3) over the
five-character pieces of the normalised text. Two contents belong together where their signatures agree in seven of ten
places, which estimates a Jaccard similarity of .7; so do all that are linked through others.
"""

import re
import unicodedata
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

PIECE = 5  # characters
BANDS, ROWS = 16, 4  # of a signature of 64: similar contents share a band, .7 in 99 of 100 pairs
ALIKE = 0.7
_PRIME = (1 << 31) - 1
_MOST = 4_000  # characters that are looked at
_SPACE, _DIGITS = re.compile(r"\s+"), re.compile(r"\d+")


def clusters(texts: Sequence[str]) -> list[int]:
    """For each text the place of the first one of its cluster."""
    if not texts:
        return []
    chance = np.random.default_rng(5)
    factors = chance.integers(1, _PRIME, (2, BANDS * ROWS), dtype=np.int64)
    signatures = np.array([_signature(text, factors) for text in texts])
    leaders = _Leaders(len(texts))
    for band in range(BANDS):
        first: dict[bytes, int] = {}
        for place, part in enumerate(signatures[:, band * ROWS : (band + 1) * ROWS]):
            other = first.setdefault(part.tobytes(), place)
            if other != place and (signatures[other] == signatures[place]).mean() >= ALIKE:
                leaders.join(other, place)
    return [leaders.of(place) for place in range(len(texts))]


def _signature(text: str, factors: NDArray[np.int64]) -> NDArray[np.int64]:
    normal = _DIGITS.sub("0", _SPACE.sub(" ", unicodedata.normalize("NFKC", text[:_MOST]).casefold())).strip()
    pieces = {normal[start : start + PIECE] for start in range(max(len(normal) - PIECE, 0) + 1)}
    hashes = np.array([crc32(piece.encode("utf-8", "surrogatepass")) % _PRIME for piece in pieces], np.int64)
    spread = (hashes[:, None] * factors[0] + factors[1]) % _PRIME  # below 2**62
    lowest: NDArray[np.int64] = spread.min(axis=0)
    return lowest


class _Leaders:
    """Disjoint sets; each is led by its first member."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def of(self, place: int) -> int:
        while self._above[place] != place:
            self._above[place] = self._above[self._above[place]]
            place = self._above[place]
        return place

    def join(self, one: int, other: int) -> None:
        first, second = sorted((self.of(one), self.of(other)))
        self._above[second] = first
