"""Time grows with the length of the text and no faster, whatever the text; long lists work."""

import asyncio
import time

import pytest

from komainu.judges.rules import RulesJudge
from tests.judges.rules.books import one_clause, opinions, quotes

BOOK = one_clause(
    phrases=("free crypto", "buy followers", "ばかやろう", "無料プレゼント"),
    words=("ass", "aaa", "バカ"),
    patterns=(r"(a+)+$", r"(x*)*y", r"(?i)win \d+"),
)
JUDGE = RulesJudge()
SHORT = 40_000

HOSTILE = (
    "a", "a a a a ", "f.r.e.e ", "f r e e c r y p t o ", "-_", "@", "@ ! ", "1a", "aa bb ", "~* ", "ab- ", "x",
    "\u0301", "か\u3099", "ばー", "ー", "あ ", "\u1100\u1161", "\ud800", "𝕒", "а ", "free cryptо ", "freeee ", "\u200b",
)  # fmt: skip


async def seconds(text: str) -> float:
    began = time.process_time()
    await opinions(text, BOOK, JUDGE)
    return time.process_time() - began


@pytest.mark.parametrize("unit", HOSTILE)
async def test_four_times_the_text_takes_about_four_times_as_long(unit: str) -> None:
    text = unit * (SHORT // len(unit))
    short = min([await seconds(text) for _ in range(2)])
    long = min([await seconds(text * 4) for _ in range(2)])
    assert long < max(8 * short, 0.1), f"{short:.3f} s for {len(text)} characters, {long:.3f} s for four times that"


async def test_a_megabyte_is_read_to_its_end() -> None:
    text = "The market was open, and w3 bought some bread for dinner. " * 18_000
    assert await quotes(f"{text}f r e e crypto", BOOK, JUDGE) == ["f r e e crypto"]


async def test_a_long_text_does_not_hold_up_others() -> None:
    await opinions("warm up", BOOK, JUDGE)
    long = asyncio.ensure_future(opinions("f r e e  m o n e y " * 20_000, BOOK, JUDGE))
    await asyncio.sleep(0)
    assert await quotes("free crypto", BOOK, JUDGE) == ["free crypto"]
    assert not long.done()
    await long


@pytest.mark.slow
async def test_a_hundred_thousand_phrases_are_matched() -> None:
    phrases = tuple(f"offer {number:x} of house {number * 7:x}" for number in range(100_000))
    rulebook = one_clause(phrases=phrases)
    assert await quotes("now ＯＦＦＥＲ　ff of house 6f9!", rulebook) == ["ＯＦＦＥＲ　ff of house 6f9"]
