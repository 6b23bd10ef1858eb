"""`komainu review agreement`: how far reviewers agree, and how far they are right about what is known."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import print_json, printable, stdout
from komainu.apps.cli.options import ConfigPath, Json, StoreUrl, opened, run, settings_of
from komainu.apps.cli.review import commands
from komainu.apps.settings import Settings
from komainu.metrics import Agreement, Figure
from komainu.reviews.agree import FEWEST, Agreed, Agreements, agreements

FIGURES = ("percent", "alpha", "ac1", "positive")


def register(_: typer.Typer) -> None:
    """Add the command to those on reviews."""
    commands.command("agreement")(show_agreement)


def show_agreement(
    *,
    clause: Annotated[str, typer.Option(metavar="CLAUSE", help="Only this clause, by its key: spam/SP1.")] = "",
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Say how far reviewers agree by clause, each with the others, and each with what is known of golden items.

    Percent: how often two say the same. Alpha (Krippendorff) and AC1 (Gwet): by how much more than chance, 1 at most;
    from .8 on firm, from .667 on tentative. Positive: where one finds a violation, how often another does. Each has a
    95 % interval, by a bootstrap over decisions. A person's first word counts. Of fewer than ten items there is no
    figure. Second words are not given on a random sample, but where clauses are severe or people disagreed.
    """
    found = run(_agreements(settings_of(config, store), clause))
    if json:
        print_json(asdict(found))
        return
    if not found.everything.items and not found.golden:
        stdout.print("No clause was ruled on by two people yet, and no golden item by anybody.")
        return
    _show("clause", [*found.clauses, found.everything])
    _show("reviewer, with the others", found.reviewers)
    if found.golden:
        _show_golden(found)


def _show(heading: str, rows: Iterable[Agreed]) -> None:
    table = _table(heading, "items", *FIGURES)
    for row in rows:
        table.add_row(Text(printable(row.name or "all")), str(row.items), *_cells(row.figures, row.items))
    stdout.print(table)
    stdout.print()


def _show_golden(found: Agreements) -> None:
    table = _table("reviewer, on golden items", "items", "missed", "overblocked", *FIGURES)
    for row in found.golden:
        counts = (str(row.items), str(row.missed), str(row.overblocked))
        table.add_row(Text(printable(row.name)), *counts, *_cells(row.figures, row.items))
    stdout.print(table)


def _table(heading: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(heading, overflow="fold")
    for name in rest:
        table.add_column(name, justify="right")
    return table


def _cells(figures: Agreement | None, items: int) -> list[str]:
    if figures is None:
        return [f"too few: {items} of {FEWEST}", "", "", ""]
    return [_figure(getattr(figures, name)) for name in FIGURES]


def _figure(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    interval = f" [{figure.low:.2f}, {figure.high:.2f}]" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:.2f}{interval}"


async def _agreements(settings: Settings, clause: str) -> Agreements:
    async with opened(settings, existing=True) as store:
        return await agreements(store, clause=clause)
