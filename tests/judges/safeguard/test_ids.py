"""Clause ids in answers: ones that do not exist are found wherever they stand, right ones may be named."""

import re
from collections.abc import Iterator
from dataclasses import replace

from komainu.domain import Content, Policy
from komainu.judges.safeguard.audit import Check, audit
from komainu.judges.safeguard.said import Quote, Said
from komainu.policies import load, policy_files, starter_path

POLICIES = [load(file) for file in policy_files(starter_path())]


def ids_altered(policy: Policy) -> Iterator[str]:
    """Ids like this policy's that it does not have."""
    known = {clause.id for clause in policy.every_clause}
    for clause in policy.clauses:
        head, number = re.fullmatch(r"(.*?)(\d+)", clause.id).groups()  # type: ignore[union-attr]
        yield from (
            f"{head}{int(number) + step}" for step in (1, 10, 100) if f"{head}{int(number) + step}" not in known
        )


def test_ids_that_do_not_exist_are_found_in_verdict_and_rationale() -> None:
    tried = 0
    for policy in POLICIES:
        labels = {clause.id: clause.key for clause in policy.clauses}
        first, *others = [clause.id for clause in policy.clauses]
        right = Said(
            violated={first: True, **dict.fromkeys(others, False)},
            quotes=(Quote(clause=first, text="some words"),),
            rationale=f"{first} applies.",
            severity=2,
        )
        content = Content(text="these are some words")
        assert audit(right, content=content, policies=[policy], labels=labels).passed
        for stranger in ids_altered(policy):
            for said in (
                replace(right, unknown=(stranger,)),
                replace(right, rationale=f"It violates {stranger}."),
                replace(right, rationale=f"{first} applies, and so does {stranger}."),
            ):
                found = audit(said, content=content, policies=[policy], labels=labels)
                assert Check.UNKNOWN_CLAUSE in {one.check for one in found.findings}, f"{policy.id}: {stranger} passed"
                assert not found.passed
                tried += 1
    assert tried >= 100


def test_right_ids_and_allowed_ones_may_be_named() -> None:
    for policy in POLICIES:
        labels = {clause.id: clause.key for clause in policy.clauses}
        first, *others = [clause.id for clause in policy.clauses]
        allowed = policy.allowed[0].id if policy.allowed else first
        said = Said(
            violated={first: True, **dict.fromkeys(others, False)},
            quotes=(Quote(clause=first, text="some words"),),
            rationale=f"{first} applies; {', '.join(others)} do not, and {allowed} is no excuse for GPT4 or 5 of them.",
            severity=2,
        )
        found = audit(said, content=Content(text="these are some words"), policies=[policy], labels=labels)
        assert found.passed, f"{policy.id}: {found.findings}"
