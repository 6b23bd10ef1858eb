"""`komainu policy`: policies as software."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from komainu.apps.cli import (
    policy_ambiguity,
    policy_conflicts,
    policy_coverage,
    policy_diff,
    policy_mutate,
    policy_requests,
    policy_simulate,
    policy_states,
    render,
)
from komainu.apps.cli.console import counted, print_json, stderr, stdout
from komainu.apps.cli.findings import finding_text
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
from komainu.apps.cli.policy_view import show_policy
from komainu.apps.cli.tested import show_test, test_json
from komainu.apps.settings import Reasoner
from komainu.cascade import Cascade
from komainu.errors import UsageError
from komainu.evals import PolicyTest, run_policy_test
from komainu.policies import load, load_cases, policy_files, render_markdown
from komainu.policies.lint import Finding, Level, lint
from komainu.policies.skeleton import skeleton

commands = typer.Typer(no_args_is_help=True, help="Write, check and test policies.")

Paths = Annotated[
    list[Path], typer.Argument(metavar="PATH…", help="Policy files, policy folders, or folders of policies.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    render.register(commands)
    policy_ambiguity.register(commands)
    policy_conflicts.register(commands)
    policy_coverage.register(commands)
    policy_diff.register(commands)
    policy_mutate.register(commands)
    policy_requests.register(commands)
    policy_simulate.register(commands)
    policy_states.register(commands)
    app.add_typer(commands, name="policy")


@commands.command("lint")
def lint_policies(
    paths: Paths,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as errors for the exit code.")] = False,
    json: Json = False,
) -> None:
    """Check how policies and their test suites are written: what is wrong, where, and why it matters.

    The exit code is 1 where there is an error, with `--strict` also where there is a warning.
    """
    findings = list(dict.fromkeys(finding for path in paths for finding in lint(path)))
    counts = Counter(finding.level for finding in findings)
    if json:
        print_json(_lint_json(findings))
    else:
        for finding in findings:
            stdout.print(finding_text(finding), soft_wrap=True)
            stdout.print()
        stdout.print(_summary(counts), highlight=False)
    if counts[Level.ERROR] or (strict and counts[Level.WARNING]):
        raise typer.Exit(1)


@commands.command()
def new(
    policy_id: Annotated[str, typer.Argument(metavar="ID", help="Lower-case words joined by hyphens: house-rules.")],
    *,
    title: Annotated[str, typer.Option(help="Default: made from the id.")] = "",
    language: Annotated[str, typer.Option(metavar="en|ja", help="The language to write it in.")] = "en",
    into: Annotated[Path, typer.Option(metavar="DIR", help="The folder to make its folder in.")] = Path(),
) -> None:
    """Write the skeleton of a policy and of its test suite: ID/policy.md and ID/cases.jsonl.

    What is there already is left alone.
    """
    given_title = title or policy_id.replace("-", " ").capitalize()
    policy, cases = skeleton(policy_id, title=given_title, language=language)
    folder = into / policy_id
    _write_new({folder / "policy.md": policy, folder / "cases.jsonl": cases})
    stdout.print(f"Written: {folder / 'policy.md'} and cases.jsonl beside it. Next:", highlight=False, markup=False)
    stdout.print(f"  komainu policy lint {folder}\n  komainu policy test {folder}", highlight=False, markup=False)


@commands.command()
def show(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A policy file or folder, or a folder of policies.")],
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the canonical Markdown.")] = False,
) -> None:
    """Show policies as Komainu understands them, with what they extend and their word lists written out."""
    for policy in [load(file) for file in policy_files(path)]:
        if markdown:
            typer.echo(render_markdown(policy).encode("utf-8"), nl=False)
        else:
            show_policy(policy)


@commands.command("test")
def test_policies(
    paths: Paths,
    *,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    json: Json = False,
    config: ConfigPath = None,
) -> None:
    """Judge the cases beside each policy with the configured judges, and hold the rulings against the labels.

    Each policy is tested alone, and nothing goes on record. The exit code is 1 where a target that a policy declares
    (`targets:` in its front matter) is missed, and where a judge failed: what it would have found is not known.
    """
    files = list(dict.fromkeys(file for path in paths for file in policy_files(path)))
    named = Reasoner(url=reasoner, model=model, profile=profile, effort=effort)
    tests = run(_tested(files, settings_of(config, reasoner=named).cascade(certified=False)))
    if json:
        print_json(test_json(tests))
    else:
        for test in tests:
            show_test(test)
    if not all(test.is_passed for test in tests):
        raise typer.Exit(1)


async def _tested(files: Sequence[Path], cascade: Cascade) -> list[PolicyTest]:
    loaded = [(policy, load_cases(file, policy)) for file in files for policy in [load(file)]]
    waiting = track(loaded, "Testing", console=stderr, transient=True, disable=not stderr.is_terminal)
    async with cascade:
        return [await run_policy_test(policy, cases, cascade) for policy, cases in waiting]


def _write_new(files: dict[Path, str]) -> None:
    """Write all the files, or none where one of them is there already."""
    if taken := [path for path in files if path.exists()]:
        raise UsageError(f"{taken[0]}: expected a new file; it is there already (it stays as it is)")
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from error


def _summary(counts: Counter[Level]) -> str:
    return ", ".join(counted(counts[level], level.value) for level in Level)


def _lint_json(findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "findings": [
            {
                "path": str(finding.path),
                "line": finding.line,
                "column": finding.column,
                "level": finding.level.value,
                "code": finding.code,
                "message": finding.message,
                "why": finding.why,
            }
            for finding in findings
        ]
    }
