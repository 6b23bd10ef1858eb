import json

import pytest

from komainu.domain import Content, Role
from komainu.errors import InputError
from komainu.policies import load, load_cases
from tests.policies.conftest import CLAUSE, HEAD

CASE = {"id": "a-01", "text": "buy", "role": "comment", "violates": ["AD1"], "why": "sells", "tags": ["pair:1"]}


def lines(*cases: dict[str, object]) -> str:
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in cases)


def test_a_case_is_a_content_and_what_it_violates(folder):
    root = folder({"policy.md": HEAD + CLAUSE, "cases.jsonl": "\n" + lines({**CASE, "context": ["やあ"]})})
    for path in (root, root / "policy.md", root / "cases.jsonl"):
        (case,) = load_cases(path, load(root))
        assert case.content == Content(text="buy", role=Role.COMMENT, context=("やあ",))
        assert (case.id, case.violates, case.why, case.tags, case.line) == ("a-01", ("AD1",), "sells", ("pair:1",), 2)


def test_only_id_text_and_violates_are_needed(folder):
    root = folder({"cases.jsonl": b"\xef\xbb\xbf" + lines({"id": "a", "text": "", "violates": []}).encode()})
    (case,) = load_cases(root)
    assert (case.role, case.context, case.violates) == (Role.POST, (), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", ":1: expected one JSON object: Invalid JSON: EOF while parsing an object"),
        ("[1]", ":1: the case: "),
        (lines({"id": "a", "violates": []}), ":1: the case has no 'text'"),
        (lines({**CASE, "violate": []}), ":1: unknown key 'violate'; did you mean 'violates'?"),
        (lines({**CASE, "role": "coment"}), ":1: role: there is no 'coment'; did you mean 'comment'?"),
        (lines({**CASE, "violates": "AD1"}), ":1: violates: "),
        (lines({**CASE, "text": 7}), ":1: text: Input should be a valid string"),
        (lines(CASE, CASE), ":2: the case id 'a-01' is taken on line 1"),
        (lines({**CASE, "violates": ["AD2"]}), ":1: 'AD2' is no violating clause of the policy; did you mean 'AD1'?"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(folder, text, problem):
    root = folder({"policy.md": HEAD + CLAUSE, "cases.jsonl": text})
    with pytest.raises(InputError) as caught:
        load_cases(root, load(root))
    assert str(caught.value).startswith(f"{root / 'cases.jsonl'}{problem}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cases\.jsonl: the cases cannot be read: No such file or directory"):
        load_cases(tmp_path)


def test_bytes_that_are_not_utf8_are_named(folder):
    with pytest.raises(InputError, match="byte 0xff at offset 2 on line 2"):
        load_cases(folder({"cases.jsonl": b"\n \xff"}))
