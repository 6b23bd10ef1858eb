"""What holds for any text, any phrase and any mixture of disguises."""

import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from komainu.domain import Content, Rulebook, Verdict
from komainu.judges.opinions import usable
from komainu.judges.rules import RulesJudge
from tests.judges.rules.books import one_clause
from tests.strategies import rulebooks, texts

JUDGE = RulesJudge()
ENGLISH = one_clause(phrases=("free crypto",), words=("followers",))
JAPANESE = one_clause(phrases=("ばかやろう", "無料プレゼント"))
NASTY = one_clause(
    phrases=("free crypto", "ばか", "a b", "№5", "ß"), words=("s", "あ"), patterns=("x*", "(?i)A|$", r"\s.", "[^a]{3}")
)

LOOKALIKE = dict(zip("cefloprstw", ("сϲᏟ", "еεᎬ", "ƒꓝ", "ⅼℓ", "оοօ", "рρᏢ", "гᖇ", "ѕՏ", "тτ", "ѡԝ"), strict=True))
LEET = {"e": "3€", "o": "0", "l": "1|", "s": "5$", "t": "7+"}
ACCENTS = st.text("\u0300\u0301\u0336\u0488\u20dd", max_size=2)
INVISIBLE = st.text("\u200b\u200d\u2060\u00ad\u202e\ufe0f\U000e0062\x00", max_size=2)
SEPARATORS = st.sampled_from((" ", "  ", ".", "-", " . ", "*", "_", "\n", "\u3000", "・"))
NEUTRAL = st.text("xyz .,?!()\n\u200b🦊あい無5", max_size=20)


@st.composite
def letters(draw: st.DrawFn, char: str, leet: bool) -> str:
    """One letter in disguise."""
    choices = [char, char.upper(), chr(ord(char) - ord("a") + ord("ａ")), chr(ord(char) - ord("a") + 0x1D4EA)]
    choices += LOOKALIKE.get(char, "")
    if leet:
        choices += LEET.get(char, "")
    return draw(st.sampled_from(choices)) + draw(ACCENTS)


@st.composite
def disguises(draw: st.DrawFn, phrase: str) -> str:
    """A phrase with letters replaced and repeated, invisible characters between them, and perhaps spelled out."""
    words = []
    for word in phrase.split():
        shown = [draw(letters(char, leet=place > 1)) for place, char in enumerate(word)]
        places = draw(st.sets(st.integers(0, len(word) - 1), max_size=2))
        words.append([one * 4 if place in places else one for place, one in enumerate(shown)])
    spelled = draw(st.booleans())
    between = draw(SEPARATORS) if spelled else ""
    shown_words = [draw(_threaded([*"".join(word)] if spelled else word, between)) for word in words]
    return (between if spelled else " ").join(shown_words)


@st.composite
def _threaded(draw: st.DrawFn, parts: list[str], between: str) -> str:
    """The parts with separators and invisible characters between, marks staying with what they mark."""
    joined = parts[0]
    for part in parts[1:]:
        is_mark = unicodedata.category(part[0]).startswith("M")
        joined += part if is_mark else draw(INVISIBLE) + between + part
    return joined


@st.composite
def japanese_disguises(draw: st.DrawFn, phrase: str) -> str:
    """A Japanese phrase in other kana, drawn out, with gaps and invisible characters."""
    forms = []
    for char in phrase:
        katakana = chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char
        hiragana = chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char
        options = {char, katakana, hiragana, unicodedata.normalize("NFD", katakana)}
        options |= {_half_width(katakana), unicodedata.normalize("NFD", hiragana).replace("\u3099", "゛")}
        forms.append(draw(st.sampled_from(sorted(options))))
    gap = draw(st.sampled_from(("", " ", "\u3000", "\n")))
    long = draw(st.sampled_from(("", "ー", "〜〜"))) if phrase == "ばかやろう" and not gap else ""
    return (long + draw(INVISIBLE) + gap).join(forms)


HALF_WIDTH = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF66, 0xFF9E)}


def _half_width(char: str) -> str:
    decomposed = unicodedata.normalize("NFD", char)
    mark = {"\u3099": "ﾞ", "\u309a": "ﾟ"}.get(decomposed[1:], "")
    return HALF_WIDTH.get(decomposed[0], decomposed[0]) + mark


@settings(deadline=None)
@given(before=NEUTRAL, after=NEUTRAL, phrase=st.sampled_from(("free crypto", "followers")))
async def test_a_phrase_is_quoted_exactly(before: str, after: str, phrase: str) -> None:
    await _found(ENGLISH, f"{before} ", phrase, f" {after}")


@settings(max_examples=300, deadline=None)
@given(before=NEUTRAL, after=NEUTRAL, shown=disguises("free crypto") | disguises("followers"))
@example(before="", after="", shown="f r 3 3 3 3 c r y p t 0")
@example(before="", after="", shown="follow€€€€r$$$$")
async def test_a_disguised_phrase_is_found_and_quoted(before: str, after: str, shown: str) -> None:
    await _found(ENGLISH, f"{before}? ", shown, f" ?{after}")


@settings(max_examples=200, deadline=None)
@given(before=NEUTRAL, after=NEUTRAL, shown=japanese_disguises("ばかやろう") | japanese_disguises("無料プレゼント"))
async def test_a_disguised_japanese_phrase_is_found_and_quoted(before: str, after: str, shown: str) -> None:
    await _found(JAPANESE, f"{before}？", shown, f"？{after}")


@settings(max_examples=200, deadline=None)
@given(text=texts(200))
@example(text="\u3099\u309a")
@example(text="ﾞｶﾞ" * 3)
@example(text="ßẞŉǰ㍿ﷺ")
@example(text="\ud800\udc00\x00")
async def test_any_text_gets_usable_opinions(text: str) -> None:
    content = Content(text=text)
    answer = await JUDGE.judge(content, NASTY.clauses, NASTY)
    assert usable(answer, judge=JUDGE.name, content=content, clauses=NASTY.clauses) == tuple(answer)


@settings(max_examples=40, deadline=None)
@given(text=texts(60), rulebook=rulebooks())
async def test_any_rulebook_gets_usable_opinions(text: str, rulebook: Rulebook) -> None:
    content = Content(text=text)
    answer = await JUDGE.judge(content, rulebook.clauses, rulebook)
    assert usable(answer, judge=JUDGE.name, content=content, clauses=rulebook.clauses) == tuple(answer)


@settings(deadline=None)
@given(phrase=st.text(st.characters(categories=("L", "N", "S", "P")), min_size=1, max_size=12), around=st.booleans())
async def test_any_visible_phrase_finds_itself(phrase: str, around: bool) -> None:
    rulebook = one_clause(phrases=(f"x{phrase}",))
    text = f"( x{phrase} )" if around else f"x{phrase}"
    [opinion] = await JUDGE.judge(Content(text=text), rulebook.clauses, rulebook)
    assert isinstance(opinion, Verdict)


async def _found(rulebook: Rulebook, before: str, shown: str, after: str) -> None:
    text = before + shown + after
    [opinion] = await JUDGE.judge(Content(text=text), rulebook.clauses, rulebook)
    assert isinstance(opinion, Verdict), text
    assert [(span.start, span.end) for span in opinion.evidence] == [(len(before), len(before) + len(shown))]
