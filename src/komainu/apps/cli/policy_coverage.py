"""`komainu policy coverage`: which clauses the cases try near the line, on which side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stdout
from komainu.apps.cli.options import ConfigPath, Json, settings_of
from komainu.apps.settings import Settings
from komainu.policies import load, load_cases, policy_files, starter_path
from komainu.policies.cases import cases_file
from komainu.policies.coverage import Basis, Coverage, Near, coverage

SomePaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATH…]",
        help="Policy files, policy folders, or folders of policies. Default: those of the configuration file, else "
        "the starter policies.",
        show_default=False,
    ),
]


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("coverage")(cover_policies)


def cover_policies(
    paths: SomePaths = None,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where anything is uncovered.")] = False,
    json: Json = False,
    config: ConfigPath = None,
) -> None:
    """Show for every clause how many cases violate it, and how many lie near the line on either side.

    A case lies near the line where it is tagged `pair:N` with one of the other side, where its `why` names the clause,
    where it violates the clause and is tagged `boundary`, or, as a guess (~), where words are shared. An exception is
    covered by a case whose `why` names it. What is missing is named.
    """
    found = [_covered(file) for file in files_of(paths, settings_of(config))]
    if json:
        print_json({"covered": not any(one.gaps for one in found), "policies": [_json(one) for one in found]})
    else:
        for one in found:
            _show(one)
        stdout.print(_summary(found), highlight=False)
    if strict and any(one.gaps for one in found):
        raise typer.Exit(1)


def files_of(paths: Sequence[Path] | None, settings: Settings) -> list[Path]:
    """The policy files at the paths, else of the settings, else the starter policies; each once."""
    chosen = paths or settings.policies or [starter_path()]
    return list(dict.fromkeys(file for path in chosen for file in policy_files(path)))


def _covered(file: Path) -> Coverage:
    policy = load(file)
    return coverage(policy, load_cases(file, policy) if cases_file(file).exists() else ())


def _show(found: Coverage) -> None:
    stdout.print(Text.assemble((printable(found.policy), "bold"), f"  {counted(found.cases, 'case')}"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clause")
    for heading in ("violating", "near: violating", "near: clear"):
        table.add_column(heading, justify="right")
    for clause in found.clauses:
        inside, outside = _count(clause.inside), _count(clause.outside)
        table.add_row(Text(clause.clause), _red(len(clause.violating)), inside, outside)
    for exception in found.exceptions:
        table.add_row(Text(exception.clause, "green"), "", "", _count(exception.cases))
    stdout.print(table)
    for gap in found.gaps:
        stdout.print(Text.assemble(("uncovered ", "yellow"), printable(gap)))
    stdout.print()


def _count(near: Sequence[Near]) -> Text:
    """How many, with a tilde where all are guesses."""
    guessed = bool(near) and all(one.basis is Basis.WORDS for one in near)
    return Text(f"{'~' if guessed else ''}{len(near)}", "" if near else "red")


def _red(number: int) -> Text:
    return Text(str(number), "" if number else "red")


def _summary(found: Sequence[Coverage]) -> str:
    clauses = [clause for one in found for clause in one.clauses]
    exceptions = [exception for one in found for exception in one.exceptions]
    covered = sum(not clause.gaps for clause in clauses), sum(not exception.gaps for exception in exceptions)
    return (
        f"{covered[0]} of {counted(len(clauses), 'clause')} with a boundary case on each side, "
        f"{covered[1]} of {counted(len(exceptions), 'exception')} with a case; ~ where shared words alone say so"
    )


def _json(found: Coverage) -> dict[str, object]:
    return {
        "policy": found.policy,
        "cases": found.cases,
        "clauses": [
            {
                "clause": clause.clause,
                "violating": list(clause.violating),
                "near_violating": _near_json(clause.inside),
                "near_clear": _near_json(clause.outside),
                "gaps": list(clause.gaps),
            }
            for clause in found.clauses
        ],
        "exceptions": [
            {
                "clause": exception.clause,
                "cases": _near_json(exception.cases),
                "gaps": list(exception.gaps),
            }
            for exception in found.exceptions
        ],
        "gaps": list(found.gaps),
    }


def _near_json(near: Sequence[Near]) -> list[dict[str, str]]:
    return [{"case": one.case, "basis": one.basis.value} for one in near]
