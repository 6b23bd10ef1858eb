"""The loose view: spelled-out words joined, leetspeak read as letters, repeats squeezed."""

import re

from komainu.judges.rules.views import View, drop, edited, unchanged

# What stands in for a letter, and for how it is drawn: 1 may be i or l, so both are the class i.
LEET = {"a": "4@", "b": "8", "c": "¢", "e": "3€", "g": "9", "i": "1!|", "l": "1|£", "o": "0", "s": "5$", "t": "7+"}
CLASSES = str.maketrans({mark: letter for letter, marks in LEET.items() for mark in marks} | {"1": "i", "|": "i"})
CLASSES |= str.maketrans({"l": "i", "£": "i", "〜": "ー", "〰": "ー"})
LONG_MARKS = "ー〜〰"

CJK = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u309d\u309e"
WORD = r"[^\W_]"
# Letters alone, three or more, with a gap or signs between them; commas and the like separate the items of a list.
# Everything is possessive, so time stays linear.
ONE = rf"(?:[^\W_]|[@$€¢£!|+])(?!{WORD})"
AGAIN = r"(?!(?<=@)@|(?<=\$)\$|(?<=€)€|(?<=¢)¢|(?<=£)£|(?<=\+)\+)"  # a sign repeated is one letter, drawn out
SEPARATOR = rf"(?> ?[-._*~·•・] ?|{AGAIN}[^\w\s,;、。]{{1,2}}| )"
SPELLED = rf"(?<!{WORD}){ONE}(?>{SEPARATOR}{ONE}){{2,}}+"
CJK_GAP = rf"(?<=[{CJK}]) (?=[{CJK}])"
# free-crypto, free_crypto, *free* crypto; not `free - crypto`, which is two thoughts.
WORD_GAP = rf"(?<={WORD})(?:[-_]{{1,2}}|[*~_]{{1,3}} ?[*~_]{{0,3}}| [*~_]{{1,3}})(?={WORD})"
JOINTS = re.compile(rf"(?P<spelled>{SPELLED})|(?P<cjk>{CJK_GAP})|{WORD_GAP}")
NEXT_SEPARATOR = re.compile(SEPARATOR)
SAME_AGAIN = re.compile(r"ー++|(.)(?:ー*+\1)++")
# Without one of these a loose view finds nothing that the lookalike view did not. Each comes with a quicker search for
# texts that cannot have it.
LEET_SIGN = re.compile(r"[0-9@$€¢£|+!]")
LEET_WORD = re.compile(r"[^\W\d_][0-9@$€¢£|+]|[0-9@$€¢£|+!][^\W\d_]")
REPEATED = re.compile(r"(.)\1\1|(.)\2(.)\3(.)\4")
ALONE = re.compile(rf"(?:^|[\W_]){WORD}(?:[\W_]|$)")
SPELLED_OUT = re.compile(SPELLED)
DRAWN_OUT = re.compile(rf"[{KANA}][{LONG_MARKS}]")
CJK_APART = re.compile(CJK_GAP)
SIGN = re.compile(r"[-_*~]")
WORDS_APART = re.compile(WORD_GAP)


def may_be_disguised(text: str) -> bool:
    """Whether the loose view of this lookalike text could show more than the text does."""
    return bool(
        (LEET_SIGN.search(text) and LEET_WORD.search(text))
        or REPEATED.search(text)
        or (not text.isascii() and DRAWN_OUT.search(text))
        or _has_joints(text)
    )


def joined(text: str) -> View:
    """A lookalike text with letters set apart joined, and words that only signs hold apart set apart by a space."""
    return edited(unchanged(text), JOINTS, _join) if _has_joints(text) else unchanged(text)


def skeleton(text: str) -> View:
    """A joined text with each character as its class, repeats and long vowel marks gone.

    `origin` has one entry more than the text has characters: the end.
    """
    view = edited(unchanged(text.translate(CLASSES)), SAME_AGAIN, _squeeze)
    return View(text=view.text, origin=[*view.origin, len(text)])


def bones(text: str) -> str:
    """The text of the skeleton of `text`."""
    return SAME_AGAIN.sub(r"\1", text.translate(CLASSES))


def _has_joints(text: str) -> bool:
    return bool(
        (ALONE.search(text) and SPELLED_OUT.search(text))
        or (SIGN.search(text) and WORDS_APART.search(text))
        or (not text.isascii() and CJK_APART.search(text))
    )


def _join(match: re.Match[str], chars: list[str], kept: bytearray) -> None:
    start, end = match.span()
    if match["spelled"] is not None:
        _join_spelled(match[0], start, kept)
    elif match["cjk"] is not None:
        drop(kept, start, end)
    else:
        chars[start] = " "
        drop(kept, start + 1, end)


def _squeeze(match: re.Match[str], chars: list[str], kept: bytearray) -> None:  # noqa: ARG001 - an Edit
    drop(kept, match.start() + (match[1] is not None), match.end())


def _join_spelled(text: str, offset: int, kept: bytearray) -> None:
    """Drop every separator of a spelled-out stretch: one follows each letter but the last."""
    position = 1
    while separator := NEXT_SEPARATOR.match(text, position):
        drop(kept, offset + separator.start(), offset + separator.end())
        position = separator.end() + 1
