"""Which pieces of the XLM-R vocabulary the judge keeps: what English, Japanese and common symbols need.

A piece stays where a training text uses it, or where it is one of the best-scored pieces written in ASCII letters or in
kana and the kanji of Japanese character sets. Every single character of those scripts stays too, so that whatever was
cut is still spelt from smaller pieces; other scripts become the unknown piece, and the judge abstains on them.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tokenizers import Tokenizer

ASCII_PIECES = 26_000  # best-scored pieces of ASCII letters kept, whether a training text uses them or not
JAPANESE_PIECES = 14_000  # the same for pieces of kana and Japanese kanji
SPACE = "▁"
_SPECIAL = 4  # <s>, <pad>, </s>, <unk> come first


def kept_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> list[int]:
    """Rows of the old vocabulary that stay, in order; their rank is their new id."""
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    kept = set(range(_SPECIAL)) | _used(tokenizer, texts)
    ascii_pieces = japanese = 0
    for row, (piece, _) in enumerate(vocabulary):  # best-scored first
        if row < _SPECIAL:
            continue
        letters = piece.replace(SPACE, "")
        if len(letters) <= 1 and _readable(letters):
            kept.add(row)
        elif letters.isascii():
            ascii_pieces += 1
            if ascii_pieces <= ASCII_PIECES:
                kept.add(row)
        elif _japanese(letters):
            japanese += 1
            if japanese <= JAPANESE_PIECES:
                kept.add(row)
    return sorted(kept)


def pruned(tokenizer: Tokenizer, kept: Sequence[int]) -> Tokenizer:
    """The tokenizer with only the pieces in `kept`, numbered anew."""
    described: dict[str, Any] = json.loads(tokenizer.to_str())
    vocabulary = described["model"]["vocab"]
    described["model"]["vocab"] = [vocabulary[row] for row in kept]
    described["added_tokens"] = [token for token in described["added_tokens"] if token["id"] < _SPECIAL]
    return Tokenizer.from_str(json.dumps(described, ensure_ascii=False))


def _used(tokenizer: Tokenizer, texts: Iterable[str]) -> set[int]:
    counts: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        counts.update(encoding.ids)
    return set(counts)


def _readable(letters: str) -> bool:
    return not letters or letters.isascii() or _japanese(letters) or not letters.isalpha()


def _japanese(letters: str) -> bool:
    try:
        letters.encode("euc_jp")
    except UnicodeEncodeError:
        return False
    return any(unicodedata.name(letter, "").startswith(("HIRAGANA", "KATAKANA", "CJK")) for letter in letters)
