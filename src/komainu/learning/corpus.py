"""Groups from suites (policies with cases) and from one-rule policies."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from komainu.domain import Content, Role
from komainu.errors import InputError
from komainu.evals import Suite
from komainu.judges.embedded.words import ClauseWords, words_of
from komainu.learning.examples import FINE, VIOLATES, Group, label_matrix


def from_suite(suite: Suite, source: str = "corpus") -> Group:
    """One policy with its cases."""
    policy = suite.policy
    return Group(
        source=f"{source}-{policy.language}",
        split_by=suite.base,
        language=policy.language,
        contents=tuple(case.content for case in suite.cases),
        clauses=tuple(words_of(policy, clause) for clause in policy.clauses),
        labels=label_matrix(
            [[VIOLATES if clause.id in case.violates else FINE for clause in policy.clauses] for case in suite.cases]
        ),
    )


def load_micro(path: Path) -> list[Group]:
    """One-rule policies, a JSON object a line; a rule and its inverse stand beside each other in one group."""
    groups = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            groups.append(_micro(json.loads(line)))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{path}:{number}: expected a one-rule policy with its cases; {error!r}") from error
    return groups


def _micro(given: dict[str, Any]) -> Group:
    exceptions = tuple(given["exceptions"])
    clauses = [ClauseWords(rule=given["rule"], exceptions=exceptions)]
    if given["inverse"]:
        clauses.append(ClauseWords(rule=given["inverse"]))
    names = ["violates", "violates_inverse"][: len(clauses)]
    return Group(
        source=f"micro-{given['language']}",
        split_by=given["id"],
        language=given["language"],
        contents=tuple(_contents(given["cases"])),
        clauses=tuple(clauses),
        labels=label_matrix([[int(bool(case[name])) for name in names] for case in given["cases"]]),
    )


def _contents(cases: Sequence[dict[str, Any]]) -> Iterator[Content]:
    for case in cases:
        yield Content(text=case["text"], role=Role(case["role"]), context=tuple(case.get("context") or ()))
