"""`komainu learn next`: which of the items that wait teach most."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import first_words, print_json, printable, stdout
from komainu.apps.cli.learn import commands
from komainu.apps.cli.options import ConfigPath, Json, StoreUrl, opened, run, settings_of
from komainu.apps.settings import Settings
from komainu.domain import Content, Decision
from komainu.learning.active import Wanted, wanted

MOST_LABELS = 5_000  # the newest, that items are held against


def register(_: typer.Typer) -> None:
    """Add the command to those that learn."""
    commands.command("next")(learn_next)


def learn_next(
    *,
    clause: Annotated[
        list[str] | None, typer.Option("--clause", metavar="KEY", help="On these clauses alone. Repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    among: Annotated[int, typer.Option(min=1, help="Of so many items that wait, the oldest.")] = 2_000,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Name the waiting items whose ruling teaches the embedded judge most.

    Those come first that the last judge is least sure of (the entropy of its probability, in bits) and on which judges
    disagree (the widest gap between two probabilities). Of items that nearly repeat each other, or something labelled,
    one is named or none. Such labels teach, and prove nothing of what is let through: certificates and rates come from
    items drawn at random.
    """
    waiting, labelled = run(_waiting(settings_of(config, store), among))
    found = wanted(waiting, labelled, clauses=clause or ())[:limit]
    contents = {decision.id: content for decision, content in waiting}
    if json:
        print_json([_as_json(one, contents[one.decision]) for one in found])
    elif found:
        stdout.print(_table(found, contents))
        stdout.print("\nNext: komainu review show ID", style="dim")
    else:
        stdout.print("Nothing waits that would teach anything new.")


async def _waiting(settings: Settings, among: int) -> tuple[list[tuple[Decision, Content]], list[Content]]:
    """The items with their contents, and what is labelled already."""
    async with opened(settings, existing=True) as store:
        held = await store.held(limit=among)
        contents = [await store.content(decision.content) for decision in held]
        digests = dict.fromkeys(label.content for label in await store.labels(limit=1_000_000))
        known = [await store.content(digest) for digest in list(digests)[-MOST_LABELS:]]
        pairs = [(decision, content) for decision, content in zip(held, contents, strict=True) if content is not None]
        return pairs, [content for content in known if content is not None]


def _table(found: list[Wanted], contents: dict[str, Content]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("decision", "clause", "unsure", "disagreement", "text"):
        table.add_column(heading, justify="right" if heading in {"unsure", "disagreement"} else "left")
    for one in found:
        table.add_row(
            Text(one.decision),
            Text(printable(one.clause)),
            f"{one.unsure:.2f}",
            f"{one.disagreement:.2f}",
            Text(first_words(contents[one.decision], 60)),
        )
    return table


def _as_json(one: Wanted, content: Content) -> dict[str, object]:
    return {
        "decision": one.decision,
        "clause": one.clause,
        "unsure": one.unsure,
        "disagreement": one.disagreement,
        "text": content.text,
    }
