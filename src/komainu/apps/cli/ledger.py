"""`komainu ledger`: prove that nothing on record was changed."""

import re
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stderr, stdout
from komainu.apps.cli.options import ConfigPath, Json, StoreUrl, opened, run, settings_of
from komainu.apps.cli.wire import verification_json
from komainu.apps.settings import Settings
from komainu.errors import UsageError
from komainu.store import Checkpoint, Verification

commands = typer.Typer(
    no_args_is_help=True, help="Prove that no decision, review or label on record was changed or removed."
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="ledger")


@commands.command()
def verify(
    *,
    expect: Annotated[
        str | None,
        typer.Option(metavar="N:HASH", help="A checkpoint that `ledger head` printed earlier and you kept elsewhere."),
    ] = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Walk the whole ledger and name every entry that is not as it was written.

    An entry that was edited, removed or moved breaks the chain. Whoever can write to the database could also cut off
    its end, head included, or rebuild it whole: only a checkpoint kept elsewhere (`--expect`) shows that. The exit
    code is 1 where something is wrong.
    """
    expected = _checkpoint(expect) if expect is not None else None
    settings = settings_of(config, store)
    verification = run(_verified(settings, expected))
    if json:
        print_json(verification_json(verification))
    else:
        _show(verification, expected)
    if verification.faults:
        raise typer.Exit(1)


@commands.command()
def head(*, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Print the end of the ledger as N:HASH, to be kept elsewhere and given to `ledger verify --expect` later."""
    typer.echo(str(run(_head(settings_of(config, store)))))


def _checkpoint(given: str) -> Checkpoint:
    matched = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", given.strip())
    if matched is None:
        raise UsageError(f"--expect: expected a checkpoint as `ledger head` prints it, N:HASH; got {given!r}")
    return Checkpoint(entries=int(matched[1]), hash=matched[2])


async def _head(settings: Settings) -> Checkpoint:
    async with opened(settings, existing=True) as store:
        return await store.head()


async def _verified(settings: Settings, expected: Checkpoint | None) -> Verification:
    columns = (TextColumn("Verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with opened(settings, existing=True) as store:
        with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
            task = progress.add_task("", total=None)
            return await store.verify(
                expected=expected,
                progress=lambda done, total: progress.update(task, completed=done, total=total),
            )


def _show(verification: Verification, expected: Checkpoint | None) -> None:
    if verification.faults:
        stdout.print(_faults(verification))
        stdout.print()
    faults = len(verification.faults)
    state = (counted(faults, "fault"), "bold red") if faults else ("whole", "green")
    entries = verification.head.entries
    stdout.print(Text.assemble(f"{entries:,} {'entry' if entries == 1 else 'entries'}, ", state))
    if expected is not None and not verification.faults:
        stdout.print(f"holds the checkpoint at entry {expected.entries:,}", highlight=False)
    stdout.print(f"head {verification.head}", highlight=False, soft_wrap=True)
    if expected is None:
        note = "Keep the head elsewhere: only against an earlier one (--expect) does it show what was cut off the end."
        stderr.print(note, style="dim", markup=False, highlight=False)


def _faults(verification: Verification) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("entry", justify="right", no_wrap=True)
    table.add_column("id", no_wrap=True)
    table.add_column("what is wrong", overflow="fold")
    for fault in verification.faults:
        table.add_row(Text(str(fault.entry)), Text(printable(fault.id)), Text(printable(fault.problem)))
    return table
