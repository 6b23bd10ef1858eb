"""The embedded judge: one reading per content, one per rulebook, and no answer where it has none."""

import asyncio
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from komainu.cascade import Cascade, Stage
from komainu.domain import (
    Abstention,
    Action,
    AllowedClause,
    Clause,
    Content,
    Policy,
    Reason,
    Role,
    Rulebook,
    Ruling,
    Verdict,
)
from komainu.judges.checks import ORDINARY_TEXTS, check_judge
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.selftest import proven
from tests.judges.embedded.readers import RULEBOOK, Broken, asked, counting, verdicts

SELLING = "Buy 5,000 followers and likes today, message me for prices!"
SOUP = "Thank you, the soup was lovely and the bread still warm."
INSULTS = "No insults. Do not call another person stupid, ugly or worthless."


def policy(text: str, *, allowed: tuple[str, ...] = (), language: str = "en", number: int = 1) -> Policy:
    """A policy of one clause."""
    name = f"policy-{number}"
    clause = Clause(policy=name, id="CL1", title="", text=text, severity=2, action=Action.HOLD)
    exceptions = tuple(
        AllowedClause(policy=name, id=f"AL{place}", title="", text=one) for place, one in enumerate(allowed)
    )
    return Policy(id=name, title=name, version="1.0.0", language=language, clauses=(clause,), allowed=exceptions)


def book(*policies: Policy) -> Rulebook:
    return Rulebook(policies=policies)


async def test_it_is_a_judge() -> None:
    await check_judge(EmbeddedJudge)


async def test_a_content_is_read_once_whatever_the_number_of_clauses() -> None:
    reader, weights = counting()
    embedded = EmbeddedJudge(weights=weights)
    await asked(embedded, "first, so that the rulebook is compiled")
    reader.asked.clear()
    opinions = await asked(embedded, SOUP)
    assert len(opinions) > 1
    assert len(reader.asked) == 1


async def test_calls_that_arrive_together_are_read_together() -> None:
    reader, weights = counting()
    embedded = EmbeddedJudge(weights=weights)
    await asked(embedded, "first, so that the rulebook is compiled")
    reader.asked.clear()
    reader.calls = 0
    texts = [f"This is text number {number} of many" for number in range(60)]
    await asyncio.gather(*(asked(embedded, text) for text in texts))
    assert len(reader.asked) == 60
    assert reader.calls < 20


async def test_what_it_says_does_not_depend_on_what_arrives_beside() -> None:
    embedded = EmbeddedJudge()
    alone = await asked(embedded, SOUP)
    others = ["Short.", SELLING * 6, "馬鹿野郎、消えろ。"]
    together = await asyncio.gather(*(asked(embedded, text) for text in [*others, SOUP, *others]))
    assert list(together[3]) == list(alone)


async def test_a_rulebook_is_read_once_and_kept_on_disk(tmp_path: Path) -> None:
    _, first = counting()
    reader, second = counting()
    before = await asked(EmbeddedJudge(weights=first, cache=tmp_path), SOUP)
    after = await asked(EmbeddedJudge(weights=second, cache=tmp_path), SOUP)
    assert len(reader.asked) == 1
    assert list(before) == list(after)


async def test_other_weights_do_not_use_what_these_compiled(tmp_path: Path) -> None:
    await asked(EmbeddedJudge(cache=tmp_path), SOUP)
    reader, weights = counting()
    await asked(EmbeddedJudge(weights=replace(weights, name="2.0+other"), cache=tmp_path), SOUP)
    assert len(reader.asked) > 1


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 torn", b"\x00" * 4096])
async def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: bytes) -> None:
    before = await asked(EmbeddedJudge(cache=tmp_path), SOUP)
    (kept,) = tmp_path.glob("*.npz")
    kept.write_bytes(damage)
    assert list(await asked(EmbeddedJudge(cache=tmp_path), SOUP)) == list(before)
    assert kept.stat().st_size > len(damage)


async def test_a_cache_that_cannot_be_written_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    verdicts(await asked(EmbeddedJudge(cache=tmp_path / "file" / "cache"), SOUP))


async def test_a_reader_that_fails_makes_abstentions() -> None:
    weights = proven()
    broken = EmbeddedJudge(weights=replace(weights, reader=Broken(weights.reader)))
    decision = await Cascade(stages=(Stage(judge=broken),)).decide(Content(text=SOUP), RULEBOOK)
    assert decision.action is Action.HOLD
    assert {opinion.reason for opinion in decision.opinions if isinstance(opinion, Abstention)} == {Reason.FAILED}


async def test_rulebooks_may_be_swapped_while_calls_run() -> None:
    embedded = EmbeddedJudge()
    insults, adverts = (
        book(policy(INSULTS)),
        book(policy("No advertising.", number=2), policy("No spoilers.", number=3)),
    )
    text = "You are a stupid, worthless idiot."
    alone = {one.digest: list(await asked(embedded, text, rulebook=one)) for one in (insults, adverts)}
    order = [insults, adverts] * 15
    together = await asyncio.gather(*(asked(embedded, text, rulebook=one) for one in order))
    assert [list(found) for found in together] == [alone[one.digest] for one in order]


async def test_a_violation_is_likelier_than_an_ordinary_text_in_both_languages() -> None:
    embedded = EmbeddedJudge()
    rules = book(policy(INSULTS), policy("他の人を馬鹿にしたり侮辱したりする投稿は禁止です。", language="ja", number=2))
    for bad, good in (
        ("You are a stupid, worthless idiot and everybody hates you.", SOUP),
        ("お前は本当に馬鹿で、生きている価値のない奴だ。", "お昼過ぎに晴れてきたので、川沿いを散歩しました。"),
    ):
        violating = verdicts(await asked(embedded, bad, rulebook=rules))
        ordinary = verdicts(await asked(embedded, good, rulebook=rules))
        for one, other in zip(violating, ordinary, strict=True):
            assert one.probability > other.probability + 0.1


async def test_the_words_of_the_clause_decide() -> None:
    embedded = EmbeddedJudge()
    text = "Cheap handbags for sale, 30% off this week only, order from our shop today!"
    (adverts,) = verdicts(await asked(embedded, text, rulebook=book(policy("No advertising or selling of goods."))))
    (insults,) = verdicts(await asked(embedded, text, rulebook=book(policy(INSULTS))))
    assert adverts.probability > insults.probability + 0.1


async def test_an_exception_takes_part() -> None:
    embedded = EmbeddedJudge()
    rule = "No advertising or selling of goods."
    text = "Cheap handbags for sale, 30% off this week only, order from our shop today!"
    allowed = ("Offers of handbags in a shop, at a discount, are allowed.",)
    (strict,) = verdicts(await asked(embedded, text, rulebook=book(policy(rule))))
    (lenient,) = verdicts(await asked(embedded, text, rulebook=book(policy(rule, allowed=allowed))))
    assert lenient.probability < strict.probability


async def test_the_examples_of_a_policy_teach_its_clauses() -> None:
    plain = policy("No talk of the zorgle.")
    (clause,) = plain.clauses
    examples = tuple(f"I saw the {word} zorgle in the harbour" for word in ("old", "big", "red", "wet"))
    fine = ("The harbour was quiet", "I saw an old boat", "We had soup", "The red house is sold")
    taught = replace(plain, clauses=(replace(clause, examples=examples),), fine=fine)
    embedded = EmbeddedJudge()
    text = "Did you see the blue zorgle in the harbour?"
    (before,) = verdicts(await asked(embedded, text, rulebook=book(plain)))
    (after,) = verdicts(await asked(embedded, text, rulebook=book(taught)))
    assert after.probability > before.probability
    assert after.rationale.endswith("fitted on 8 examples")


async def test_what_examples_teach_is_kept_on_disk_and_follows_them(tmp_path: Path) -> None:
    plain = policy("No talk of the zorgle.")
    (clause,) = plain.clauses
    first = replace(plain, clauses=(replace(clause, examples=("the zorgle is here",)),), fine=("We had soup",))
    other = replace(first, fine=("The red house is sold", "We had soup"))
    before = await asked(EmbeddedJudge(cache=tmp_path), SOUP, rulebook=book(first))
    reader, weights = counting()
    assert list(await asked(EmbeddedJudge(weights=weights, cache=tmp_path), SOUP, rulebook=book(first))) == list(before)
    assert len(reader.asked) == 1
    (changed,) = verdicts(await asked(EmbeddedJudge(cache=tmp_path), SOUP, rulebook=book(other)))
    assert changed.rationale.endswith("fitted on 3 examples")


async def test_what_was_read_in_one_language_is_not_used_for_another(tmp_path: Path) -> None:
    english, japanese = (policy("No talk of the zorgle.", language=language) for language in ("en", "ja"))
    for one in (english, japanese):
        await asked(EmbeddedJudge(cache=tmp_path), SOUP, rulebook=book(one))
    assert len(list(tmp_path.glob("*.npz"))) == 2


async def test_the_evidence_is_whole_words_of_the_window_that_speaks_most_for_the_clause() -> None:
    filler = "The garden was quiet and the rain had stopped by noon. " * 40
    planted = "You stupid, ugly, worthless people"
    text = f"{filler}{planted}. {filler}"
    (found,) = verdicts(await asked(EmbeddedJudge(), text, rulebook=book(policy(INSULTS))))
    (span,) = found.evidence
    said = span.of(text)
    assert "stupid" in said and len(said) < 2 * len(planted)
    assert said == said.strip()
    assert not text[span.start - 1].isalpha() and not text[span.end].isalpha()


async def test_context_counts_but_evidence_stays_in_the_text() -> None:
    embedded = EmbeddedJudge()
    text = "Yes, how many do you want?"
    plain = verdicts(await asked(embedded, text))
    turned = verdicts(await asked(embedded, text, ("Do you sell likes and followers for dollars?",)))
    assert turned[0].probability != plain[0].probability
    assert all(span.end <= len(text) for opinion in turned for span in opinion.evidence)


async def test_at_the_default_thresholds_it_never_blocks_by_itself() -> None:
    stage = Stage(judge=EmbeddedJudge())
    for text in ORDINARY_TEXTS:
        decision = await Cascade(stages=(stage,)).decide(Content(text=text), RULEBOOK)
        assert Ruling.VIOLATED not in decision.rulings.values()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (policy("Keine Werbung, keine Verkäufe.", language="de"), "language"),
        (policy("Реклама запрещена в любом виде."), "script"),
        (policy("禁止发布任何形式的广告信息推销商品服务以及侮辱他人", language="ja"), "like Japanese"),
        (policy("advertising " * 2_000), "longer than this judge reads"),
        (policy("No advertising.", allowed=("handbags " * 2_000,)), "longer than this judge reads"),
    ],
    ids=["policy in German", "clause in Russian", "clause in Chinese", "2,000 words", "exception of 2,000 words"],
)
async def test_it_abstains_on_a_clause_that_it_cannot_read_and_on_no_other(made: Policy, why: str) -> None:
    readable = policy(INSULTS, number=2)
    first, second = await asked(EmbeddedJudge(), SOUP, rulebook=book(made, readable))
    assert isinstance(first, Abstention)
    assert first.reason is Reason.CANNOT_SAY
    assert why in first.detail
    assert isinstance(second, Verdict)


async def test_five_thousand_clauses_and_a_very_long_text() -> None:
    made = [
        Clause(policy="big", id=f"CL{n}", title="", text=f"No offers of article {n}.", severity=1, action=Action.HOLD)
        for n in range(5_000)
    ]
    big = book(Policy(id="big", title="Big", version="1", language="en", clauses=tuple(made)))
    found = verdicts(await asked(EmbeddedJudge(), "We sell it all. " * 300, rulebook=big))
    assert [one.clause for one in found] == [clause.key for clause in made]


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_is_read(role: Role) -> None:
    content = Content(text=SELLING, role=role)
    verdicts(await EmbeddedJudge().judge(content, RULEBOOK.clauses, RULEBOOK))


def test_it_says_the_same_in_another_process() -> None:
    script = (
        "import asyncio; from komainu.domain import Content; from komainu.judges.embedded import EmbeddedJudge\n"
        "from komainu.judges.checks import sample_rulebook\n"
        "book = sample_rulebook(); judge = EmbeddedJudge()\n"
        f"found = asyncio.run(judge.judge(Content(text={SELLING!r}), book.clauses, book))\n"
        "print([one.probability for one in found])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    here = verdicts(asyncio.run(asked(EmbeddedJudge(), SELLING)))
    assert done.stdout.strip() == str([one.probability for one in here])


def test_a_reader_is_not_asked_before_there_is_work() -> None:
    reader, weights = counting()
    EmbeddedJudge(weights=weights)
    assert not reader.asked


async def test_what_it_remembers_changes_the_time_alone() -> None:
    reader, weights = counting()
    judge = EmbeddedJudge(weights=weights, remember=10_000)
    first = await asked(judge, "I will find you")
    read = len(reader.asked)
    assert await asked(judge, "I will find you") == first
    assert len(reader.asked) == read
    assert await asked(EmbeddedJudge(weights=weights), "I will find you") == first
    assert len(reader.asked) > read
