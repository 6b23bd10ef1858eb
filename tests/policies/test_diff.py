"""Two versions of a policy: what differs in meaning."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Action, Policy, Role
from komainu.policies import Case, parse
from komainu.policies.diff import Change, Edit, Effect, Kind, Op, Part, compare, edits, likeness, warnings
from tests.strategies import policies

OLD = """---
id: adverts
title: Adverts
version: 1.0.0
language: en
applies_to: [post]
targets: {max_wrong: 0.1}
---

Keeps the board readable.

## Definitions
- **Advert**: a text that promotes a product.

## Violates
### AD1 Misplaced advert {severity=2}
Places an advert in a comment where nobody asked for it.
### AD2 Paid praise {severity=1}
Praises a product and was paid for that.
### AD3 Lures {severity=2}
Hides what stands behind a link in order to get a click.

## Allowed
### AD-A1 Answers {limits=AD1}
A product named in answer to a question.

## Ambiguity
- If two clauses fit, the first counts.

## Examples
- **AD1**: Lovely poem. Buy my candles!
- **AD-A1**: You asked for candles: these are good.
- **none**: The soup was cold.
"""


def read(text: str = OLD) -> Policy:
    return parse(text, path="policy.md")


def changed(*swaps: tuple[str, str]) -> tuple[Change, ...]:
    text = OLD
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return compare(read(), read(text)).changes


def told(changes: tuple[Change, ...]) -> list[tuple[str, str, str, str]]:
    return [(one.kind.value, one.name, one.field, one.effect.value) for one in changes]


def marked(pieces: tuple[Edit, ...]) -> str:
    marks = {Op.KEEP: "{}", Op.CUT: "[-{}-]", Op.PUT: "[+{}+]"}
    return "".join(marks[piece.op].format(piece.text) for piece in pieces)


@given(policies(), policies())
def test_there_is_a_difference_exactly_where_policies_differ(old: Policy, new: Policy) -> None:
    assert compare(old, old).changes == ()
    assert bool(compare(old, new).changes) == (old != new)


@given(st.data())
def test_every_field_of_a_policy_counts(data: st.DataObject) -> None:
    """One part taken over from another policy is told wherever it makes a difference."""
    old, other = data.draw(policies("spam")), data.draw(policies("spam"))
    name = data.draw(
        st.sampled_from(("title", "version", "purpose", "definitions", "ambiguity", "fine", "targets", "applies_to"))
    )
    new = replace(old, **{name: getattr(other, name)})
    assert bool(compare(old, new).changes) == (old != new)


@given(st.text(), st.text())
def test_edits_lead_from_one_text_to_the_other(old: str, new: str) -> None:
    pieces = edits(old, new)
    assert "".join("".join(one.text for one in pieces if one.op is not Op.PUT).split()) == "".join(old.split())
    assert "".join("".join(one.text for one in pieces if one.op is not Op.CUT).split()) == "".join(new.split())


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("Sells, buys or swaps.", "Sells, trades or swaps.", "Sells,[- buys-][+ trades+] or swaps."),
        ("個人情報を載せること。", "個人特定情報を載せないこと。", "個人[+特定+]情報を載せ[-る-][+ない+]こと。"),
        ("誘い、紹介すること。", "紹介すること。", "[-誘い、-]紹介すること。"),
        ("メールを送る。", "電話をかける。", "[-メール-][+電話+]を[-送-][+かけ+]る。"),
    ],
)
def test_words_are_whole_and_japanese_goes_by_script(old: str, new: str, shown: str) -> None:
    assert marked(edits(old, new)) == shown


def test_likeness_is_of_words_and_of_japanese_characters() -> None:
    assert likeness("a b c d", "a b c e") == pytest.approx(0.75)  # 2 * 3 of 8
    assert likeness("口座の買取", "口座の売買") == pytest.approx(0.8)  # 口 座 の 買: 2 * 4 of 10
    assert likeness("", "") == 1.0


def test_a_reworded_clause_shows_the_words() -> None:
    (change,) = changed(("where nobody asked", "where no reader asked"))
    assert (change.kind, change.name, change.field, change.effect) == (Kind.REWORDED, "AD1", "text", Effect.VERDICT)
    assert "where[- nobody-][+ no reader+] asked" in marked(change.edits)


def test_line_breaks_in_a_text_change_nothing() -> None:
    assert changed(("comment where", "comment\nwhere")) == ()
    (change,) = changed(("Keeps the board readable.", "Keeps the\n\nboard readable."))
    assert (change.kind, change.effect) == (Kind.RESPACED, Effect.NONE)


def test_what_cannot_change_a_verdict_is_told_apart() -> None:
    front = changed(("1.0.0", "1.1.0"), ("[post]", "[post, comment]"), ("0.1}", "0.2}"))
    assert told(front) == [
        ("changed", "version", "", "none"),
        ("changed", "targets.max_wrong", "", "none"),
        ("changed", "applies_to", "", "none"),
    ]
    assert front[-1].put == (Role.COMMENT.value,)
    assert {one.effect for one in changed(("language: en", "language: ja"))} == {Effect.VERDICT}
    above = changed(("applies_to", "precedence: {dominates: [spam]}\napplies_to"))
    assert told(above) == [("changed", "dominates", "", "action")]


def test_severity_and_action_change_what_is_done() -> None:
    found = changed(("AD2 Paid praise {severity=1}", "AD2 Paid praise {severity=2 action=hold}"))
    assert told(found) == [("changed", "AD2", "severity", "action"), ("changed", "AD2", "action", "action")]
    assert [(one.old, one.new) for one in found] == [("1", "2"), ("limit", "hold")]


def test_a_clause_with_another_id_is_found_by_its_words() -> None:
    found = changed(("AD3 Lures", "AD7 Lures"))
    assert told(found) == [("renamed", "AD7", "", "none")]
    assert (found[0].old, found[0].new) == ("AD3", "AD7")
    reworded = changed(("AD3 Lures", "AD7 Lures"), ("get a click", "get many clicks"))
    assert [one.kind for one in reworded] == [Kind.RENAMED, Kind.REWORDED]


def test_a_renamed_clause_leaves_the_limits_of_exceptions_alone() -> None:
    kinds = [one.kind for one in changed(("AD1", "AD8"))]
    assert kinds == [Kind.RENAMED]


def test_unlike_clauses_are_removed_and_added() -> None:
    found = changed(
        ("### AD3 Lures", "### AD4 Floods"), ("Hides what stands behind a link in order to get a click", "x")
    )
    assert [(one.kind, one.name) for one in found] == [(Kind.REMOVED, "AD3"), (Kind.ADDED, "AD4")]
    assert found[0].old.startswith("Lures: Hides what")


def test_a_clause_that_became_an_exception_is_moved() -> None:
    praise = "### AD2 Paid praise {severity=1}\nPraises a product and was paid for that.\n"
    found = changed(
        (praise, ""), ("## Ambiguity", f"{praise.replace('AD2', 'AD-A2').replace(' {severity=1}', '')}\n## Ambiguity")
    )
    assert told(found) == [("renamed", "AD-A2", "", "none"), ("moved", "AD-A2", "", "verdict")]
    assert (found[1].old, found[1].new, found[1].part) == ("clause", "exception", Part.EXCEPTION)
    back = compare(read(OLD.replace(praise, "")), read())
    assert [(one.kind, one.name) for one in back.changes] == [(Kind.ADDED, "AD2")]


def test_order_alone_is_told_once_and_changes_nothing() -> None:
    policy = read()
    turned = replace(policy, clauses=(policy.clauses[2], *policy.clauses[:2]))
    (change,) = compare(policy, turned).changes
    assert (change.kind, change.name, change.old, change.new) == (Kind.REORDERED, "AD3", "3", "1")
    assert change.effect is Effect.NONE


def test_examples_rules_definitions_and_ambiguity() -> None:
    found = changed(
        ("Buy my candles!", "Buy my soap!"),
        ("applies_to", "rules:\n  AD1:\n    phrases: [buy my soap]\napplies_to"),
        ("a text that promotes a product.", "a text that promotes anything.\n- **Reader**: whoever reads."),
        ("the first counts", "the last counts"),
        ("The soup was cold.", "The soup was hot."),
        ("{limits=AD1}", ""),
    )
    assert told(found) == [
        ("reworded", "Advert", "", "verdict"),
        ("added", "Reader", "", "verdict"),
        ("changed", "AD1", "examples", "verdict"),
        ("changed", "AD1", "phrases", "verdict"),
        ("changed", "AD-A1", "limits", "verdict"),
        ("reworded", "ambiguity", "", "verdict"),
        ("changed", "none", "", "verdict"),
    ]
    assert (found[2].out, found[2].put) == (("Lovely poem. Buy my candles!",), ("Lovely poem. Buy my soap!",))
    assert (found[4].old, found[4].new) == ("AD1", "every clause")


def warned(*swaps: tuple[str, str], cases: tuple[Case, ...] = ()) -> str:
    text = OLD
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    return "\n".join(warnings(compare(read(), read(text)), cases))


def case(case_id: str, *violates: str) -> Case:
    return Case(id=case_id, text="x", role=Role.POST, violates=violates)


def test_a_version_that_stayed_or_went_back_is_warned_of() -> None:
    assert "the version is 1.0.0 still" in warned(("get a click", "get clicks"))
    assert warned(("get a click", "get clicks"), ("1.0.0", "1.0.1")) == ""
    assert warned(("0.1}", "0.2}")) == ""  # targets are no part of what it says
    assert "went back from 1.0.0 to 0.9.0" in warned(("1.0.0", "0.9.0"))


def test_cases_that_name_a_clause_that_is_gone_are_named() -> None:
    cases = (case("one", "AD3"), case("two", "AD1", "AD3"), case("three", "AD1"))
    renamed = warned(("AD3 Lures", "AD7 Lures"), ("1.0.0", "2.0.0"), cases=cases)
    assert renamed == "AD3 is AD7 now, and one, two still violate it: correct these cases"
    lures = "### AD3 Lures {severity=2}\nHides what stands behind a link in order to get a click.\n"
    assert warned((lures, ""), ("1.0.0", "2.0.0"), cases=cases).startswith("AD3 is gone, and one, two still")


def test_clauses_numbered_anew_are_warned_of() -> None:
    found = warned(("AD2 Paid", "AD9 Paid"), ("AD3 Lures", "AD2 Lures"), ("AD9 Paid", "AD3 Paid"), ("1.0.0", "2.0.0"))
    assert "AD2 says what AD3 said" in found
    assert "AD3 says what AD2 said" in found


def test_another_policy_id_is_warned_of() -> None:
    assert "the id adverts became ads" in warned(("id: adverts", "id: ads"), ("1.0.0", "2.0.0"))


def test_a_long_text_is_compared_in_time() -> None:
    long = " ".join(f"w{number}" for number in range(20_000))
    assert likeness(long, long + " more") == 0.0
    assert [one.op for one in edits(long, long + " more")] == [Op.CUT, Op.PUT]


def test_an_action_is_told_by_its_name() -> None:
    policy = read()
    held = replace(policy, clauses=(replace(policy.clauses[0], action=Action.HOLD), *policy.clauses[1:]))
    (change,) = compare(policy, held).changes
    assert (change.old, change.new) == ("block", "hold")
