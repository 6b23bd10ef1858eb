"""`komainu policy mutate`: whether the cases notice when a policy says something else."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from komainu.apps.cli.console import print_json, stderr
from komainu.apps.cli.mutated import mutation_json, show_mutation, show_total
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    run,
    settings_of,
)
from komainu.apps.cli.policy_coverage import SomePaths, files_of
from komainu.apps.settings import Reasoner, Settings
from komainu.cascade import Cascade
from komainu.errors import UsageError
from komainu.evals import MutationTest, Outcome, run_mutation_test
from komainu.evals.mutation import MARGIN
from komainu.policies import load, load_cases


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("mutate")(mutate_policies)


def mutate_policies(
    paths: SomePaths = None,
    *,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Read the labels alone, and ask no judge.")] = False,
    margin: Annotated[
        float, typer.Option(metavar="SHARE", help="By how much the judge's order of the cases must suffer.")
    ] = MARGIN,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where a mutant survives the labels.")] = False,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    json: Json = False,
    config: ConfigPath = None,
) -> None:
    """Change a policy in every small way, and find out whether its cases notice: what survives is untested.

    Each clause is dropped, negated, swapped with the next and weakened by one part; each exception is dropped and
    weakened. A mutant is killed by the labels where some case would be labelled otherwise, and by the judge where a
    case is no longer settled as labelled, or where the judge orders violating and other cases worse. Nothing goes on
    record. The exit code is 1 where a judge failed.
    """
    if not 0.0 < margin < 0.5:
        raise UsageError(f"--margin: expected a share above 0 and below 0.5; got {margin}")
    named = Reasoner(url=reasoner, model=model, profile=profile, effort=effort)
    settings = settings_of(config, reasoner=named)
    tests = run(_tested(files_of(paths, settings), settings, ask=not no_judge, margin=margin))
    if json:
        print_json(mutation_json(tests))
    else:
        for test in tests:
            show_mutation(test)
        show_total(tests)
    if _failed(tests) or (strict and any(one.labels.is_survived for test in tests for one in test.tried)):
        raise typer.Exit(1)


async def _tested(files: Sequence[Path], settings: Settings, *, ask: bool, margin: float) -> list[MutationTest]:
    loaded = [(policy, load_cases(file, policy)) for file in files for policy in [load(file)]]
    if not ask:
        return [await run_mutation_test(policy, cases, None) for policy, cases in loaded]
    cascade: Cascade = settings.cascade(certified=False, many_policies=True)
    tests = []
    with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        async with cascade:
            for policy, cases in loaded:
                shown = partial(_shown, progress, progress.add_task(policy.id))
                tests.append(await run_mutation_test(policy, cases, cascade, margin=margin, progress=shown))
    return tests


def _shown(progress: Progress, task: TaskID, done: int, total: int) -> None:
    progress.update(task, completed=done, total=total)


def _failed(tests: Sequence[MutationTest]) -> bool:
    return any(
        one.judged is not None and one.judged.outcome is Outcome.NOT_JUDGED
        for test in tests
        for one in (*test.tried, *test.controls)
    )
