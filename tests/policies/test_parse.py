import pytest

from komainu.domain import Action, Definition, ExactRules, Role, Targets
from komainu.errors import PolicyError
from komainu.policies import load, parse
from tests.policies.conftest import CLAUSE, HEAD

FULL = """---
id: adverts
title: Adverts: the rules
version: 1.10
language: en
domain: hobby forum
applies_to: [post, tool_result]
owner: trust@example.org
description: anything
status: live
tags: [a, b]
precedence: {dominates: [spam], yields_to: [fraud]}
actions: {1: hold, 3: limit}
rules:
  AD1:
    phrases: ["buy now", 007, no]
    words: [sub4sub]
    patterns: ['\\bfree\\b']
    hashes: [sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
  AD-A1:
    phrases: [free as in freedom]
targets: {max_wrong: 0.1, min_recall: 0}
---

Keeps *adverts* out,
and `codes` in.

Second paragraph.

## Definitions
- **Advert**: a text that **promotes**.
- **Place:** where it
  stands

## Violates
### AD1 Adverts {severity=1}
Promotes a *thing*:

- a shop
  - online
- a f*ck and sh*t [link](https://example.org)

1. one
### AD2 Lures {severity=2 action=hold}
Lures.
### AD3 Traps {severity=3}
Traps.
### AD4 Bare
Bare.

## Allowed
### AD-A1 Asked for {limits=AD1, AD2}
Asked.
### AD-A2 Other
Other.

## Ambiguity
- If both, then AD2.
- If in doubt, allow.

## Examples
- **AD1, AD2**: *buy* it, f*ck and sh*t
- **AD2**: a\\*b &amp; c
- **AD-A1**: you asked: here
- **none**: <!-- assistant: be nice -->
"""


@pytest.fixture(scope="module")
def policy():
    return parse(FULL, path="policy.md")


def test_front_matter_values_are_the_text_that_was_written(policy):
    assert (policy.id, policy.title, policy.version) == ("adverts", "Adverts: the rules", "1.10")
    assert policy.applies_to == (Role.POST, Role.TOOL_RESULT)
    assert (policy.dominates, policy.yields_to) == (("spam",), ("fraud",))
    assert policy.targets == Targets(max_wrong=0.1, min_recall=0.0)
    assert policy.clauses[0].rules.phrases == ("buy now", "007", "no")


def test_purpose_and_clauses_are_plain_text_with_bullets_as_lines(policy):
    assert policy.purpose == "Keeps adverts out, and codes in.\nSecond paragraph."
    assert policy.clauses[0].text == (
        "Promotes a thing:\n- a shop\n  - online\n- a f*ck and sh*t [link](https://example.org)\n1. one"
    )


def test_definitions_may_have_the_colon_on_either_side_of_the_stars(policy):
    assert policy.definitions == (
        Definition(term="Advert", meaning="a text that promotes."),
        Definition(term="Place", meaning="where it stands"),
    )


def test_severity_and_action_come_from_heading_then_front_matter_then_default(policy):
    assert [(clause.severity, clause.action) for clause in policy.clauses] == [
        (1, Action.HOLD),
        (2, Action.HOLD),
        (3, Action.LIMIT),
        (2, Action.BLOCK),
    ]
    plain = parse(HEAD + CLAUSE.replace("Adverts\n", "Adverts {severity=1}\n"), path="policy.md")
    assert plain.clauses[0].action is Action.LIMIT


def test_exceptions_name_what_they_limit_or_nothing(policy):
    assert [clause.limits for clause in policy.allowed] == [("AD1", "AD2"), ()]


def test_examples_go_to_their_clauses_word_for_word(policy):
    assert policy.clauses[0].examples == ("*buy* it, f*ck and sh*t",)
    assert policy.clauses[1].examples == ("*buy* it, f*ck and sh*t", "a*b & c")
    assert policy.allowed[0].examples == ("you asked: here",)
    assert policy.fine == ("<!-- assistant: be nice -->",)


def test_exact_rules_go_to_violating_and_allowed_clauses(policy):
    assert policy.clauses[0].rules == ExactRules(
        phrases=("buy now", "007", "no"), words=("sub4sub",), patterns=(r"\bfree\b",), hashes=("a" * 64,)
    )
    assert policy.allowed[0].rules == ExactRules(phrases=("free as in freedom",))


def test_ambiguity_is_one_statement_a_bullet(policy):
    assert policy.ambiguity == ("If both, then AD2.", "If in doubt, allow.")


def test_japanese_section_names_are_read_and_lines_join_without_space():
    text = HEAD + (
        "目的は一つ。\n二つ目。\n## 定義\n- **宣伝**：勧める文\n## 違反\n### AD1 宣伝\n勧める。\n"
        "## 許可\n### AD-A1 返答\n答える。\n## 曖昧な場合\n- 迷えば許す\n"
        "## 例\n- **AD1、AD1**：買って\n- **なし**：晴れ\n"
    )
    policy = parse(text, path="policy.md")
    assert policy.purpose == "目的は一つ。二つ目。"
    assert policy.definitions == (Definition(term="宣伝", meaning="勧める文"),)
    assert (policy.clauses[0].examples, policy.fine) == (("買って",), ("晴れ",))
    assert policy.ambiguity == ("迷えば許す",)


def test_comments_are_left_out_but_not_where_they_are_content():
    text = HEAD + "<!-- a\n## Nonsense\n-->\n" + CLAUSE + "<!-- b --> More.\nQuotes <!-- c --> too.\n"
    assert parse(text, path="policy.md").clauses[0].text == "Promotes a thing. More. Quotes <!-- c --> too."


def test_byte_order_mark_and_line_ends_make_no_difference(folder):
    plain = HEAD + CLAUSE
    root = folder({"a.md": plain, "b.md": b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode()})
    assert load(root / "a.md") == load(root / "b.md")


def test_lists_are_merged_into_phrases(folder):
    head = HEAD.replace("---\n", "---\nrules: {AD1: {phrases: [one], lists: [lists/more.txt]}}\n", 1)
    root = folder({"policy.md": head + CLAUSE, "lists/more.txt": "# comment\n\n two words \r\n無料\n"})
    assert load(root).clauses[0].rules.phrases == ("one", "two words", "無料")


def test_text_without_a_reader_does_not_reach_for_files(folder):
    root = folder({"secret.txt": "secret"})
    for line in ("extends: secret.txt", "rules: {AD1: {lists: [secret.txt]}}"):
        with pytest.raises(PolicyError, match="cannot be read here"):
            parse(HEAD.replace("---\n", f"---\n{line}\n", 1) + CLAUSE, path=str(root / "policy.md"))


BASE = """---
id: base
title: Base
version: 1.0.0
language: en
actions: {2: hold, 3: hold}
rules: {AD1: {phrases: [base one]}, AD2: {phrases: [base two]}}
---
Base purpose.
## Definitions
- **Advert**: base advert.
- **Other**: base other.
## Violates
### AD1 First
Base first.
### AD2 Second
Base second.
## Allowed
### AD-A1 Base allowed {limits=AD2}
Base allowed.
## Ambiguity
- Base doubt.
## Examples
- **AD1, AD2**: base both
- **AD1**: base first
- **none**: base fine
"""
OWN = """---
id: own
title: Own
version: 2.0.0
language: en
extends: ../base/policy.md
actions: {3: limit}
rules: {AD2: {phrases: [own two]}}
---
## Definitions
- **Advert**: own advert.
## Violates
### AD1 Changed
Own first.
### AD3 Third {severity=3}
Own third.
## Ambiguity
- Own doubt.
## Examples
- **AD1**: own first
- **AD2**: own second
"""


def test_extends_puts_the_base_first_and_replaces_clauses_of_the_same_id_whole(folder):
    policy = load(folder({"base/policy.md": BASE, "own/policy.md": OWN}) / "own")
    assert [(clause.key, clause.title) for clause in policy.clauses] == [
        ("own/AD1", "Changed"),
        ("own/AD2", "Second"),
        ("own/AD3", "Third"),
    ]
    assert [clause.examples for clause in policy.clauses] == [("own first",), ("base both", "own second"), ()]
    assert [clause.rules.phrases for clause in policy.clauses] == [(), ("base two", "own two"), ()]
    assert [clause.action for clause in policy.clauses] == [Action.HOLD, Action.HOLD, Action.LIMIT]
    assert policy.definitions == (
        Definition(term="Other", meaning="base other."),
        Definition(term="Advert", meaning="own advert."),
    )
    assert (policy.purpose, policy.fine) == ("Base purpose.", ("base fine",))
    assert policy.ambiguity == ("Base doubt.", "Own doubt.")
    assert policy.allowed[0].key == "own/AD-A1"


def test_a_hundred_thousand_listed_phrases_are_read(folder):
    head = HEAD.replace("---\n", "---\nrules: {AD1: {lists: [big.txt]}}\n", 1)
    root = folder({"policy.md": head + CLAUSE, "big.txt": "\n".join(f"phrase number {n}" for n in range(100_000))})
    assert len(load(root).clauses[0].rules.phrases) == 100_000
