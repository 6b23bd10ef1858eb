"""Suites from folders, and the split that keeps twins together."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given

from komainu.errors import InputError, PolicyError
from komainu.evals import base_id, is_held_out, load_suites
from tests.strategies import slugs

POLICY = """---
id: {id}
title: Rules
version: 1.0.0
language: en
---

Keep it pleasant.

## Violates
### HR1 Shouting {{severity=2}}
Is written in capital letters.
"""


def write_suite(folder: Path, policy_id: str, *cases: dict[str, object]) -> Path:
    folder.mkdir(parents=True)
    (folder / "policy.md").write_text(POLICY.format(id=policy_id), "utf-8")
    (folder / "cases.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in cases), "utf-8")
    return folder


SHOUT = {"id": "a-01", "text": "HELLO", "violates": ["HR1"]}


def test_policies_are_found_at_any_depth_with_their_cases(tmp_path: Path) -> None:
    write_suite(tmp_path / "en" / "quiet", "quiet", SHOUT, {"id": "a-02", "text": "hello", "violates": []})
    write_suite(tmp_path / "en" / "deeper" / "quiet-twin", "quiet-twin", SHOUT)
    suites = {suite.policy.id: suite for suite in load_suites([tmp_path])}
    assert {name: len(suite.cases) for name, suite in suites.items()} == {"quiet": 2, "quiet-twin": 1}
    assert suites["quiet"].cases[0].violates == ("HR1",)
    assert {name: (suite.is_twin, suite.base) for name, suite in suites.items()} == {
        "quiet": (False, "quiet"),
        "quiet-twin": (True, "quiet"),
    }
    assert suites["quiet"].rulebook.names == ("quiet@1.0.0",)


def test_a_folder_given_twice_counts_once(tmp_path: Path) -> None:
    folder = write_suite(tmp_path / "quiet", "quiet", SHOUT)
    assert len(load_suites([tmp_path, folder, tmp_path / "quiet" / ".." / "quiet"])) == 1


def test_a_policy_without_cases_is_an_error_and_not_skipped(tmp_path: Path) -> None:
    write_suite(tmp_path / "quiet", "quiet", SHOUT)
    (write_suite(tmp_path / "loud", "loud", SHOUT) / "cases.jsonl").unlink()
    with pytest.raises(InputError, match=r"loud.cases\.jsonl"):
        load_suites([tmp_path])


def test_an_empty_file_of_cases_is_an_error(tmp_path: Path) -> None:
    write_suite(tmp_path / "quiet", "quiet")
    with pytest.raises(InputError, match="expected at least one case"):
        load_suites([tmp_path])


def test_two_policies_of_one_id_are_an_error(tmp_path: Path) -> None:
    write_suite(tmp_path / "one", "quiet", SHOUT)
    write_suite(tmp_path / "two", "quiet", SHOUT)
    with pytest.raises(InputError, match="'quiet' came before"):
        load_suites([tmp_path])


def test_a_folder_without_policies_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"policy\.md"):
        load_suites([tmp_path])


def test_the_split_is_the_hash_of_the_base() -> None:
    assert int(hashlib.sha256(b"house").hexdigest(), 16) % 10 == 1
    assert int(hashlib.sha256(b"self-harm").hexdigest(), 16) % 10 == 8
    assert is_held_out("self-harm") and not is_held_out("house")
    assert int(hashlib.sha256(b"spam").hexdigest(), 16) % 10 == 3
    assert not is_held_out("spam")
    held = sum(is_held_out(f"policy-{number}") for number in range(2000))
    assert 0.27 < held / 2000 < 0.33


@given(slugs())
def test_a_twin_falls_on_the_side_of_its_base(policy_id: str) -> None:
    assert is_held_out(f"{policy_id}-twin") is is_held_out(base_id(policy_id))
    assert base_id(f"{policy_id}-twin") == policy_id
