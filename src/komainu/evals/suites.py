"""Suites: policies, each with the cases it is tested on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from komainu.domain import Policy, Rulebook
from komainu.errors import InputError
from komainu.evals.split import TWIN, base_id
from komainu.policies import Case, load, load_cases, policy_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A policy and its cases, which are judged under this policy alone."""

    policy: Policy
    cases: tuple[Case, ...]

    @property
    def base(self) -> str:
        """Id of the policy that this one is a twin of, or its own."""
        return base_id(self.policy.id)

    @property
    def is_twin(self) -> bool:
        """Whether the policy is made from another by inverting a clause or two, and shares its texts."""
        return self.policy.id.endswith(TWIN)

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook of this policy alone."""
        return Rulebook(policies=(self.policy,))


def load_suites(paths: Sequence[Path]) -> tuple[Suite, ...]:
    """Every policy under `paths` (folders, at any depth) with the `cases.jsonl` beside it, in the order of the paths.

    InputError where a policy has no cases, where a case cannot be read, or where two policies share an id;
    PolicyError where a policy cannot be read, or where a path holds none.
    """
    files = {file.resolve(): file for path in paths for file in policy_files(path)}
    suites: dict[str, Suite] = {}
    for file in files.values():
        suite = load_suite(file)
        if suite.policy.id in suites:
            raise InputError(f"{file}: expected each policy once; {suite.policy.id!r} came before: rename one of them")
        suites[suite.policy.id] = suite
    return tuple(suites.values())


def load_suite(file: Path) -> Suite:
    """The policy in `file` with the cases beside it; InputError where there are none."""
    policy = load(file)
    cases = load_cases(file, policy)
    if not cases:
        raise InputError(f"{file}: expected at least one case in the cases.jsonl beside it; the file is empty")
    return Suite(policy=policy, cases=cases)
