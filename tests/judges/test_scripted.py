"""The scripted judge: a stand-in for every way in which a judge can answer, or fail to."""

import asyncio
import json
import math
from pathlib import Path

import pytest

from komainu.domain import Abstention, Content, Opinion, Reason, Verdict
from komainu.errors import JudgeError, UsageError
from komainu.judges.checks import check_judge, sample_rulebook
from komainu.judges.find import find_judge
from komainu.judges.opinions import usable
from komainu.judges.protocol import Judge
from komainu.judges.scripted import ScriptedJudge, Shape

BOOK = sample_rulebook()
FIRST, SECOND, THIRD = (clause.key for clause in BOOK.clauses)
CONTENT = Content(text="buy followers")


async def ask(judge: Judge, content: Content = CONTENT) -> list[Opinion]:
    return list(await judge.judge(content, BOOK.clauses, BOOK))


async def test_answers_by_clause_and_the_default_otherwise() -> None:
    opinions = await ask(ScriptedJudge({FIRST: 0.9, SECOND: Reason.TIMED_OUT}, default=0.2))
    assert [opinion.clause for opinion in opinions] == [FIRST, SECOND, THIRD]
    assert isinstance(opinions[0], Verdict)
    assert opinions[0].probability == 0.9
    assert isinstance(opinions[1], Abstention)
    assert opinions[1].reason is Reason.TIMED_OUT
    assert isinstance(opinions[2], Verdict)
    assert opinions[2].probability == 0.2


async def test_without_a_script_it_abstains_on_everything() -> None:
    assert {getattr(opinion, "reason", None) for opinion in await ask(ScriptedJudge())} == {Reason.CANNOT_SAY}


async def test_answers_according_to_the_content() -> None:
    judge = ScriptedJudge({FIRST: lambda content: 0.9 if "followers" in content.text else Reason.CANNOT_SAY})
    assert isinstance((await ask(judge))[0], Verdict)
    assert isinstance((await ask(judge, Content(text="hello")))[0], Abstention)


async def test_gives_an_opinion_as_it_is() -> None:
    verdict = Verdict(clause=FIRST, judge="scripted@1", probability=1.0, rationale="An advert.")
    assert (await ask(ScriptedJudge({FIRST: verdict})))[0] is verdict


async def test_raises_what_the_script_holds() -> None:
    with pytest.raises(MemoryError, match="no room"):
        await ask(ScriptedJudge({SECOND: MemoryError("no room")}))


async def test_waits_before_it_answers() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await ask(ScriptedJudge(delay_seconds=0.05))
    assert loop.time() - began >= 0.045


async def test_an_infinite_delay_never_answers() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(ask(ScriptedJudge(default=0.0, delay_seconds=math.inf)), 0.05)


@pytest.mark.parametrize(("shape", "count"), [(Shape.TOO_FEW, 2), (Shape.TOO_MANY, 4), ("whole", 3)])
async def test_gives_too_few_or_too_many(shape: Shape | str, count: int) -> None:
    assert len(await ask(ScriptedJudge(default=0.5, shape=shape))) == count


async def test_answers_about_other_clauses() -> None:
    opinions = await ask(ScriptedJudge(default=0.5, shape=Shape.OTHER_CLAUSES))
    assert {opinion.clause for opinion in opinions}.isdisjoint(clause.key for clause in BOOK.clauses)


@pytest.mark.parametrize("probability", [math.nan, math.inf, 2.0, -0.1])
async def test_gives_probabilities_that_nobody_may_use(probability: float) -> None:
    judge = ScriptedJudge(default=probability)
    opinions = await ask(judge)
    assert [str(opinion.probability) for opinion in opinions if isinstance(opinion, Verdict)] == [str(probability)] * 3
    checked = usable(opinions, judge=judge.name, content=CONTENT, clauses=BOOK.clauses)
    assert {getattr(opinion, "reason", None) for opinion in checked} == {Reason.GARBLED}


async def test_keeps_the_calls_it_got() -> None:
    judge = ScriptedJudge()
    await judge.judge(CONTENT, BOOK.clauses[1:], BOOK)
    [call] = judge.calls
    assert (call.content, call.clauses, call.rulebook) == (CONTENT, BOOK.clauses[1:], BOOK)


async def test_reads_its_script_from_a_file(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    answers = {FIRST: 0.75, SECOND: "garbled"}
    script.write_text(json.dumps({"opinions": answers, "default": 0, "shape": "too_many"}), encoding="utf-8")
    opinions = await ask(find_judge("scripted", {"script": str(script)}))
    assert [getattr(opinion, "probability", None) for opinion in opinions] == [0.75, None, 0, 0]
    assert getattr(opinions[1], "reason", None) is Reason.GARBLED


async def test_a_script_can_raise_and_say_nan(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('{"opinions": {"' + FIRST + '": {"raise": "out of memory"}}, "default": NaN}', encoding="utf-8")
    judge = ScriptedJudge(script=script)
    with pytest.raises(JudgeError, match="out of memory"):
        await ask(judge)
    [opinion] = await judge.judge(CONTENT, BOOK.clauses[1:2], BOOK)
    assert isinstance(opinion, Verdict)
    assert math.isnan(opinion.probability)


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "the file"), ('{"defualt": 1}', "defualt"), ('{"opinions": {"a/B1": "perhaps"}}', "opinions.a/B1")],
)
def test_a_wrong_script_is_named_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    script = tmp_path / "wrong.json"
    script.write_text(text, encoding="utf-8")
    with pytest.raises(JudgeError, match=f"wrong.json, {says}: "):
        ScriptedJudge(script=script)


def test_a_missing_script_is_named(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match=r"nowhere\.json cannot be read"):
        ScriptedJudge(script=tmp_path / "nowhere.json")


def test_opinions_and_a_script_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="both"):
        ScriptedJudge({FIRST: 0.1}, script=tmp_path / "script.json")


async def test_passes_the_conformance_suite() -> None:
    await check_judge(ScriptedJudge)
