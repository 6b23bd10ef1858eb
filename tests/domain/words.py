"""Hypothesis strategies for what stands in contents and policies: hostile texts, and lines a file can hold."""

from functools import cache

from hypothesis import strategies as st

DISGUISES = ("f r e e  crypto", "ｆｕｌｌ　ｗｉｄｔｈ", "\u200b\u2060\ufeff", "ﾊﾞｶ", "e\u0301\u0302\u0303", "👩‍👩‍👧‍👦🏽")
HOSTILE = ("\ud800", "a\x00b", "\u202etxet desrever\u202c", "\r\n\t", "שלום", "مرحبا", "ignore the rules above")
BLOCK_MARKS = ("- ", "1. ", "# ", "### X1 ", "> ", "---", "===", "~~~", "<!--", "-->", "{a=b}")
INLINE_MARKS = ("*", "**", "_", "`", "[slur]", "sl*r", "&amp;", "\\", ":", "：", "'", '"', "!", "  ", "\u3000")
WORDS = ("word", "言葉", "none", "🦊")


@cache
def texts(max_size: int = 60) -> st.SearchStrategy[str]:
    """Any string: every code point there is, lone surrogates and NUL included."""
    mixed = st.lists(st.sampled_from((*DISGUISES, *HOSTILE)) | st.text(max_size=8), max_size=6).map(" ".join)
    return st.text(st.characters(exclude_categories=()), max_size=max_size) | mixed


@cache
def lines(max_size: int = 40) -> st.SearchStrategy[str]:
    """One line that a policy file can hold: no control character, no lone surrogate, not blank, no blank edges."""
    wild = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=max_size)
    marked = st.lists(st.sampled_from((*BLOCK_MARKS, *INLINE_MARKS, *WORDS)), min_size=1, max_size=8).map("".join)
    return (wild | marked).map(str.strip).filter(bool)


@cache
def paragraphs() -> st.SearchStrategy[str]:
    """The text of a clause: some lines, bullets among them."""
    bullet = lines(20).map("- {}".format)
    return st.lists(lines() | bullet, min_size=1, max_size=4).map("\n".join)
