"""What lints look at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from komainu.domain import AllowedClause, Clause, Policy
from komainu.policies.cases import Case, CaseProblem, cases_file, read_cases
from komainu.policies.draft import Draft
from komainu.policies.lint.finding import Hit
from komainu.policies.markdown import without_comments
from komainu.policies.source import Place

_EXAMPLES = re.compile(r"##\s+(?:examples|例)\s*", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|“[^”]*”|「[^」]*」|`[^`]*`')


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One policy with its test suite."""

    draft: Draft
    policy: Policy
    cases_path: Path
    has_cases: bool  # whether the file is there
    cases: tuple[Case, ...]  # those that can be read
    case_problems: tuple[CaseProblem, ...]

    @classmethod
    def of(cls, draft: Draft, policy: Policy) -> "Subject":
        """A policy with the cases beside it."""
        path = cases_file(Path(draft.source.path))
        has_cases = path.exists()
        cases, problems = read_cases(path, policy) if has_cases else ((), ())
        return cls(
            draft=draft, policy=policy, cases_path=path, has_cases=has_cases, cases=cases, case_problems=problems
        )

    @property
    def clauses(self) -> tuple[Clause | AllowedClause, ...]:
        """All clauses, violating ones first."""
        return (*self.policy.clauses, *self.policy.allowed)

    def hit(self, message: str, place: Place | None = None) -> Hit:
        """Something found at a place in the policy; without one, at its top."""
        where = place or self.draft.source.at(1)
        return Hit(message=message, path=where.source.path, line=where.line, column=where.column)

    def hit_cases(self, message: str, line: int = 0) -> Hit:
        """Something found in the cases."""
        return Hit(message=message, path=self.cases_path.as_posix(), line=line, column=1 if line else 0)

    def search(self, pattern: re.Pattern[str], *, quoted: bool = False) -> Iterator[tuple[Place, str]]:
        """Where a pattern occurs in the policy's own words, and what it found there.

        Its own words are the body without comments and examples; what stands in quotes counts only if `quoted`.
        """
        source = self.draft.source
        in_examples = False
        for number, line in enumerate(without_comments(source, self.draft.start).split("\n"), start=1):
            if line.startswith("## "):
                in_examples = _EXAMPLES.fullmatch(line) is not None
            if not in_examples:
                words = line if quoted else _QUOTED.sub(lambda found: " " * len(found[0]), line)
                for found in pattern.finditer(words):
                    yield source.at(number, found.start() + 1), found[0]
