"""`komainu review`: what waits for a person, and what people rule."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from komainu.apps.cli.console import print_json, stdout
from komainu.apps.cli.decisions import DecisionId
from komainu.apps.cli.held import OnRecord, record_rows, show_held, show_ruled
from komainu.apps.cli.lookup import find_decision
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    StoreUrl,
    opened,
    rulebook_if_found,
    run,
    settings_of,
)
from komainu.apps.cli.wire import summary_json
from komainu.apps.settings import Settings
from komainu.domain import Content, Decision, Review, Ruling
from komainu.errors import UsageError
from komainu.reviews import rule, standing

commands = typer.Typer(no_args_is_help=True, help="Rule on what no judge could settle.")

ClauseNames = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="review")


@commands.command("list")
def list_held(
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many, the oldest.")] = 20,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """List the held decisions that wait for a person, oldest first."""
    waiting = run(_waiting(settings_of(config, store), limit + 1))
    shown, more = waiting[:limit], len(waiting) > limit
    if json:
        print_json([summary_json(*each) for each in shown])
    elif shown:
        stdout.print(record_rows(shown))
        stdout.print(f"\n{'More wait: --limit shows them. ' if more else ''}Next: komainu review show ID", style="dim")
    else:
        stdout.print("Nothing waits for a person.")


@commands.command("show")
def show_one(
    decision: DecisionId,
    *,
    policy: PolicyPaths = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Show all that is needed to rule on a decision: the content in full, and each open clause with its policy text.

    The policy text comes from `--policy`, else from the policies of the configuration; a note says where these are not
    the ones that the decision was made under.
    """
    settings = settings_of(config, store)
    found, content, reviews, successor = run(_one(settings, decision))
    rulebook = rulebook_if_found(policy, settings)
    show_held(found, content, reviews, rulebook, successor)


@commands.command("rule")
def rule_on(
    decision: DecisionId,
    *,
    clear: Annotated[
        ClauseNames, typer.Option(metavar="CLAUSE", help="Not violated: spam/SP1, or SP1 where unique. Repeatable.")
    ] = None,
    violates: Annotated[ClauseNames, typer.Option(metavar="CLAUSE", help="Violated. Repeatable.")] = None,
    all_clear: Annotated[
        bool, typer.Option("--all-clear", help="Every clause that waits is clear, none is violated.")
    ] = False,
    rest_clear: Annotated[
        bool, typer.Option("--rest-clear", help="Every clause that waits and is not named with --violates is clear.")
    ] = False,
    reviewer: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who rules. Default: the configuration's, else who is logged in.")
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the review.")] = "",
    policy: PolicyPaths = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Rule on clauses of a decision: puts a review on record, and one label per clause ruled on.

    A hold is settled when all its open clauses are ruled on. Any clause of the decision may be ruled on, also against
    what a judge said; the last ruling of a person counts.
    """
    if all_clear and violates:
        raise UsageError("--all-clear and --violates contradict each other: --rest-clear clears what is not named")
    settings = settings_of(config, store)
    rulebook = rulebook_if_found(policy, settings)
    found, review, rulings = run(
        _ruled(
            settings,
            decision,
            clear=clear or [],
            violates=violates or [],
            rest_clear=all_clear or rest_clear,
            reviewer=settings.reviewer if reviewer is None else reviewer,
            note=note,
        )
    )
    show_ruled(found, review, rulings, rulebook)


async def _waiting(settings: Settings, limit: int) -> list[OnRecord]:
    async with opened(settings, existing=True) as store:
        return [
            (
                decision,
                await store.content(decision.content),
                standing(decision, await store.reviews(decision.id)),
            )
            for decision in await store.held(limit=limit)
        ]


async def _one(settings: Settings, named: str) -> tuple[Decision, Content | None, tuple[Review, ...], Decision | None]:
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        reviews, successor = await store.reviews(decision.id), await store.successor(decision.id)
        return decision, await store.content(decision.content), reviews, successor


async def _ruled(
    settings: Settings,
    named: str,
    *,
    clear: Sequence[str],
    violates: Sequence[str],
    rest_clear: bool,
    reviewer: str,
    note: str,
) -> tuple[Decision, Review, Mapping[str, Ruling]]:
    """The decision, the review now on record, and how every clause stands with it."""
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        if (successor := await store.successor(decision.id)) is not None:
            raise UsageError(f"decision {decision.id} was judged again since: rule on decision {successor.id}")
        earlier = await store.reviews(decision.id)
        review, labels = rule(
            decision,
            clear=clear,
            violates=violates,
            rest_clear=rest_clear,
            earlier=earlier,
            reviewer=reviewer,
            note=note,
            at=datetime.now(UTC),
        )
        await store.add_review(review, labels)
        return decision, review, standing(decision, (*earlier, review))
