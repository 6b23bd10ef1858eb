"""Phrases are found through disguises, and the evidence is the disguised stretch; ordinary texts are left alone."""

import pytest

from komainu.judges.rules import RulesJudge
from tests.judges.rules.books import one_clause, quotes

PHRASES = ("free crypto", "buy followers", "sub4sub", "ばかやろう", "無料プレゼント", "kill the lights", "привет мир")
WORDS = ("ass", "cop", "god", "bet", "spam", "バカ", "sos")
BOOK = one_clause(phrases=PHRASES, words=("spam",))
STRICT = one_clause(phrases=("stay free crypto", "the rapist", "in so far", "びる"), words=(*WORDS, "bat", "met", "us"))
JUDGE = RulesJudge()

DISGUISED = {
    "as written": "free crypto",
    "capitals": "FREE Crypto",
    "full width": "ｆｒｅｅ　ｃｒｙｐｔｏ",
    "mathematical letters": "𝓯𝓻𝓮𝓮 𝕔𝕣𝕪𝕡𝕥𝕠",
    "circled letters": "ⓕⓡⓔⓔ ⓒⓡⓨⓟⓣⓞ",
    "negative squared letters": "🅵🆁🅴🅴 🅲🆁🆈🅿🆃🅾",
    "regional indicators": "🇫🇷🇪🇪 crypto",
    "superscript letters": "ᶠʳᵉᵉ ᶜʳʸᵖᵗᵒ",
    "Cyrillic lookalikes": "frее сrурtо",
    "Greek lookalikes": "frεε cryρτο",
    "Cherokee and Lisu lookalikes": "fᎡᎬᎬ ꓚrypto",
    "Canadian lookalikes": "ᖴᖇEE ᑕᖇYᑭTO",
    "small capitals": "ꜰʀᴇᴇ ᴄʀʏᴘᴛᴏ",
    "letters with strokes": "fɍɇɇ cɍɏptø",
    "zero width": "fr\u200bee\u2060 cry\u200cpt\ufeffo",
    "soft hyphen": "fr\u00adee cryp\u00adto",
    "bidirectional marks": "fr\u202eee\u202c cry\u2066pto",
    "variation selectors": "f\ufe0fr\ufe0fee cry\U000e0101pto",
    "tag characters": "fr\U000e0065ee crypto",
    "control characters": "fr\x00ee cry\x08pto",
    "accents": "frée crÿpto",
    "stacked marks": "f\u0301\u0322r\u0335ee cry\u0488pt\u20ddo",
    "white space": "free \t\n\u3000 crypto",
    "no-break space": "free\u00a0crypto",
    "leetspeak": "fr33 crypt0",
    "leetspeak with signs": "fr€€ ¢ryp+0",
    "repeats": "freeee cryptooooo",
    "repeated everywhere": "fffrrreee ccc" + "rrryyypppttt000",
    "all doubled": "ffrreeee ccrryyppttoo",
    "spaced": "f r e e c r y p t o",
    "spaced widely": "f  r  e  e     c  r  y  p  t  o",
    "spaced, one word": "f r e e crypto",
    "one to a line": "f\nr\ne\ne\nc\nr\ny\np\nt\no",
    "dots": "f.r.e.e c.r.y.p.t.o",
    "hyphens": "f-r-e-e-c-r-y-p-t-o",
    "stars": "f*r*e*e crypto",
    "underscores": "f_r_e_e_crypto",
    "spaced dots": "f . r . e . e . c . r . y . p . t . o",
    "hyphenated": "free-crypto",
    "underscored": "free_crypto",
    "marked up": "free* **crypto",
    "spaced leetspeak with repeats": "f r 3 3 3 3  c r y p t 0",
    "full-width leetspeak": "ｆｒ３３　ｃｒｙｐｔ０",
    "Cyrillic, spaced": "f r е е с r у р t о",
    "accented repeats": "frééééé cryptö",
    "trade mark": "free™ crypto",
    "one or l": "buy fo11ow3rs",
    "digits of the phrase": "SUB4SUB",
    "digits of the phrase, repeated": "subbbb4sub",
    "one word": "sp@m",
    "katakana": "バカヤロウ",
    "half-width katakana": "ﾊﾞｶﾔﾛｳ",
    "free-standing dakuten": "は゛かやろう",
    "combining dakuten": "は\u3099かやろう",
    "kana mixed": "バかヤろウ",
    "long vowel mark": "ばーかやろーう",
    "wave dash": "ばかやろ〜〜う",
    "repeated kana": "ばかやろおう".replace("おう", "ううう"),
    "spaced kana": "ば か や ろ う",
    "kana with middle dots": "ば・か・や・ろ・う",
    "kana with slashes": "ば/か/や/ろ/う",
    "kanji with zero width": "無\u200b料プレ\u200bゼント",
    "kanji and kana spaced": "無 料 プ レ ゼ ン ト",
    "two words in Japanese": "無料　プレゼント",
    "across a line in Japanese": "無料プレ\nゼント",
    "half-width in kanji": "無料ﾌﾟﾚｾﾞﾝﾄ",
    "kanji with dots": "無.料.プ.レ.ゼ.ン.ト",
    "Latin in Cyrillic": "пpивeт миp",
    "repeats in Cyrillic": "приииивет мир",
}

ORDINARY = (
    "Our class assessed the bass passage and the grass.",
    "a good word, the good wood",
    "goodness, that is a good book",
    "Vitamins a, b, e, t and so on",
    "Answers: a) yes b) no e) maybe t) later",
    "Take the A55 to the coast, then the B5 road.",
    "In 50 far too many cases, 50 of 505 calls failed.",
    "The 1,055 tickets cost $55 or 5,5 € each.",
    "as soon as possible, as agreed",
    "Write to p@ss.example or bob@ss.com, please",
    "me@t.example and b@t.co are addresses",
    "Stay free - crypto is for others.",
    "Stay free. Crypto is for others.",
    "A therapist was kind.",
    "Scope, copper, photocopies and a copse.",
    "Во дворе сор и пыль.",
    "Ну не сор же это, а пыль!",
    "We went the-re? No: th ere.",
    "ビールを飲んだ。",
    "バーに行った。傘も買った。",
    "はかない夢",
    "さて、は、か、ば、からはじめる",
    "🇺🇸🇨🇴 flags",
    "7 up, 3 down, mp3, h2o, 4th, b2b, 24/7",
    "S. O. Sanders and 5 0 5 others",
    "be t, th e, co p",
    "pa$$word, wit$ and cl@ss",
    "assess, passé, Passaß",
)


@pytest.mark.parametrize("text", DISGUISED.values(), ids=DISGUISED.keys())
async def test_finds_a_phrase_in_disguise_and_quotes_it(text: str) -> None:
    assert await quotes(text, BOOK, JUDGE) == [text]


@pytest.mark.parametrize("text", DISGUISED.values(), ids=DISGUISED.keys())
async def test_quotes_no_more_than_the_disguise(text: str) -> None:
    assert await quotes(f"Look here: {text}! (today)", BOOK, JUDGE) == [text]


@pytest.mark.parametrize("text", ORDINARY)
async def test_leaves_ordinary_text_alone(text: str) -> None:
    assert await quotes(text, STRICT, JUDGE) == []
    assert await quotes(f"gr8, sooo w3ll-known: {text} b u y", STRICT, JUDGE) == [], "beside disguised words"


@pytest.mark.parametrize("word", [word for word in (*WORDS, "us") if word.isascii()])
async def test_but_finds_the_words_themselves(word: str) -> None:
    assert await quotes(f"well, {word.upper()}!", STRICT, JUDGE) == [word.upper()]


async def test_japanese_needs_no_word_boundary() -> None:
    assert await quotes("おまえばかだな", one_clause(words=("バカ",))) == ["ばか"]


async def test_latin_words_end_where_japanese_begins() -> None:
    assert await quotes("無料cryptoです", one_clause(words=("crypto",))) == ["crypto"]


async def test_voicing_tells_words_apart() -> None:
    assert await quotes("はかやろう", one_clause(phrases=("ばかやろう",))) == []
    assert await quotes("がいる", one_clause(phrases=("かいる",))) == []


async def test_the_phrase_may_itself_be_written_in_any_form() -> None:
    assert await quotes("free crypto", one_clause(phrases=("  ＦＲＥＥ   Crypto ",))) == ["free crypto"]
    assert await quotes("ﾊﾞｶ", one_clause(words=("ばか",))) == ["ﾊﾞｶ"]


async def test_signs_and_emoji_are_matched_as_they_are() -> None:
    assert await quotes("now 🎁\ufe0f🎁 here", one_clause(phrases=("🎁🎁",))) == ["🎁\ufe0f🎁"]
    assert await quotes("for $100!", one_clause(phrases=("$100",))) == ["$100"]


async def test_short_words_are_not_searched_in_disguise() -> None:
    rulebook = one_clause(words=("ai", "to"))
    assert await quotes("a1 70 t0 a.i", rulebook) == []
    assert await quotes("AI", rulebook) == ["AI"]


async def test_words_of_another_script_are_no_disguise() -> None:
    assert await quotes("what a pot of tea", one_clause(words=("рот",))) == []
    assert await quotes("открой рот", one_clause(words=("рот",))) == ["рот"]
    assert await quotes("открой poт", one_clause(words=("рот",))) == ["poт"]
    assert await quotes("открой рот быстро", one_clause(words=("pot",), patterns=(r"\bpot\b",))) == []
    assert await quotes("a рот of tea", one_clause(words=("pot",))) == ["рот"]


LONG = ("無料で差し上げます" * 111, "we give this away for free, " * 35)


@pytest.mark.parametrize("phrase", [*LONG, "ab" * 5_000, "b" * 2_000])
async def test_very_long_phrases_are_found(phrase: str) -> None:
    rulebook = one_clause(phrases=(phrase,))
    assert await quotes(f"( {phrase.strip()} )", rulebook, JUDGE) == [phrase.strip()]


@pytest.mark.parametrize("phrase", LONG)
async def test_long_phrases_are_found_in_disguise(phrase: str) -> None:
    shown = phrase.strip().replace("for free", "f0r frEEee").replace("無料", "無 料")
    assert await quotes(f"( {shown} )", one_clause(phrases=(phrase,)), JUDGE) == [shown]
