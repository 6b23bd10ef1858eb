"""The words of a text that say what it is about, cut so that forms of one word are one: for rough comparisons."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

_STEM = 5  # letters; sells and selling, threat and threaten meet, and few other words do
_LATIN = re.compile(r"[^\W\d_]{3,}", re.ASCII)
_JAPANESE = re.compile(r"[㐀-鿿々〆]+|[ァ-ヺー]+")
_STOP = frozenset(
    re.findall(
        r"\w+",
        """
        about after again all also although and any are been before being both but can cannot could did does doing for
        from had has have her here hers him his how into its itself just may might more most must nor not off one only
        onto other our ours out over own same shall she should some such than that the their theirs them then there
        these they this those through too under until upon very was were what when where whether which while who whom
        whose why will with within without would you your yours
        """,
    )
)


def stems(text: str) -> frozenset[str]:
    """English words without endings and without such as mean little; Japanese kanji and katakana in pairs.

    Hiragana mostly spell endings and particles, and are left out.
    """
    words = (word for word in _LATIN.findall(text.casefold()) if word not in _STOP)
    return frozenset((*map(_stem, words), *_pairs(_JAPANESE.findall(text))))


def rarity(texts: Iterable[str]) -> Mapping[str, float]:
    """For every stem of some texts, how much it tells them apart: log of (1 + texts) to texts that have it."""
    sets = [stems(text) for text in texts]
    counts = Counter(stem for one in sets for stem in one)
    return {stem: math.log((1 + len(sets)) / count) for stem, count in counts.items()}


def nearest(text: str, others: Mapping[str, str]) -> str:
    """The key of the text in `others` that shares the most telling stems with `text`; empty where none shares any.

    Shared stems weigh by how few of the others have them, against the length of the other text.
    """
    weights = rarity(others.values())
    said = stems(text)
    scores = {key: _score(said, stems(other), weights) for key, other in others.items()}
    best = max(scores, key=lambda key: scores[key], default="")
    return best if best and scores[best] > 0 else ""


def _score(said: frozenset[str], other: frozenset[str], weights: Mapping[str, float]) -> float:
    return sum(weights[stem] for stem in said & other) / math.sqrt(1 + len(other))


def _stem(word: str) -> str:
    """Stories and story, lives and live are one."""
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        word = word[:-1]
    word = word[:_STEM]
    return f"{word[:-1]}i" if word.endswith("y") else word


def _pairs(runs: Sequence[str]) -> Iterable[str]:
    for run in runs:
        yield from (run[place : place + 2] for place in range(max(1, len(run) - 1)))
