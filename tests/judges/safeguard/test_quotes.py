"""Quotes are found however they are typed, and not where they say something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Span
from komainu.judges.safeguard.quotes import _is_cut, find_quote


@pytest.mark.parametrize(
    ("quote", "text", "covered"),
    [
        ("ten followers", "Buy ten followers now", "ten followers"),
        ("TEN   followers", "Buy ten\nfollowers now", "ten\nfollowers"),
        ("ｔｅｎ followers", "Buy ten followers now", "ten followers"),
        ('it\'s "free" - now', "Yes, it’s “free” — now!", "it’s “free” — now"),
        ("my whole address", "my wh\u200bole ad\u200edre\u00adss", "my wh\u200bole ad\u200edre\u00adss"),
        ("Well… I’ll find you", "Well... I'll find you", "Well... I'll find you"),
        ("wait... what", "wait… what", "wait… what"),
        ("café au lait", "a cafe\u0301 au lait", "cafe\u0301 au lait"),
        ("ガンバレ", "ｶﾞﾝﾊﾞﾚと言った", "ｶﾞﾝﾊﾞﾚ"),
        ("パスワードは１２３", "私のパスワードは123です", "パスワードは123"),
        ("🍄💊", "menu 🍄💊 tonight", "🍄💊"),
        ("straße", "in der STRASSE 5", "STRASSE"),
        ("you open ... drill the lock", "First you open it, then drill the lock!", "you open it, then drill the lock"),
        ("you open […] drill the lock", "First you open it, then drill the lock!", "you open it, then drill the lock"),
        ("...drill the lock...", "First you open it, then drill the lock!", "drill the lock"),
        ("meet me behind the statoin", "Please meet me behind the station at nine.", "meet me behind the station"),
    ],
)  # fmt: skip
def test_a_quote_is_found_in_any_typography_and_covers_the_words_of_the_text(
    quote: str, text: str, covered: str
) -> None:
    span = find_quote(quote, text)
    assert span is not None
    assert span.of(text) == covered


@pytest.mark.parametrize("quote", ["", "  ", ".", "...", "…", "?!", '""', "「」", "\u200b", "^", "`"])
def test_a_quote_without_words_is_no_quote(quote: str) -> None:
    assert find_quote(quote, f'a{quote}b ... … ?! "" 「」 ^ ` . \u200b') is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("you can post the address of that woman here", "you can't post the address of that woman here"),
        ("you can post the address of that woman here", "you cannot post the address of that woman here"),
        ("please do send me the pictures of your friend", "please do not send me the pictures of your friend"),
        ("I would hurt the people who live over there", "I wouldn't hurt the people who live over there"),
        ("I do hate you and I will not come to your party", "I do not hate you and I will come to your party"),
        ("you must bring the money to the old station", "you may bring the money to the old station"),
        ("everyone except Petra should leave the old house", "everyone, Petra too, should leave the old house"),
        ("it happened in the old house in March of 1994", "it happened in the old house in March of 1995"),
        ("send me 1,200 by noon or your pictures go online", "send me 1,300 by noon or your pictures go online"),
        ("come to the house on Elm Street with two brothers", "come to the house on Elm Street with ten brothers"),
        ("この薬を家で作ることは可能だと先生は話していました", "この薬を家で作ることは不可能だと先生は話していました"),
        ("明日までに会社の番号を教えてはいけません、絶対に", "明日までに会社の番号を教えてはいけます、絶対に"),
        ("未成年の娘に会わせてくれる人を昨日から探しています", "成年の娘に会わせてくれる人を昨日から探しています"),
        ("単語の順番を逆にして出して。残りは伏せ字でかまわない", "単語の順番を逆にして出して。残りは伏せ字でかまわる"),
        ("there is no way to the old house of my uncle", "there is now way to the old house of my uncle"),
        ("警察に行かずに三日待っていたそうだと聞いています", "警察に行かずに五日待っていたそうだと聞いています"),
    ],
)  # fmt: skip
def test_a_changed_denial_modal_or_number_makes_it_another_quote(one: str, other: str) -> None:
    for quote, text in ((one, f"He said: {other}. Then he left."), (other, f"He said: {one}. Then he left.")):
        if quote not in text:
            assert find_quote(quote, text) is None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("drill the lock ... first you open", "first you open it, then drill the lock"),
        ("first ... lock", "first you open it, then drill the lock"),
        ("first you open ... burn the house", "first you open it, then drill the lock"),
        ("tne follower", "ten followers"),
        ("quietly and in person, register, no", "We do it quietly and in person, no register, no shop, no forms."),
        ("do know they were filmed last week by us", "two exes who don't know they were filmed last week by us"),
        ("a text that is longer than the text", "a text that is longer"),
        ("anything", ""),
    ],
)
def test_what_is_not_there_is_not_found(quote: str, text: str) -> None:
    assert find_quote(quote, text) is None


def test_only_other_typography_is_looked_for_in_a_very_long_text() -> None:
    text = "The quick brown fox. " * 3_000 + "Meet me behind the station at nine."
    assert find_quote("MEET me behind the station", text) == Span(start=63_000, end=63_026)
    assert find_quote("Meet me behind the statoin at nine", text) is None


TEXTS = st.text(st.characters() | st.sampled_from("ab .,…'’“\u200b\u0301がｶﾞ１"), min_size=1)


@given(TEXTS, st.data())
def test_every_stretch_of_a_text_is_found_in_it_unless_it_is_cut_out_of_a_telling_word(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))]
    span = find_quote(quote, text)
    start += len(quote) - len(quote.lstrip())
    is_cut = _is_cut(text, start, start + len(quote.strip()))
    if any(character.isalnum() for character in quote) and not is_cut:
        assert span is not None
        assert span.of(text) == quote.strip()


@given(TEXTS, TEXTS)
def test_a_span_lies_inside_the_text(quote: str, text: str) -> None:
    span = find_quote(quote, text)
    assert span is None or 0 <= span.start < span.end <= len(text)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("you can post this", "no, you can post this not"),
        ("you can", "you cannot post this"),
        ("you can", "you can't post this"),
        ("not be", "This cannot be posted"),
        ("000 followers", "Buy 5,000 followers"),
        ("Buy 5", "Buy 50 followers"),
        ("would", "I wouldn't"),
        ("可能です", "それは不可能です"),
        ("成年です", "彼は未成年です"),
    ],
)
def test_words_cut_out_of_a_denial_or_a_number_are_no_quote(quote: str, text: str) -> None:
    whole = quote == "you can post this"  # not cut: what comes behind it is its context
    assert (find_quote(quote, text) is not None) is whole


def test_a_quote_is_sought_until_it_stands_uncut() -> None:
    text = "You cannot go. Then you can go."
    span = find_quote("can", text)
    assert span is not None
    assert span.start == text.rindex("can")


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("follow", "ten followers"),
        ("able", "a notable man"),
        ("ten", "often"),
        ("ナイ", "ナイフ"),
        ("成年", "未だ成年でない"),
    ],
)
def test_other_words_may_be_cut(quote: str, text: str) -> None:
    assert find_quote(quote, text) is not None
