"""Policies that say something else than the true one, and whether labels can tell."""

import pytest
from hypothesis import given, settings

from komainu.domain import Policy, Role
from komainu.policies import Case, load, parse, policy_files, render_markdown, starter_path
from komainu.policies.coverage import coverage
from komainu.policies.mutants import Mutant, Operator, Reading, Trace, make, read_labels, redundant, weakened
from tests.strategies import policies

POLICY = """---
id: board
title: Board
version: 1.0.0
language: en
rules:
  BD1:
    phrases: [buy my candles]
---

## Violates
### BD1 Adverts {severity=2}
Sells, swaps or praises a product without a question. Listings count.
### BD2 Threats {severity=3}
Threatens harm.

## Allowed
### BD-A1 Answers {limits=BD1}
A product in an answer.
### BD-A2 Fiction {limits=BD1,BD2}
Lines of a song.

## Examples
- **BD1**: Lovely poem. Buy my candles!
- **BD1, BD2**: Buy my lamp or else
- **BD2**: Wait until I find you
- **none**: The soup was cold.
"""


def read(text: str = POLICY) -> Policy:
    return parse(text, path="policy.md")


def mutant(operator: Operator, clause: str, *, cut: str = "", text: str = POLICY) -> Mutant:
    found = make(read(text), controls=True).mutants
    return next(one for one in found if (one.operator, one.clause, one.cut) == (operator, clause, cut))


def cuts(text: str, language: str = "en") -> dict[str, str]:
    return {one.cut: one.left for one in weakened(text, language)}


@settings(deadline=None, max_examples=25)
@given(policies())
def test_every_mutant_can_be_written_and_says_something_else(policy: Policy) -> None:
    made = make(policy, controls=True)
    digests = {policy.digest, *(one.policy.digest for one in made.mutants)}
    assert len(digests) == len(made.mutants) + 1
    for one in made.mutants:
        assert parse(render_markdown(one.policy), path="x") == one.policy


def test_every_starter_policy_has_mutants_of_every_kind() -> None:
    for file in policy_files(starter_path()):
        policy = load(file)
        made = make(policy)
        counts = [sum(one.operator is operator for one in made.mutants) for operator in list(Operator)[:3]]
        clauses = len(policy.clauses)
        assert counts == [clauses + len(policy.allowed), clauses, clauses - 1]
        assert made.not_made == ()


def test_a_dropped_clause_takes_exceptions_to_it_alone_along() -> None:
    gone = mutant(Operator.DROP, "BD1").policy
    assert [clause.id for clause in gone.every_clause] == ["BD2", "BD-A2"]
    assert gone.allowed[0].limits == ("BD2",)


def test_the_only_clause_cannot_be_dropped() -> None:
    alone = "---\nid: x\ntitle: x\nversion: 1.0.0\nlanguage: en\n---\n## Violates\n### XX1 Ads\nSells things.\n"
    (refused,) = [one for one in make(read(alone)).not_made if one.operator is Operator.DROP]
    assert (refused.clause, refused.reason) == ("XX1", "a policy has at least one clause")


def test_a_negated_clause_turns_words_and_examples_round() -> None:
    turned = mutant(Operator.NEGATE, "BD1").policy
    clause = turned.clauses[0]
    assert clause.title == "Anything but: Adverts"
    assert clause.text.startswith("Is violated by all content of which the following is not true. Sells, swaps")
    assert (clause.examples, bool(clause.rules)) == ((), False)
    assert turned.fine == ("The soup was cold.", "Lovely poem. Buy my candles!")  # the other violates BD2 too


def test_a_japanese_clause_is_negated_in_japanese() -> None:
    text = (
        POLICY.replace("language: en", "language: ja").replace("Adverts", "広告").replace("Threatens harm.", "脅す。")
    )
    turned = mutant(Operator.NEGATE, "BD1", text=text).policy.clauses[0]
    assert turned.title == "「広告」に当たらないもの"
    assert turned.text.startswith("次のことに当てはまらない内容は、すべて違反とする。")


def test_other_languages_are_not_negated_and_said_so() -> None:
    made = make(read(POLICY.replace("language: en", "language: de")))
    assert "there are no words to negate a clause in 'de'" in {one.reason for one in made.not_made}


def test_swapped_clauses_keep_id_severity_and_action() -> None:
    found = mutant(Operator.SWAP, "BD1")
    first, second = found.policy.clauses
    assert found.other == "BD2"
    assert (first.id, first.title, first.severity, bool(first.rules)) == ("BD1", "Threats", 2, False)
    assert (second.id, second.title, second.severity, bool(second.rules)) == ("BD2", "Adverts", 3, True)
    assert second.examples[0] == "Lovely poem. Buy my candles!"


def test_restatements_are_made_only_as_controls() -> None:
    assert all(one.operator is not Operator.RESTATE for one in make(read()).mutants)
    assert mutant(Operator.RESTATE, "BD-A2").policy.allowed[1].text.endswith("This is a rule of this policy.")


def test_english_is_weakened_by_sentence_part_and_condition() -> None:
    assert cuts("Sells, swaps or praises a product without a question. Listings count.") == {
        "Sells, swaps or praises a product without a question.": "Listings count.",
        "Listings count.": "Sells, swaps or praises a product without a question.",
        "Sells": "Swaps or praises a product without a question. Listings count.",
        "swaps": "Sells or praises a product without a question. Listings count.",
        "praises a product without a question": "Sells or swaps. Listings count.",
        "without a question": "Sells, swaps or praises a product. Listings count.",
    }


def test_the_last_of_three_leaves_its_or_behind() -> None:
    assert cuts("Apples, pears or plums.")["plums"] == "Apples or pears."


def test_japanese_keeps_the_verb_at_the_end() -> None:
    assert cuts("報酬を示し、または手伝いとして、実行役を集め、紹介すること。", "ja") == {
        "報酬を示し": "手伝いとして、実行役を集め、紹介すること。",
        "手伝いとして": "報酬を示し、実行役を集め、紹介すること。",
        "実行役を集め": "報酬を示し、または手伝いとして、紹介すること。",
    }


def test_list_items_go_with_what_is_nested_in_them() -> None:
    text = "Any of these:\n- threats\n  - hinted\n- insults"
    left = cuts(text)
    assert left["threats hinted"] == "Any of these:\n- insults"
    assert left["insults"] == "Any of these:\n- threats\n  - hinted"


def test_brackets_and_quotations_stay_whole() -> None:
    assert all("(" not in cut for cut in cuts("A drug (cocaine, heroin and the like) is sold, or swapped."))
    assert cuts("Lines.") == {}


def case(case_id: str, text: str, *violates: str, why: str = "", tags: tuple[str, ...] = ()) -> Case:
    return Case(id=case_id, text=text, role=Role.POST, violates=violates, why=why, tags=tags)


CASES = (
    case("advert", "My shop has lamps", "BD1", why="Praises its own product.", tags=("pair:1",)),
    case("question", "Which shop has lamps?", why="A question, so not BD1.", tags=("pair:1",)),
    case("both", "Buy it or you will be sorry", "BD1", "BD2"),
    case("song", "I will find you, sang the wolf", why="A song (BD-A2).", tags=("exception",)),
    case("plain", "The soup was hot"),
)


def reading(operator: Operator, clause: str, cut: str = "", cases: tuple[Case, ...] = CASES) -> Reading:
    return read_labels(read(), cases, mutant(operator, clause, cut=cut), coverage(read(), cases))


@pytest.mark.parametrize(
    ("operator", "clause", "cut", "ids", "trace"),
    [
        (Operator.DROP, "BD1", "", ("advert", "both"), Trace.LABEL),
        (Operator.NEGATE, "BD1", "", ("advert", "both", "question"), Trace.LABEL),
        (Operator.SWAP, "BD1", "", ("advert",), Trace.LABEL),  # `both` stays as it is
        (Operator.DROP, "BD-A2", "", ("song",), Trace.NAMED),
        (Operator.DROP, "BD-A1", "", (), Trace.WORDS),
        (Operator.WEAKEN, "BD1", "praises a product without a question", ("advert", "question"), Trace.WORDS),
        (Operator.WEAKEN, "BD1", "without a question", ("question",), Trace.WORDS),
        (Operator.WEAKEN, "BD1", "swaps", (), Trace.WORDS),
        (Operator.RESTATE, "BD1", "", (), Trace.LABEL),
    ],
)
def test_labels_tell_mutants(operator: Operator, clause: str, cut: str, ids: tuple[str, ...], trace: Trace) -> None:
    found = reading(operator, clause, cut)
    assert (found.cases, found.trace, found.is_killed) == (ids, trace, bool(ids))


def test_what_is_said_twice_cannot_be_traced() -> None:
    twice = POLICY.replace("Threatens harm.", "Threatens harm, or hints at harm by threats.")
    found = mutant(Operator.WEAKEN, "BD2", cut="Threatens harm", text=twice)
    labels = read_labels(read(twice), CASES, found, coverage(read(twice), CASES))
    assert (labels.is_defined, labels.is_killed, labels.is_survived) == (False, False, False)


def test_without_cases_nothing_is_told() -> None:
    assert all(not reading(one.operator, one.clause, one.cut, ()).is_killed for one in make(read()).mutants)


def test_a_clause_that_is_never_violated_alone_may_be_redundant() -> None:
    assert redundant(read(), CASES) == ("BD2",)
    assert redundant(read(), (*CASES, case("threat", "I will find you", "BD2"))) == ()
    held = POLICY.replace("{severity=3}", "{severity=3 action=hold}").replace("{severity=2}", "{severity=1}")
    assert redundant(read(held), (case("both", "x", "BD1", "BD2"),)) == ("BD1",)  # limiting adds nothing to holding
