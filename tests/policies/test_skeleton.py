import pytest

from komainu.errors import UsageError
from komainu.policies import Level, lint, load, load_cases, skeleton


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(
    ("policy_id", "title", "clause"),
    [
        ("spam", "Spam: the sequel", "SP1"),
        ("self-harm", 'It\'s "quoted" # and {braced}', "SH1"),
        ("a-b-c-d-e", "$HOME and ${title}", "ABCD1"),
        ("7", "七", "XX1"),
    ],
)
def test_a_skeleton_reads_and_lints_without_errors_or_warnings(folder, language, policy_id, title, clause):
    policy_text, cases_text = skeleton(policy_id, title=title, language=language)
    root = folder({"policy.md": policy_text, "cases.jsonl": cases_text})
    policy = load(root)
    assert (policy.id, policy.title, policy.language, policy.clauses[0].id) == (policy_id, title, language, clause)
    assert len(load_cases(root, policy)) >= 12
    assert [str(finding) for finding in lint(root) if finding.level is not Level.NOTE] == []


@pytest.mark.parametrize(
    ("policy_id", "title", "language", "problem"),
    [
        ("My Policy", "x", "en", "small letters"),
        ("../evil", "x", "en", "small letters"),
        ("spam\n", "x", "en", "small letters"),
        ("x" * 65, "x", "en", "at most 64"),
        ("spam", " ", "en", "expected a title"),
        ("spam", "a\nid: b", "en", "one line of text"),
        ("spam", "Spam", "fr", "no skeleton in 'fr'; expected one of en, ja"),
    ],
)
def test_what_cannot_be_used_is_refused(policy_id, title, language, problem):
    with pytest.raises(UsageError, match=problem):
        skeleton(policy_id, title=title, language=language)
