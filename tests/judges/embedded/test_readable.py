"""What the embedded judge does not read, it says so."""

import pytest

from komainu.domain import Abstention, Reason
from komainu.judges.checks import ORDINARY_TEXTS
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.readable import MAX_CHARS, foreign, unreadable
from tests.judges.embedded.readers import asked

UNREADABLE = [
    ("", "empty"),
    (" \n\u3000", "empty"),
    ("with a \x00 inside", "no text"),
    ("lone \ud800 half", "no text"),
    ("fol\u200blow me for mo\u200bre", "invisible"),
    ("b u y  f o l l o w e r s", "letter by letter"),
    ("1234 5678 9012 3456 !!!", "not words"),
    ("👍🏽 👩‍👩‍👧‍👦 🎉🎉🎉", "not words"),
    ("مرحبا بالعالم كيف حالك اليوم", "script"),
    ("Привет, как дела сегодня вечером", "script"),
    ("a" * (MAX_CHARS + 1), "at most"),
    ("Bu hafta sonu hep birlikte göle gidip balık tutacağız, sen de gel", "like English"),
    ("uoy ees ot denetsil eW .yadot kool nedrag eht dluow woH", "like English"),
    ("kkiillll tthhee lliigghhttss wwhheenn yyoouu lleeaavvee", "like English"),
    ("aGVsbG8gdGhlcmUsIHRoaXMgaXMgaGlkZGVuIGluIGJhc2U2NCBzbyBub2JvZHkgcmVhZHMgaXQ=", "encoded"),
    ("今天天气很好我们一起去河边散步然后回家吃晚饭吧", "like Japanese"),
    (f"{'The garden was quiet. ' * 80}he\u200bllo there{' It was late.' * 80}", "invisible"),
    (f"{'今日はいい天気です。' * 4}안녕하세요 오늘은 날씨가 좋네요{'散歩しました。' * 4}", "script"),
]


@pytest.mark.parametrize(("text", "why"), UNREADABLE)
async def test_it_abstains_where_it_cannot_say(text: str, why: str) -> None:
    for opinion in await asked(EmbeddedJudge(), text):
        assert isinstance(opinion, Abstention)
        assert opinion.reason is Reason.CANNOT_SAY
        assert why in opinion.detail


@pytest.mark.parametrize(
    "text",
    [
        *ORDINARY_TEXTS,
        "I am at 5, B. A. in a C shop",
        "ｶﾅ まじりの テキスト",
        "🎉 well done!",
        "Buy followers, cheap",
        "東京都知事選挙投票日",
    ],
)
def test_it_reads_ordinary_text(text: str) -> None:
    assert unreadable(text) == ""


@pytest.mark.parametrize(
    ("rule", "language", "why"),
    [
        ("No insults.", "en", ""),
        ("No insults.", "en-GB", ""),
        ("侮辱は禁止です。", "ja", ""),
        ("侮辱禁止", "ja-JP", ""),
        ("No insults.", "ja", ""),
        ("Keine Beleidigungen.", "de", "de"),
        ("Никаких оскорблений.", "en", "script"),
        ("禁止发布任何形式的广告信息推销商品服务", "ja", "like Japanese"),
    ],
)
def test_a_clause_is_foreign_by_its_language_or_its_script(rule: str, language: str, why: str) -> None:
    found = foreign(rule, language)
    assert why in found
    assert bool(found) == bool(why)
