"""`komainu review appeal`: somebody's word against a decision."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.text import Text

from komainu.apps.cli.console import print_json, printable, stdout
from komainu.apps.cli.decisions import DecisionId
from komainu.apps.cli.lookup import find_decision
from komainu.apps.cli.options import ConfigPath, Json, StoreUrl, opened, run, settings_of
from komainu.apps.cli.review import commands
from komainu.apps.cli.wire import appeal_json
from komainu.apps.settings import Settings
from komainu.domain import Appeal
from komainu.errors import UsageError
from komainu.reviews import appeal as made


def register(_: typer.Typer) -> None:
    """Add the command to those on reviews."""
    commands.command()(appeal)


def appeal(
    decision: DecisionId,
    *,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who appeals.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="Their reasons; forgotten with the content.")] = "",
    clause: Annotated[
        list[str] | None,
        typer.Option(metavar="CLAUSE", help="What the appeal is about; repeatable. Default: every violated clause."),
    ] = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Put an appeal on record, and the decision back into the queue, for somebody who has not ruled on it.

    Until it is settled everything stands as it did. Then the words of those who ruled on it count, and no earlier ones;
    the review that settles it says whether the decision is upheld or overturned. There is one open appeal against a
    decision at a time. What still waits for a person cannot be appealed against.
    """
    lodged = run(_lodged(settings_of(config, store), decision, clause or [], by, why))
    if json:
        print_json(appeal_json(lodged))
        return
    said = f"Appeal {lodged.id} by {lodged.by} is on record, about {', '.join(lodged.clauses)}."
    stdout.print(Text(printable(said)))
    stdout.print("It waits for somebody who has not ruled on the decision: komainu review next", style="dim")


async def _lodged(settings: Settings, named: str, clauses: Sequence[str], by: str, why: str) -> Appeal:
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        if (successor := await store.successor(decision.id)) is not None:
            raise UsageError(f"decision {decision.id} was judged again since: appeal against {successor.id}")
        history = await store.history(decision.id)
        lodged = made(decision, clauses=clauses, history=history, by=by, why=why, at=datetime.now(UTC))
        await store.add_appeal(lodged, after=len(history))
        return lodged
