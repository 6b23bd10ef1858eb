"""`komainu policy conflicts`: what policies contradict each other in."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.progress import Progress
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, short, stderr, stdout
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
from komainu.evals.conflicts import Conflict, Conflicts, Written, find_conflicts
from komainu.policies import load


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("conflicts")(list_conflicts)


def list_conflicts(
    paths: SomePaths = None,
    *,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Only what is certain from what is written.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 also where a conflict is likely.")] = False,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    json: Json = False,
    config: ConfigPath = None,
) -> None:
    """Find what policies contradict each other in: one allows what the other forbids, or both forbid it differently.

    Certain is what follows from what is written: one id twice, precedence in a circle, a text that is an example on
    both sides, an exact rule that matches what the other policy allows, one clause with two severities or actions.
    Likely is what judges find violated of what another policy allows, and what is worded alike. Policies for different
    kinds of content (`applies_to`) do not meet. The exit code is 1 where a conflict is certain, or a judge failed.
    """
    settings = settings_of(config, reasoner=Reasoner(url=reasoner, model=model, profile=profile, effort=effort))
    written = [Written(policy=load(file), place=file.as_posix()) for file in files_of(paths, settings)]
    found = run(_found(written, settings, ask=not no_judge))
    if json:
        print_json(asdict(found))
    else:
        _show(found)
    if found.not_judged or any(one.is_certain or strict for one in found.conflicts):
        raise typer.Exit(1)


async def _found(written: Sequence[Written], settings: Settings, *, ask: bool) -> Conflicts:
    if not ask:
        return await find_conflicts(written)
    with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
        task = progress.add_task("Judging", total=None)
        async with settings.cascade(certified=False, many_policies=True) as cascade:
            return await find_conflicts(
                written, cascade, progress=lambda done, total: progress.update(task, completed=done, total=total)
            )


def _show(found: Conflicts) -> None:
    for one in found.conflicts:
        stdout.print(_line(one), soft_wrap=True)
    certain = sum(one.is_certain for one in found.conflicts)
    policies = f"{found.policies:,} {'policy' if found.policies == 1 else 'policies'}"
    said = f"{policies}: {counted(certain, 'conflict')} certain, {len(found.conflicts) - certain:,} likely"
    asked = f", {counted(found.judged, 'text')} judged" if found.judged else ""
    failed = f", on {found.not_judged:,} of them a judge failed" if found.not_judged else ""
    stdout.print(f"{said}{asked}{failed}", highlight=False)


def _line(one: Conflict) -> Text:
    style = ("certain ", "bold red") if one.is_certain else ("likely  ", "yellow")
    text = f"  “{short(one.text, 80)}”" if one.text else ""
    return Text.assemble(style, (f"{one.sort.value}: ", "bold"), printable(one.what), (text, "dim"))
