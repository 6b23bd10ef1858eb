"""What the judge says: verdicts, excuses, abstentions, rationales, errors."""

import asyncio
import hashlib

import pytest

from komainu.domain import Abstention, Content, ExactRules, Policy, Reason, Rulebook, Span, Verdict
from komainu.errors import JudgeError
from komainu.judges.checks import check_judge
from komainu.judges.find import find_judge
from komainu.judges.rules import RulesJudge
from tests.judges.rules.books import allowed, book, clause, one_clause, opinions, quotes

CRYPTO = ExactRules(phrases=("free crypto",))


async def test_passes_the_conformance_suite() -> None:
    await check_judge(RulesJudge)


def test_is_found_by_name_and_names_its_unicode_data() -> None:
    assert find_judge("rules").name.startswith("rules@1+uts39-13.0.0.ucd-")


async def test_one_opinion_per_clause_and_never_a_clearance() -> None:
    rulebook = book(clause("SP1", CRYPTO), clause("SP2", ExactRules(words=("spam",))), clause("SP3", ExactRules()))
    first, second, third = await opinions("free crypto", rulebook)
    assert isinstance(first, Verdict)
    assert (first.probability, first.evidence) == (1.0, (Span(start=0, end=11),))
    assert isinstance(second, Abstention)
    assert isinstance(third, Abstention)
    assert {second.reason, third.reason} == {Reason.CANNOT_SAY}
    assert (second.detail, third.detail) == ("no exact rule matched", "no exact rule")


async def test_answers_only_the_clauses_asked_in_their_order() -> None:
    rulebook = book(clause("SP1", CRYPTO), clause("SP2", ExactRules(words=("crypto",))), clause("SP3", ExactRules()))
    asked = [rulebook.clauses[2], rulebook.clauses[1]]
    answer = await RulesJudge().judge(Content(text="free crypto"), asked, rulebook)
    assert [(type(one), one.clause) for one in answer] == [(Abstention, "spam/SP3"), (Verdict, "spam/SP2")]


async def test_clauses_in_another_order_are_answered_in_that_order() -> None:
    rulebook, judge = book(clause("SP1", CRYPTO), clause("SP2", ExactRules())), RulesJudge()
    asked = list(rulebook.clauses)
    await judge.judge(Content(text="hello"), asked, rulebook)
    asked.reverse()
    for again in (asked, tuple(asked)):
        answer = await judge.judge(Content(text="hello"), again, rulebook)
        assert [one.clause for one in answer] == ["spam/SP2", "spam/SP1"]
    answer = await judge.judge(Content(text="hello"), rulebook.clauses, rulebook)
    assert [one.clause for one in answer] == ["spam/SP1", "spam/SP2"]


async def test_a_clause_of_another_rulebook_gets_no_verdict() -> None:
    stranger = clause("XX1", CRYPTO)
    [opinion] = await RulesJudge().judge(Content(text="free crypto"), [stranger], book(clause("SP1", CRYPTO)))
    assert isinstance(opinion, Abstention)


async def test_only_the_text_is_matched_not_the_turns_before() -> None:
    rulebook = one_clause(phrases=("free crypto",))
    content = Content(text="What was that?", context=("free crypto",))
    [opinion] = await RulesJudge().judge(content, rulebook.clauses, rulebook)
    assert isinstance(opinion, Abstention)


async def test_the_rationale_names_the_rule_as_written_and_not_the_content() -> None:
    rulebook = one_clause(phrases=("Free  Crypto",), words=("crypto",), patterns=(r"cry\w+",))
    [opinion] = await opinions("fr33 crypto", rulebook)
    assert isinstance(opinion, Verdict)
    expected = 'matches the phrase "Free  Crypto", the word "crypto", the pattern "cry\\w+" of SP1'
    assert opinion.rationale == expected


async def test_a_rationale_names_three_rules_and_counts_the_rest() -> None:
    [opinion] = await opinions("one two three four five", one_clause(words=("one", "two", "three", "four", "five")))
    assert isinstance(opinion, Verdict)
    assert opinion.rationale == 'matches the word "one", the word "two", the word "three" and 2 more of SP1'


async def test_overlapping_matches_are_quoted_as_one() -> None:
    rulebook = one_clause(phrases=("free crypto", "crypto now", "crypto"))
    assert await quotes("get free crypto now, crypto", rulebook) == ["free crypto now", "crypto"]


async def test_at_most_twenty_stretches_are_quoted() -> None:
    found = await quotes("spam, " * 50, one_clause(words=("spam",), patterns=("spam",)))
    assert found == ["spam"] * 20


class TestExceptions:
    RULEBOOK = book(
        clause("SP1", ExactRules(phrases=("free crypto",), patterns=(r"crypto\d",))),
        clause("SP2", ExactRules(words=("crypto",))),
        exceptions=(
            allowed("SP-A1", ExactRules(phrases=("no free crypto here",)), limits=("SP1",)),
            allowed("SP-A2", ExactRules(patterns=("crypto museum|crypto5",))),
        ),
    )

    async def found(self, text: str) -> list[bool]:
        return [isinstance(opinion, Verdict) for opinion in await opinions(text, self.RULEBOOK)]

    async def test_a_match_within_an_allowed_one_is_excused(self) -> None:
        assert await self.found("There is no free crypto here.") == [False, True]

    async def test_in_disguise_as_well(self) -> None:
        assert await self.found("There is NO FR33 CRYPT0 HERE.") == [False, True]

    async def test_a_match_that_sticks_out_is_not(self) -> None:
        assert await self.found("free crypto museum") == [True, False]

    async def test_nor_is_another_match_beside_it(self) -> None:
        text = "There is no free crypto here. Or is there free crypto?"
        first = (await opinions(text, self.RULEBOOK))[0]
        assert isinstance(first, Verdict)
        assert first.evidence == (Span(start=text.rindex("free"), end=len(text) - 1),)

    async def test_an_exception_without_limits_excuses_in_every_clause(self) -> None:
        assert await self.found("the crypto museum and crypto5") == [False, False]

    async def test_many_excused_matches_hide_no_other(self) -> None:
        assert await self.found("crypto5 " * 100 + "crypto6") == [True, False]

    async def test_two_exceptions_do_not_add_up(self) -> None:
        rulebook = book(
            clause("SP1", ExactRules(phrases=("free crypto",))),
            exceptions=(allowed("SP-A1", ExactRules(patterns=("so free", "crypto then"))),),
        )
        assert await quotes("so free crypto then", rulebook) == ["free crypto"]

    async def test_exceptions_alone_are_no_violation(self) -> None:
        rulebook = book(clause("SP1", ExactRules()), exceptions=(allowed("SP-A1", CRYPTO),))
        [opinion] = await opinions("free crypto", rulebook)
        assert isinstance(opinion, Abstention)
        assert opinion.detail == "no exact rule"

    async def test_they_hold_in_their_own_policy_only(self) -> None:
        other = Policy(
            id="other", title="Other", version="1.0.0", language="en", clauses=(clause("OT1", CRYPTO, "other"),)
        )
        rulebook = Rulebook(policies=(*self.RULEBOOK.policies, other))
        answer = await opinions("There is no free crypto here.", rulebook)
        assert [isinstance(one, Verdict) for one in answer] == [False, True, True]


class TestPatterns:
    async def test_match_the_text_as_it_is(self) -> None:
        assert await quotes("👍 Win 20 coins", one_clause(patterns=(r"Win \d+",))) == ["Win 20"]

    async def test_match_the_plain_form_and_quote_the_original(self) -> None:
        found = await quotes("👍 ＷＩＮ\u3000２\u200b０ coins", one_clause(patterns=(r"win \d+",)))
        assert found == ["ＷＩＮ\u3000２\u200b０"]

    async def test_match_lookalikes(self) -> None:
        assert await quotes("wіn 20 coins", one_clause(patterns=(r"win \d+",))) == ["wіn 20"]

    async def test_a_match_of_nothing_is_no_match(self) -> None:
        assert await quotes("hello", one_clause(patterns=("x*", "$"))) == []

    async def test_each_of_several_is_found(self) -> None:
        rulebook = one_clause(patterns=("(?i)A(?P<n>1)", "b(?P<n>2)", "C3"))
        assert await quotes("a1 b2 C3 c3 B2", rulebook) == ["a1", "b2", "C3", "B2"]

    async def test_flags_of_one_do_not_leak_into_another(self) -> None:
        assert await quotes("AB", one_clause(patterns=("(?i)xy", "[A-C]B", "q|r"))) == ["AB"]

    async def test_offsets_hold_behind_lone_surrogates(self) -> None:
        assert await quotes("\ud800🦊\udfff spam", one_clause(patterns=("spam",))) == ["spam"]

    async def test_one_that_is_not_re2_is_named(self) -> None:
        with pytest.raises(JudgeError, match=r"spam/SP1: expected a pattern in RE2 syntax; got '\(\?=a\)'"):
            await opinions("hello", one_clause(patterns=("(?=a)",)))


class TestHashes:
    TEXT = "Ｆree\ud800 \U0001f98a"
    NAME = hashlib.sha256(TEXT.encode("utf-8", "surrogatepass")).hexdigest()

    async def test_match_the_whole_text_and_quote_it(self) -> None:
        assert await quotes(self.TEXT, one_clause(hashes=(self.NAME.upper(),))) == [self.TEXT]

    async def test_match_nothing_else(self) -> None:
        assert await quotes(self.TEXT + " ", one_clause(hashes=(self.NAME,))) == []
        assert await quotes(self.TEXT.lower(), one_clause(hashes=(self.NAME,))) == []

    async def test_an_empty_text_matches_no_rule(self) -> None:
        rulebook = one_clause(hashes=(hashlib.sha256(b"").hexdigest(),), patterns=("^$",))
        assert await quotes("", rulebook) == []

    async def test_the_rationale_shows_the_beginning(self) -> None:
        [opinion] = await opinions(self.TEXT, one_clause(hashes=(self.NAME,)))
        assert isinstance(opinion, Verdict)
        assert opinion.rationale == f"matches the hash {self.NAME[:12]}… of SP1"


async def test_a_phrase_with_nothing_visible_is_refused() -> None:
    with pytest.raises(JudgeError, match="spam/SP1: expected a phrase with something visible in it"):
        await opinions("hello", one_clause(phrases=("\u200b \u2060",)))


async def test_evidence_takes_the_marks_of_its_last_letter_along() -> None:
    assert await quotes("spam\u0301\u0302!", one_clause(words=("spam",))) == ["spam\u0301\u0302"]
    assert await quotes("ﾊﾞｶﾞ", one_clause(words=("ばが",))) == ["ﾊﾞｶﾞ"]


async def test_rulebooks_are_kept_apart() -> None:
    judge = RulesJudge()
    books = [one_clause(words=(f"word{number}x",)) for number in range(20)]
    for _ in range(2):
        for number, rulebook in enumerate(books):
            assert await quotes(f"word{number}x and wordx", rulebook, judge) == [f"word{number}x"]


async def test_concurrent_first_calls_all_get_their_answer() -> None:
    judge, rulebook = RulesJudge(), one_clause(phrases=tuple(f"free crypto{number}x" for number in range(5_000)))
    texts = [f"free crypto{number}x" for number in range(50)]
    given_up = asyncio.ensure_future(quotes(texts[0], rulebook, judge))
    others = [asyncio.ensure_future(quotes(text, rulebook, judge)) for text in texts]
    await asyncio.sleep(0.01)
    given_up.cancel()
    assert await asyncio.gather(*others) == [[text] for text in texts]


async def test_a_rule_that_cannot_be_searched_fails_every_time() -> None:
    judge, rulebook = RulesJudge(), one_clause(patterns=("(",))
    for _ in range(2):
        with pytest.raises(JudgeError):
            await quotes("hello", rulebook, judge)
    assert await quotes("spam", one_clause(words=("spam",)), judge) == ["spam"]


async def test_the_same_judge_serves_several_event_loops() -> None:
    judge, rulebook = RulesJudge(), one_clause(words=("spam",))

    def elsewhere() -> list[str]:
        return asyncio.run(quotes("spam", rulebook, judge))

    assert await asyncio.gather(*(asyncio.to_thread(elsewhere) for _ in range(4))) == [["spam"]] * 4
