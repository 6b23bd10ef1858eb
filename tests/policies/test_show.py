import pytest
from hypothesis import given

from komainu.domain import Action, AllowedClause, Clause, Definition, ExactRules, Policy, Role, Targets
from komainu.policies import parse, render_markdown
from tests.strategies import PATIENT, policies

POLICY = Policy(
    id="adverts",
    title="Adverts: the rules",
    version="1.0.0",
    language="en",
    domain="hobby forum",
    applies_to=(Role.POST, Role.TOOL_RESULT),
    purpose="Keeps adverts out.",
    definitions=(Definition(term="Advert", meaning="a text that promotes."),),
    clauses=(
        Clause(
            policy="adverts",
            id="AD1",
            title="Adverts",
            text="Promotes:\n- a shop\n  - on_line\n- a f*ck\nNothing *else*.",
            severity=1,
            action=Action.LIMIT,
            examples=("*buy* it",),
            rules=ExactRules(phrases=("it's free",), patterns=(r"\bfree\b",)),
        ),
        Clause(policy="adverts", id="AD2", title="C# {x}", text="", severity=3, action=Action.HOLD),
    ),
    allowed=(AllowedClause(policy="adverts", id="AD-A1", title="Asked for", text="Asked.", limits=("AD1", "AD2")),),
    ambiguity=("If both, AD2.",),
    fine=("- a list",),
    dominates=("spam",),
    targets=Targets(max_wrong=0.1),
)
MARKDOWN = r"""---
id: adverts
title: 'Adverts: the rules'
version: 1.0.0
language: en
domain: hobby forum
applies_to: [post, tool_result]
precedence:
  dominates: [spam]
rules:
  AD1:
    phrases:
      - 'it''s free'
    patterns:
      - '\bfree\b'
targets: {max_wrong: 0.1}
---

Keeps adverts out.

## Definitions
- **Advert**: a text that promotes.

## Violates
### AD1 Adverts {severity=1}
Promotes:

- a shop
  - on_line
- a f*ck

Nothing \*else\*.
### AD2 C\# \{x} {severity=3 action=hold}

## Allowed
### AD-A1 Asked for {limits=AD1,AD2}
Asked.

## Ambiguity
- If both, AD2.

## Examples
- **AD1**: *buy* it
- **none**: - a list
"""


def test_the_canonical_file_of_a_policy():
    assert render_markdown(POLICY) == MARKDOWN
    assert parse(MARKDOWN, path="policy.md") == POLICY


@PATIENT
@given(policies())
def test_a_rendered_policy_parses_to_an_equal_one(policy):
    text = render_markdown(policy)
    again = parse(text, path="policy.md")
    assert again == policy
    assert again.digest == policy.digest
    assert render_markdown(again) == text


@pytest.mark.parametrize(
    "text",
    [
        "- x",
        "1. x",
        "12) x",
        "# x",
        "> x",
        "---",
        "***",
        "```",
        "~~~",
        "<!-- x -->",
        "x <!-- lint: allow K202 -->",
        " x ",
        "\u3000x\u3000",
        "a\n\nb",
        "\n",
        "  - x",
        "- x\n    - y",
        "- x\n  - y\n      - z",
        "- ",
        "&amp; &#32; &x",
        "\\* \\",
        "*a* _b_ `c` __d__",
        "sl*r sl**r *sl*r*",
        "snake_case _x_y_",
        "**AD1**: x",
        "[x]: https://example.org",
        "## Examples",
        "a\tb\t",
        "=== ===",
        "👩‍👩‍👧‍👦🏽\u202e\u200b",
    ],
)
def test_text_that_looks_like_markdown_stays_text(text):
    clause = Clause(policy="p", id="AD1", title="T", text=text, severity=2, action=Action.BLOCK, examples=(text,))
    policy = Policy(
        id="p",
        title=text.strip() or "x",
        version="1",
        language="en",
        purpose=text,
        definitions=(Definition(term=f"t{text}", meaning=f"m{text}"),),
        clauses=(clause,),
        allowed=(AllowedClause(policy="p", id="AD-A1", title=f"t{text}", text=text),),
        ambiguity=(f"a{text}",),
        fine=(text,),
    )
    assert parse(render_markdown(policy), path="policy.md") == policy
