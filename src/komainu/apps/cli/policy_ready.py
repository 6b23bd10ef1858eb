"""What a version of a policy must be before it may be proposed."""

from pathlib import Path

from komainu.apps.cli.options import rulebook_of, run
from komainu.apps.settings import Settings
from komainu.cascade import Cascade
from komainu.domain import Policy, Rulebook, Targets
from komainu.errors import PolicyError, UsageError
from komainu.evals import PolicyTest, run_policy_test
from komainu.policies import Case, load_cases, policy_files
from komainu.policies.lint import Level, lint


def expect_ready(path: Path, policy: Policy, settings: Settings, *, tested: bool = True) -> None:
    """Refuse a version that could not decide well.

    UsageError where it has lint errors or, if it is `tested`, misses a target; PolicyError where it does not go
    together with the policies of the configuration.
    """
    if errors := [one for one in lint(path) if one.level is Level.ERROR]:
        first = errors[0]
        where = f"{first.path}:{first.line}:{first.column}"
        raise UsageError(f"{where}: {first.message} ({first.code}); put that right first")
    _expect_place(policy, rulebook_of(None, settings))
    if tested and policy.targets != Targets():
        found = run(_tested(policy, load_cases(policy_files(path)[0], policy), settings.cascade(certified=False)))
        if not found.is_passed:
            missed = [check.reason for check in found.targets if not check.is_met]
            raise UsageError(
                f"{policy.name} does not pass its test: {'; '.join(missed or found.failures[:1])}. "
                "See komainu policy test; --without-test proposes it all the same, and says so on record"
            )


def _expect_place(policy: Policy, rulebook: Rulebook) -> None:
    others = [one for one in rulebook if one.id != policy.id]
    placed = [policy if one.id == policy.id else one for one in rulebook]
    try:
        Rulebook(policies=tuple(placed if len(others) < len(placed) else [*placed, policy]))
    except ValueError as error:
        raise PolicyError(str(error), path=policy.name) from None


async def _tested(policy: Policy, cases: list[Case] | tuple[Case, ...], cascade: Cascade) -> PolicyTest:
    async with cascade:
        return await run_policy_test(policy, cases, cascade)
