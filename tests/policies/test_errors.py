"""Golden errors: the whole message that a person sees, line and caret included."""

import pytest

from komainu.errors import PolicyError
from komainu.policies import load, parse
from komainu.policies.source import MAX_BYTES
from tests.policies.conftest import CLAUSE, HEAD

WRONG = {
    "empty file": (" \n\n", "p.md: the file is empty; `komainu policy new` writes a policy to start from"),
    "no front matter": (
        "# Adverts\n",
        "p.md:1:1: expected a front matter: `---`, then `key: value` lines, then `---`\n    # Adverts\n    ^",
    ),
    "unclosed front matter": (
        "---\nid: a\n",
        "p.md:1:1: the front matter is never closed; end it with a line `---`\n    ---\n    ^",
    ),
    "missing key": (
        HEAD.replace("version: 1.0.0\n", "") + CLAUSE,
        "p.md:1:1: the front matter has no 'version'; add a line `version: ...`\n    ---\n    ^",
    ),
    "unknown key": (
        HEAD.replace("language", "langauge") + CLAUSE,
        "p.md:5:1: unknown key 'langauge' in the front matter; did you mean 'language'?\n    langauge: en\n    ^",
    ),
    "unknown rule kind": (
        HEAD.replace("---\n", "---\nrules: {AD1: {phrase: [x]}}\n", 1) + CLAUSE,
        "p.md:2:15: unknown key 'rules.AD1.phrase' in the front matter; did you mean 'phrases'?\n"
        "    rules: {AD1: {phrase: [x]}}\n                  ^",
    ),
    "id is no slug": (
        HEAD.replace("id: adverts", "id: My Adverts") + CLAUSE,
        "p.md:2:5: id: expected small letters, digits and single hyphens, at most 64; got 'My Adverts'\n"
        "    id: My Adverts\n        ^",
    ),
    "language is no code": (
        HEAD.replace("language: en", "language: English") + CLAUSE,
        "p.md:5:11: language: expected a two-letter code such as en or ja; got 'English'\n"
        "    language: English\n              ^",
    ),
    "empty title": (
        HEAD.replace("title: Adverts", "title:") + CLAUSE,
        "p.md:3:1: title: expected some text; got nothing\n    title:\n    ^",
    ),
    "unknown role": (
        HEAD.replace("---\n", "---\napplies_to: [post, coment]\n", 1) + CLAUSE,
        "p.md:2:20: applies_to.1: there is no 'coment' here; did you mean 'comment'?\n"
        "    applies_to: [post, coment]\n                       ^",
    ),
    "one role instead of a list": (
        HEAD.replace("---\n", "---\napplies_to: post\n", 1) + CLAUSE,
        "p.md:2:13: applies_to: expected a list, [one, two] or `- one` lines; got 'post'\n"
        "    applies_to: post\n                ^",
    ),
    "share above one": (
        HEAD.replace("---\n", "---\ntargets: {max_wrong: 5}\n", 1) + CLAUSE,
        "p.md:2:22: targets.max_wrong: expected a share, 0 to 1; got '5'\n"
        "    targets: {max_wrong: 5}\n                         ^",
    ),
    "action for severity 9": (
        HEAD.replace("---\n", "---\nactions: {9: block}\n", 1) + CLAUSE,
        "p.md:2:11: actions.9: expected a severity, 1 to 4; got '9'\n    actions: {9: block}\n              ^",
    ),
    "action allow": (
        HEAD.replace("---\n", "---\nactions: {2: allow}\n", 1) + CLAUSE,
        "p.md:2:14: actions.2: there is no 'allow' here; expected one of limit, hold, block\n"
        "    actions: {2: allow}\n                 ^",
    ),
    "YAML that is none": (
        HEAD.replace("---\n", "---\nlint: allow: [K1\n", 1) + CLAUSE,
        "p.md:2:12: the front matter is not valid YAML: mapping values are not allowed here; "
        "quote a value that holds a colon and a space\n    lint: allow: [K1\n               ^",
    ),
    "YAML bomb": (
        HEAD.replace("---\n", "---\nowner: &a [x, x]\ntags: [*a, *a]\n", 1) + CLAUSE,
        "p.md:2:8: anchors and aliases (& and *) are not read; quote the value or write it out\n"
        "    owner: &a [x, x]\n           ^",
    ),
    "YAML tag": (
        HEAD.replace("---\n", "---\nowner: !!python/object:os.system x\n", 1) + CLAUSE,
        "p.md:2:8: tags (!) are not read; quote the value or leave the tag out\n"
        "    owner: !!python/object:os.system x\n           ^",
    ),
    "key twice": (
        HEAD.replace("---\n", "---\nid: other\n", 1) + CLAUSE,
        "p.md:3:1: the key 'id' is given twice; keep one\n    id: adverts\n    ^",
    ),
    "pattern that is not RE2": (
        HEAD.replace("---\n", "---\nrules:\n  AD1:\n    patterns: [ok, '(?=x)']\n", 1) + CLAUSE,
        "p.md:4:20: the pattern is not RE2: invalid perl operator: (?=\n"
        "        patterns: [ok, '(?=x)']\n                       ^",
    ),
    "hash that is none": (
        HEAD.replace("---\n", "---\nrules: {AD1: {hashes: [abc]}}\n", 1) + CLAUSE,
        "p.md:2:24: expected a SHA-256 as 64 hex digits; got 'abc'\n"
        "    rules: {AD1: {hashes: [abc]}}\n                           ^",
    ),
    "two words as one": (
        HEAD.replace("---\n", "---\nrules: {AD1: {words: [buy now]}}\n", 1) + CLAUSE,
        "p.md:2:23: expected one word; got 'buy now'; put it under phrases\n"
        "    rules: {AD1: {words: [buy now]}}\n                          ^",
    ),
    "rules of no clause": (
        HEAD.replace("---\n", "---\nrules: {AD2: {words: [x]}}\n", 1) + CLAUSE,
        "p.md:2:9: rules of 'AD2', which is no clause; did you mean 'AD1'?\n"
        "    rules: {AD2: {words: [x]}}\n            ^",
    ),
    "precedence over itself": (
        HEAD.replace("---\n", "---\nprecedence: {dominates: [adverts]}\n", 1) + CLAUSE,
        "p.md:2:25: a policy neither dominates nor yields to itself\n"
        "    precedence: {dominates: [adverts]}\n                            ^",
    ),
    "no clause": (
        HEAD + "Only a purpose.\n## Violates\n",
        "p.md:1:1: the policy has no clause; add `## Violates` and `### SP1 Title` with a text\n    ---\n    ^",
    ),
    "clause id twice": (
        HEAD + CLAUSE + "### AD1 Again\nText.\n",
        "p.md:10:5: the clause id AD1 is taken on line 8\n    ### AD1 Again\n        ^",
    ),
    "clause id malformed": (
        HEAD + "## Violates\n### ad-1 Adverts\nText.\n",
        "p.md:8:5: expected a clause id first, two to four capital letters and a number (SP1); got 'ad-1'\n"
        "    ### ad-1 Adverts\n        ^",
    ),
    "allowed id among violating ones": (
        HEAD + "## Violates\n### AD-A1 Adverts\nText.\n",
        "p.md:8:5: AD-A1 belongs under `## Allowed`; here ids look like SP1\n    ### AD-A1 Adverts\n        ^",
    ),
    "clause without title": (
        HEAD + "## Violates\n### AD1 {severity=2}\nText.\n",
        "p.md:8:5: the clause AD1 has no title; write `### AD1 What it is about`\n    ### AD1 {severity=2}\n        ^",
    ),
    "severity 9": (
        HEAD + "## Violates\n### AD1 Adverts {severity=9}\nText.\n",
        "p.md:8:18: expected a severity of 1 (minor) to 4 (critical); got '9'\n"
        "    ### AD1 Adverts {severity=9}\n                     ^",
    ),
    "unknown action": (
        HEAD + "## Violates\n### AD1 Adverts {severity=2 action=blok}\nText.\n",
        "p.md:8:29: an action on a violation is limit, hold or block; got 'blok'; did you mean 'block'?\n"
        "    ### AD1 Adverts {severity=2 action=blok}\n                                ^",
    ),
    "unknown attribute": (
        HEAD + "## Violates\n### AD1 Adverts {severty=2}\nText.\n",
        "p.md:8:18: unknown attribute 'severty'; did you mean 'severity'?\n"
        "    ### AD1 Adverts {severty=2}\n                     ^",
    ),
    "unknown section": (
        HEAD + CLAUSE + "\n## Exmples\n",
        "p.md:11:4: unknown section 'Exmples'; did you mean 'Examples'?\n    ## Exmples\n       ^",
    ),
    "section twice": (
        HEAD + CLAUSE + CLAUSE,
        "p.md:10:4: the section Violates stands here twice; keep one\n    ## Violates\n       ^",
    ),
    "clause before any section": (
        HEAD + "### AD1 Adverts\nText.\n",
        "p.md:7:5: expected a section first, such as `## Violates`; got 'AD1 Adverts'\n    ### AD1 Adverts\n        ^",
    ),
    "text before the first clause": (
        HEAD + "## Violates\nAll adverts.\n",
        "p.md:8:1: expected a clause first: `### SP1 Title`, then its text\n    All adverts.\n    ^",
    ),
    "title in the body": (
        HEAD + "# Adverts\n",
        "p.md:7:3: the title stands in the front matter; start with the purpose, then `## Violates`\n"
        "    # Adverts\n      ^",
    ),
    "code block": (
        HEAD + CLAUSE + "```\nx\n```\n",
        "p.md:10:1: expected paragraphs and lists; quotes and code blocks are not read\n    ```\n    ^",
    ),
    "lists too deep": (
        HEAD + CLAUSE + "\n".join("  " * depth + "- x" for depth in range(9)) + "\n",
        "p.md:18:17: lists are nested more than 8 deep; flatten them\n                    - x\n                    ^",
    ),
    "open comment": (
        HEAD + CLAUSE + "<!-- never\n\nclosed",
        "p.md:10:1: the comment is never closed; end it with -->\n    <!-- never\n    ^",
    ),
    "definition without a term": (
        HEAD + "## Definitions\n- an advert sells\n" + CLAUSE,
        "p.md:8:3: expected a definition: `- **Term**: meaning`\n    - an advert sells\n      ^",
    ),
    "example without a clause": (
        HEAD + CLAUSE + "## Examples\n- buy this\n",
        "p.md:11:3: expected an example on one line: `- **SP1**: text`, or `- **none**: text` where all is well\n"
        "    - buy this\n      ^",
    ),
    "example of an unknown clause": (
        HEAD + CLAUSE + "## Examples\n- **AD7**: buy this\n",
        "p.md:11:3: the example is of 'AD7', which is no clause; did you mean 'AD1'?\n    - **AD7**: buy this\n      ^",
    ),
    "example of none and a clause": (
        HEAD + CLAUSE + "## Examples\n- **none, AD1**: buy this\n",
        "p.md:11:3: an example is either of `none` or of clauses; got none, AD1\n"
        "    - **none, AD1**: buy this\n      ^",
    ),
    "example of both sides": (
        HEAD + CLAUSE + "## Allowed\n### AD-A1 Asked for\nText.\n## Examples\n- **AD1, AD-A1**: buy\n",
        "p.md:14:3: an example violates or is allowed; got both: AD1, AD-A1\n    - **AD1, AD-A1**: buy\n      ^",
    ),
    "limit that is no clause": (
        HEAD + CLAUSE + "## Allowed\n### AD-A1 Asked for {limits=AD1,AD2}\nText.\n",
        "p.md:11:5: AD-A1 limits 'AD2', which is no violating clause; did you mean 'AD1'?\n"
        "    ### AD-A1 Asked for {limits=AD1,AD2}\n        ^",
    ),
    "NUL": (
        HEAD + "A\x00B\n" + CLAUSE,
        "p.md:7:2: the control character U+0000 has no place in a policy; delete it\n    A\ufffdB\n     ^",
    ),
    "lone surrogate": (
        HEAD + "A\ud800B\n" + CLAUSE,
        "p.md:7:2: the lone surrogate U+D800 has no place in a policy; delete it\n    A\ufffdB\n     ^",
    ),
    "list outside the folder": (
        HEAD.replace("---\n", "---\nrules: {AD1: {lists: [../x.txt]}}\n", 1) + CLAUSE,
        "p.md:2:23: ../x.txt leads out of the policy's folder; put the file beside the policy\n"
        "    rules: {AD1: {lists: [../x.txt]}}\n                          ^",
    ),
    "absolute list": (
        HEAD.replace("---\n", "---\nrules: {AD1: {lists: [/etc/hosts]}}\n", 1) + CLAUSE,
        "p.md:2:23: expected a path relative to the policy, with forward slashes; got '/etc/hosts'\n"
        "    rules: {AD1: {lists: [/etc/hosts]}}\n                          ^",
    ),
    "missing list": (
        HEAD.replace("---\n", "---\nrules: {AD1: {lists: [x.txt]}}\n", 1) + CLAUSE,
        "p.md:2:23: x.txt cannot be read: No such file or directory\n"
        "    rules: {AD1: {lists: [x.txt]}}\n                          ^",
    ),
    "missing base": (
        HEAD.replace("---\n", "---\nextends: base/policy.md\n", 1) + CLAUSE,
        "p.md:2:10: base/policy.md cannot be read: No such file or directory\n"
        "    extends: base/policy.md\n             ^",
    ),
    "extends itself": (
        HEAD.replace("---\n", "---\nextends: ./p.md\n", 1) + CLAUSE,
        "p.md:2:10: policies extend each other in a circle: p.md -> p.md; drop one extends\n"
        "    extends: ./p.md\n             ^",
    ),
}


def nothing_there(path: str, within: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory")


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG.keys())
def test_the_message_says_what_where_and_what_to_do(text, message):
    with pytest.raises(PolicyError) as caught:
        parse(text, path="p.md", read=nothing_there)
    assert str(caught.value) == message


def test_a_circle_of_three_is_named(folder):
    def extending(name: str) -> str:
        return HEAD.replace("---\n", f"---\nextends: ../{name}/policy.md\n", 1) + CLAUSE

    root = folder({"a/policy.md": extending("b"), "b/policy.md": extending("c"), "c/policy.md": extending("a")})
    with pytest.raises(PolicyError) as caught:
        load(root / "a")
    steps = [f"{root.as_posix()}/{name}/policy.md" for name in "abca"]
    assert caught.value.problem == f"policies extend each other in a circle: {' -> '.join(steps)}; drop one extends"


def test_an_error_in_the_base_names_the_base(folder):
    own = HEAD.replace("---\n", "---\nextends: base.md\n", 1) + CLAUSE
    root = folder({"policy.md": own, "base.md": HEAD + "## Volates\n"})
    with pytest.raises(PolicyError, match=r"base\.md:7:4: unknown section 'Volates'"):
        load(root)


def test_a_folder_without_policy_is_named(folder):
    root = folder({"other.md": "x"})
    with pytest.raises(PolicyError) as caught:
        load(root)
    assert str(caught.value) == f"{root.as_posix()}: the folder holds no policy.md"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PolicyError, match=r"gone\.md: cannot be read: No such file or directory"):
        load(tmp_path / "gone.md")


def test_bytes_that_are_not_utf8_are_named_by_offset_and_line(folder):
    root = folder({"policy.md": b"---\nid: a\n\xff"})
    with pytest.raises(PolicyError) as caught:
        load(root)
    assert caught.value.problem == (
        "expected UTF-8; the byte 0xff at offset 10 on line 3 is not; save the file as UTF-8"
    )


def test_list_that_leads_outside_by_a_link_is_refused(folder):
    head = HEAD.replace("---\n", "---\nrules: {AD1: {lists: [x.txt]}}\n", 1)
    root = folder({"a/policy.md": head + CLAUSE, "secret.txt": "secret"})
    (root / "a" / "x.txt").symlink_to(root / "secret.txt")
    with pytest.raises(PolicyError, match=r"x\.txt cannot be read: it lies outside the policy's folder"):
        load(root / "a")


@pytest.mark.parametrize("text", ["x" * 10_000_000, "あ" * (MAX_BYTES // 3 + 1), "x\n" * 5_000_000], ids=str.__len__)
def test_a_file_too_large_is_refused(folder, text):
    root = folder({"policy.md": text})
    with pytest.raises(PolicyError, match="at most 500,000 bytes"):
        load(root)


def test_too_many_lines_are_refused():
    with pytest.raises(PolicyError, match="at most 20,000 lines"):
        parse(HEAD + CLAUSE + "- x\n" * 30_000, path="p.md")


def test_deeply_nested_yaml_is_refused():
    with pytest.raises(PolicyError, match="nested too deeply"):
        parse("---\nid: " + "[" * 20_000 + "\n---\n", path="p.md")


def test_a_huge_front_matter_is_refused():
    with pytest.raises(PolicyError, match="a front matter has at most 250,000 characters"):
        parse("---\nid: a" + " " * 250_000 + "\n---\n", path="p.md")


def test_a_long_line_is_shown_in_part():
    with pytest.raises(PolicyError) as caught:
        parse(HEAD + f"## Violates\n### ad1 {'x' * 5000}\n", path="p.md")
    assert len(str(caught.value)) < 500
    assert caught.value.source.endswith("…")


def test_a_list_too_large_to_be_read_whole_is_refused(folder):
    head = HEAD.replace("---\n", "---\nrules: {AD1: {lists: [x.txt]}}\n", 1)
    root = folder({"policy.md": head + CLAUSE, "x.txt": "# comment\n" * 1_700_000})
    with pytest.raises(PolicyError, match=r"x\.txt cannot be read: it has more than 16,000,000 bytes"):
        load(root)
