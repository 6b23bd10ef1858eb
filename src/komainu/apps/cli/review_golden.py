"""`komainu review golden`: items whose answers are known, to see how people rule on them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, short, stdout
from komainu.apps.cli.lookup import SHORT_ID
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    StoreUrl,
    opened,
    role_of,
    rulebook_of,
    run,
    settings_of,
    text_of,
)
from komainu.apps.cli.review import commands
from komainu.apps.cli.wire import item_json
from komainu.apps.settings import Settings
from komainu.domain import Content, Decision, Rulebook
from komainu.moderation import judged
from komainu.reviews.golden import answers, copy_of, known_of

golden = typer.Typer(
    no_args_is_help=True, help="Items whose answers are known, mixed in unmarked; for who leads reviews."
)

Answers = Annotated[list[str] | None, typer.Option(metavar="CLAUSE", help="Known not to be violated. Repeatable.")]
Violated = Annotated[list[str] | None, typer.Option(metavar="CLAUSE", help="Known to be violated. Repeatable.")]


def register(_: typer.Typer) -> None:
    """Add the commands to those on reviews."""
    commands.add_typer(golden, name="golden")


@golden.command()
def add(
    text: Annotated[str, typer.Argument(help="The text, or - to read it from standard input.")],
    *,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who vouches for the answers.")],
    clear: Answers = None,
    violates: Violated = None,
    role: Annotated[str, typer.Option(help="What the text is: post, comment, message, prompt, response, …")] = "post",
    context: Annotated[
        list[str] | None, typer.Option(help="An earlier turn, oldest first; may be given again.")
    ] = None,
    copies: Annotated[int, typer.Option(min=1, max=100, help="How many reviewers are to be handed it.")] = 1,
    policy: PolicyPaths = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Judge a text as any other and put it into the queue as a golden item, with what is known of it.

    Reviewers cannot tell it from others: `golden_share` of what `komainu review next` hands out are such items. Their
    reviews make no labels; `komainu review agreement` says who was right. The judges must leave the text to a person,
    or it would stand out. Nobody is handed the same text twice.
    """
    settings = settings_of(config, store)
    content = Content(text=text_of(text), role=role_of(role), context=tuple(context or ()))
    known = {"clear": clear or [], "violates": violates or []}
    made = run(_added(settings, content, rulebook_of(policy, settings), known, by=by, copies=copies))
    stdout.print(Text(printable(f"{counted(len(made), 'golden item')} in the queue, the first as {made[0].id}.")))


@golden.command("list")
def list_golden(*, json: Json = False, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """List the golden items, oldest first: what is known of each, and how many have ruled on it."""
    found = run(_found(settings_of(config, store)))
    if json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("id", "waits", "reviews", "violates", "clear", "item"):
        table.add_column(heading, overflow="fold")
    for one in found:
        known = one["answers"]
        named = (", ".join(key for key in known if known[key] is violated) for violated in (True, False))
        words = short(one["item"]["text"], 60) if one["item"] is not None else "(forgotten)"
        cells = (one["id"][:SHORT_ID], "yes" if one["waits"] else "no", str(one["reviews"]), *named, words)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    stdout.print(table if found else "There are no golden items.")


async def _added(
    settings: Settings,
    content: Content,
    rulebook: Rulebook,
    given: Mapping[str, Sequence[str]],
    *,
    by: str,
    copies: int,
) -> list[Decision]:
    async with settings.cascade() as cascade, opened(settings) as store:
        decision = await judged(content, rulebook=rulebook, cascade=cascade, store=store)
        at = datetime.now(UTC)
        known = known_of(await store.labels(content=content.digest))
        labels = answers(decision, **given, known=known, by=by, at=at)
        made = [decision, *(copy_of(decision, datetime.now(UTC)) for _ in range(copies - 1))]
        for place, one in enumerate(made):
            await store.add_golden(one, content, () if place else labels)
        return made


async def _found(settings: Settings) -> list[dict[str, Any]]:
    async with opened(settings, existing=True) as store:
        waiting = {decision.id for decision in await store.held(golden=True, limit=1_000_000)}
        found = []
        for decision in await store.golden():
            content = await store.content(decision.content)
            found.append(
                {
                    "id": decision.id,
                    "waits": decision.id in waiting,
                    "reviews": len(await store.reviews(decision.id)),
                    "answers": known_of(await store.labels(content=decision.content)),
                    "item": item_json(content),
                }
            )
        return found
