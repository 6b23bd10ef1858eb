import pytest

from komainu.errors import PolicyError
from komainu.policies import load, load_rulebook, policy_files, starter_path
from tests.policies.conftest import CLAUSE, HEAD


def named(policy_id: str, extra: str = "") -> str:
    return HEAD.replace("id: adverts", f"id: {policy_id}").replace("---\n", f"---\n{extra}", 1) + CLAUSE


def test_a_path_may_be_a_file_a_policy_folder_or_a_folder_of_policies(folder):
    root = folder({"b/policy.md": named("b"), "a/x/policy.md": named("a"), "a/notes.md": "x", "c.md": named("c")})
    assert policy_files(root / "c.md") == (root / "c.md",)
    assert policy_files(root / "b") == (root / "b/policy.md",)
    assert policy_files(root) == (root / "a/x/policy.md", root / "b/policy.md")


def test_hidden_folders_are_left_out(folder):
    root = folder({".old/policy.md": named("old"), "a/policy.md": named("a"), "a/.b/policy.md": named("b")})
    assert policy_files(root) == (root / "a/policy.md",)
    assert policy_files(root / ".old") == (root / ".old/policy.md",)


def test_a_rulebook_keeps_the_order_of_the_paths(folder):
    root = folder({"a/policy.md": named("a"), "b/policy.md": named("b")})
    assert load_rulebook([root / "b", root / "a"]).names == ("b@1.0.0", "a@1.0.0")


def test_a_file_given_twice_is_taken_once(folder):
    root = folder({"a/policy.md": named("a")})
    assert load_rulebook([root, root / "a", root / "a" / ".." / "a" / "policy.md"]).names == ("a@1.0.0",)


def test_two_files_of_one_id_are_both_named(folder):
    root = folder({"one/policy.md": named("a"), "two/policy.md": named("a")})
    with pytest.raises(PolicyError) as caught:
        load_rulebook([root])
    one, two = (f"{root.as_posix()}/{name}/policy.md" for name in ("one", "two"))
    assert str(caught.value) == f"{two}: its id 'a' is also that of {one}; give one of them another id"


@pytest.mark.parametrize("name", ["empty", "gone"])
def test_a_path_without_policy_is_an_error(folder, name):
    root = folder({"empty/notes.txt": "x"})
    with pytest.raises(PolicyError, match=name):
        load_rulebook([root / name])


def test_no_path_at_all_is_an_error():
    with pytest.raises(PolicyError, match="at least one policy"):
        load_rulebook([])


def test_precedence_in_a_circle_is_an_error(folder):
    one, two = (named(own, f"precedence: {{dominates: [{other}]}}\n") for own, other in (("a", "b"), ("b", "a")))
    with pytest.raises(PolicyError, match="precedence runs in a circle between a, b"):
        load_rulebook([folder({"a/policy.md": one, "b/policy.md": two})])


def test_the_starter_policies_are_found_and_load():
    files = policy_files(starter_path())
    assert "spam" in {load(file).id for file in files}
    assert len(load_rulebook([starter_path()]).policies) == len(files)
