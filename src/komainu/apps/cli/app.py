"""The `komainu` command."""

import logging
import sys
from io import TextIOWrapper
from typing import Any

import typer
from typer.core import TyperGroup

from komainu import __version__
from komainu.apps.cli import (
    batch,
    calibrate,
    certificates,
    certify,
    check,
    decisions,
    demo,
    drift,
    evaluate,
    flywheel,
    learn,
    learn_next,
    ledger,
    model,
    policy,
    quality,
    rejudge,
    review,
    review_agreement,
    review_appeal,
    review_golden,
    review_next,
    settle,
    usage,
)
from komainu.apps.cli.console import printable, stderr
from komainu.errors import KomainuError, StoreError

BAD_USE, NO_RECORD = 2, 3  # exit codes


class _Komainu(TyperGroup):
    """Makes of what goes wrong on purpose one message on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit code 2 where it cannot do as asked, 3 where the record cannot be kept or read."""
        try:
            return super().invoke(ctx)
        except KomainuError as error:
            for line in f"komainu: {error}".splitlines():
                stderr.print(printable(line), markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(NO_RECORD if isinstance(error, StoreError) else BAD_USE) from error


app = typer.Typer(
    name="komainu",
    cls=_Komainu,
    help="Judge content by written policies, say why, and keep the record.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
for part in (
    check,
    batch,
    settle,
    decisions,
    rejudge,
    review,
    review_next,
    review_appeal,
    review_golden,
    review_agreement,
    ledger,
    policy,
    evaluate,
    learn,
    calibrate,
    flywheel,
    learn_next,
    certify,
    certificates,
    model,
    usage,
    quality,
    drift,
    demo,
):
    part.register(app)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"komainu {__version__}")
        raise typer.Exit


@app.callback()
def _komainu(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Judge content by written policies, say why, and keep the record."""


def main() -> None:
    """Run the command; text that the terminal's encoding does not have is escaped, not fatal."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    logging.getLogger("stamina").addHandler(logging.NullHandler())  # what is retried is on record with its decision
    app(prog_name="komainu")
