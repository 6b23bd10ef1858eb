"""The conformance suite: what anyone's judge is held to.

    async def test_my_judge() -> None:
        await check_judge(MyJudge)

Each check raises AssertionError with what was expected and what came. A judge that passes may be put into any cascade;
one that does not would still never clear anything by accident, since the cascade abstains for it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from komainu.domain import (
    Abstention,
    Action,
    AllowedClause,
    Clause,
    Content,
    Opinion,
    Policy,
    Role,
    Rulebook,
    Verdict,
)
from komainu.judges.opinions import usable
from komainu.judges.protocol import Judge

Check = Callable[[Judge], Awaitable[None]]

ODD_TEXTS = (
    "",
    " \n\t ",
    "a",
    "\x00",
    "no\x00text",
    "\ud800 lone surrogate",
    "\u202eright to left\u202c",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "ｆｕｌｌ ｗｉｄｔｈ ﾊﾝｶｸ",
    "z\u0335\u0321\u0353a" * 50,
    "word " * 1_000,
    "長い文章。" * 400,
    "x" * 4_000,
)

ORDINARY_TEXTS = (
    "Thank you, the soup was lovely and the bread still warm.",
    "Buy 5,000 followers today, message me for prices!",
    "明日の朝、駅前で待ち合わせしませんか。",
    "I sold my old bicycle to a neighbour last week.",
    "フォロワーを安く売ります。DMください。",
    "How do I change the language of the assistant?",
)


def sample_rulebook() -> Rulebook:
    """Two small policies, English and Japanese, with exceptions and examples."""
    return Rulebook(policies=(_followers(), _meeting()))


async def check_judge(make: Callable[[], Judge]) -> None:
    """Run every check, each on a judge of its own."""
    for check in CHECKS:
        await check(make())


async def has_a_name_and_version(judge: Judge) -> None:
    """The name is `name@version` and stays the same."""
    assert re.fullmatch(r"[^\s@]+@\S+", judge.name), f"expected a name like rules@1; got {judge.name!r}"
    first = judge.name
    await _opinions(judge, ORDINARY_TEXTS[0])
    assert judge.name == first, f"expected the name to stay {first}; got {judge.name}"


async def answers_each_clause_in_order(judge: Judge) -> None:
    """One usable opinion per clause asked, in the order asked, also for some of the clauses or in another order."""
    clauses = sample_rulebook().clauses
    for asked in (clauses, clauses[1:], clauses[:1], tuple(reversed(clauses))):
        for text in ORDINARY_TEXTS:
            await _opinions(judge, text, asked)


async def stands_odd_text(judge: Judge) -> None:
    """Whatever the text, opinions that can be used come back, and evidence lies inside it."""
    for text in ODD_TEXTS:
        await _opinions(judge, text)


async def never_settles_nothing(judge: Judge) -> None:
    """A text with nothing in it says nothing: the judge abstains."""
    for text in ("", " \n\t "):
        for opinion in await _opinions(judge, text):
            assert isinstance(opinion, Abstention), f"expected an abstention on empty text; got {opinion}"


async def repeats_itself(judge: Judge) -> None:
    """The same content gets the same opinion."""
    for text in ORDINARY_TEXTS:
        first, second = await _opinions(judge, text), await _opinions(judge, text)
        assert alike(first, second), f"expected the same opinions twice on {text!r}; got {first} and {second}"


async def keeps_concurrent_calls_apart(judge: Judge) -> None:
    """Calls at the same time get the answers that they would get alone."""
    alone = [await _opinions(judge, text) for text in ORDINARY_TEXTS]
    together = await asyncio.gather(*(_opinions(judge, text) for text in ORDINARY_TEXTS))
    for text, one, other in zip(ORDINARY_TEXTS, alone, together, strict=True):
        assert alike(one, other), f"expected on {text!r} what it says alone, {one}; got {other}"


async def survives_cancellation(judge: Judge) -> None:
    """A call that is given up does not spoil the next."""
    given_up = asyncio.ensure_future(
        judge.judge(Content(text=ODD_TEXTS[-2]), sample_rulebook().clauses, sample_rulebook())
    )
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    await _opinions(judge, ORDINARY_TEXTS[0])


async def follows_a_swapped_rulebook(judge: Judge) -> None:
    """A clause of one rulebook is never answered from another that uses the same ids."""
    content = Content(text=ORDINARY_TEXTS[1])
    one, other = Rulebook(policies=(_followers(),)), Rulebook(policies=(_followers(renamed=True),))
    before = await judge.judge(content, one.clauses, one)
    await judge.judge(content, other.clauses, other)
    after = await judge.judge(content, one.clauses, one)
    assert alike(before, after), f"expected {before} again after another rulebook; got {after}"


CHECKS: tuple[Check, ...] = (
    has_a_name_and_version,
    answers_each_clause_in_order,
    stands_odd_text,
    never_settles_nothing,
    repeats_itself,
    keeps_concurrent_calls_apart,
    survives_cancellation,
    follows_a_swapped_rulebook,
)


def alike(one: Sequence[Opinion], other: Sequence[Opinion]) -> bool:
    """Whether two lists of opinions say the same, probabilities within a thousandth (batches round differently)."""
    return len(one) == len(other) and all(map(_same, one, other))


def _same(one: Opinion, other: Opinion) -> bool:
    if isinstance(one, Verdict) and isinstance(other, Verdict):
        return one.clause == other.clause and abs(one.probability - other.probability) < 1e-3
    return type(one) is type(other) and one.clause == other.clause


async def _opinions(judge: Judge, text: str, clauses: Sequence[Clause] | None = None) -> tuple[Opinion, ...]:
    """The judge's opinions, each as it gave it; AssertionError where one cannot be used."""
    rulebook = sample_rulebook()
    asked = rulebook.clauses if clauses is None else clauses
    content = Content(text=text, role=Role.POST, context=("An earlier turn.",))
    answer = await judge.judge(content, asked, rulebook)
    opinions = usable(answer, judge=judge.name, content=content, clauses=asked)
    for given, checked in zip(answer, opinions, strict=False):
        assert given is checked, f"on {text[:60]!r}: {checked}"
    assert len(answer) == len(asked), f"on {text[:60]!r}: expected {len(asked)} opinions; got {len(answer)}"
    return opinions


def _followers(*, renamed: bool = False) -> Policy:
    text = "Praising the weather." if renamed else "Selling followers, likes or reviews."
    clause = Clause(
        policy="followers",
        id="FO1",
        title="Fair skies" if renamed else "Bought attention",
        text=text,
        severity=2,
        action=Action.BLOCK,
        examples=("Get 1,000 likes for five dollars",),
    )
    other = Clause(policy="followers", id="FO2", title="Chains", text="Chain letters.", severity=1, action=Action.LIMIT)
    allowed = AllowedClause(
        policy="followers",
        id="FO-A1",
        title="Talk",
        text="Talking about bought likes.",
        limits=("FO1",),
        examples=("Bought likes are easy to spot, look at the names",),
    )
    return Policy(
        id="followers",
        title="Followers",
        version="1.0.0",
        language="en",
        clauses=(clause, other),
        allowed=(allowed,),
        fine=("What a lovely garden!",),
    )


def _meeting() -> Policy:
    clause = Clause(
        policy="meeting",
        id="ME1",
        title="待ち合わせの誘い",
        text="知らない人を会うように誘うこと。",
        severity=3,
        action=Action.HOLD,
    )
    return Policy(id="meeting", title="待ち合わせ", version="2.1.0", language="ja", clauses=(clause,))
