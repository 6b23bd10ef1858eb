"""`komainu review`: what waits for a person, and what people rule."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import first_words, print_json, printable, short, stdout
from komainu.apps.cli.decisions import DecisionId
from komainu.apps.cli.held import not_clear, show_held, show_ruled, when
from komainu.apps.cli.lookup import SHORT_ID, find_decision
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    StoreUrl,
    made_under,
    opened,
    rulebook_if_found,
    run,
    settings_of,
)
from komainu.apps.cli.wire import summary_json
from komainu.apps.settings import Settings
from komainu.domain import Content, Decision, Review, Rulebook
from komainu.errors import UsageError
from komainu.reviews import History, rule
from komainu.reviews.work import Case, Office

commands = typer.Typer(no_args_is_help=True, help="Rule on what no judge could settle.")

ClauseNames = list[str] | None
ReviewerName = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who rules. Default: the configuration's, else who is logged in.")
]
QueueName = Annotated[str, typer.Option("--queue", metavar="NAME", help="Only this queue.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="review")


@commands.command("list")
def list_held(
    *,
    queue: QueueName = "",
    limit: Annotated[int, typer.Option(min=1, help="How many, the oldest.")] = 20,
    policy: PolicyPaths = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """List what waits for a person, oldest first: in which queue, why, and who works on it.

    Severities and queues come from the policies found here; a clause that is not in them counts as the severest.
    """
    settings = settings_of(config, store)
    if queue:
        settings.desk().expect_queue(queue)
    waiting = run(_waiting(settings, rulebook_if_found(policy, settings), queue, limit + 1))
    shown, more = waiting[:limit], len(waiting) > limit
    if json:
        print_json([case_json(*each) for each in shown])
    elif shown:
        stdout.print(_table(shown))
        stdout.print(f"\n{'More wait: --limit shows them. ' if more else ''}Next: komainu review next", style="dim")
    else:
        stdout.print("Nothing waits for a person.")


def case_json(case: Case, content: Content | None) -> dict[str, Any]:
    """What waits, as documented in docs/reference/json.md."""
    claim = case.claim
    return summary_json(case.decision, content, case.count.standing) | {
        "waiting": list(case.count.waiting),
        "why": case.why,
        "queue": case.queue,
        "severity": case.item.severity,
        "claim": claim and {"reviewer": claim.reviewer, "expires_at": claim.expires_at.isoformat()},
    }


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
    found, content, history, successor = run(_one(settings, decision))
    rulebook = rulebook_if_found(policy, settings)
    show_held(found, content, history, made_under(rulebook, found) or rulebook, successor)


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
    reviewer: ReviewerName = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why; kept with the review.")] = "",
    policy: PolicyPaths = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Rule on clauses of a decision: puts a review on record, and one label per clause ruled on.

    A hold is settled when all its open clauses are. Any clause of the decision may be ruled on, also against what a
    judge said. Each person has one word on a clause, the last they gave: ruling again changes it. Where people
    disagree, or the configuration asks for two, the clause waits for somebody else.
    """
    if all_clear and violates:
        raise UsageError("--all-clear and --violates contradict each other: --rest-clear clears what is not named")
    settings = settings_of(config, store)
    rulebook = rulebook_if_found(policy, settings)
    found, review, earlier = run(
        _ruled(
            settings,
            rulebook,
            decision,
            settings.reviewer if reviewer is None else reviewer,
            clear=clear or [],
            violates=violates or [],
            rest_clear=all_clear or rest_clear,
            note=note,
        )
    )
    show_ruled(found, review, earlier, made_under(rulebook, found) or rulebook)


def _table(shown: Sequence[tuple[Case, Content | None]]) -> Table:
    """One line per item; what is not clear and the words share what the short columns leave of the terminal."""
    columns = {
        "id": [case.decision.id[:SHORT_ID] for case, _ in shown],
        "queue": [short(case.queue, 16) for case, _ in shown],
        "sev": [str(case.item.severity) for case, _ in shown],
        "waits for": [case.why for case, _ in shown],
    }
    if any(case.claim is not None for case, _ in shown):
        columns["with"] = [_holder(case) for case, _ in shown]
    widths = {name: max(map(cell_len, [name, *cells])) for name, cells in columns.items()}
    left = max(30, stdout.width - sum(widths.values()) - 2 * len(widths) - 2)
    columns["not clear"] = [printable(not_clear(case.count.standing)) for case, _ in shown]
    columns["item"] = [first_words(content, 100) for _, content in shown]
    widths["not clear"] = max(9, min(left // 2, max(map(cell_len, columns["not clear"]))))
    widths["item"] = left - widths["not clear"]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in widths.items():
        table.add_column(name, width=width, no_wrap=True)
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*map(Text, cells))
    return table


def _holder(case: Case) -> str:
    return f"{short(case.claim.reviewer, 16)} {when(case.claim.expires_at)[11:]}" if case.claim is not None else ""


async def _waiting(
    settings: Settings, rulebook: Rulebook | None, queue: str, limit: int
) -> list[tuple[Case, Content | None]]:
    async with opened(settings, existing=True) as store:
        office = Office(desk=settings.desk(), rulebook=rulebook, store=store)
        cases = [case for case in await office.cases(datetime.now(UTC)) if not queue or case.queue == queue]
        return [(case, await store.content(case.decision.content)) for case in cases[:limit]]


async def _one(settings: Settings, named: str) -> tuple[Decision, Content | None, History, Decision | None]:
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        history, successor = await store.history(decision.id), await store.successor(decision.id)
        return decision, await store.content(decision.content), history, successor


async def _ruled(
    settings: Settings,
    rulebook: Rulebook | None,
    named: str,
    reviewer: str,
    *,
    clear: Sequence[str],
    violates: Sequence[str],
    rest_clear: bool,
    note: str,
) -> tuple[Decision, Review, History]:
    """The decision, the review now on record, and what was on record about it before."""
    now = datetime.now(UTC)
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        if (successor := await store.successor(decision.id)) is not None:
            raise UsageError(f"decision {decision.id} was judged again since: rule on decision {successor.id}")
        office = Office(desk=settings.desk(), rulebook=rulebook, store=store)
        (case,) = await office.cases(now, decisions=[decision])
        office.expect_may_rule(case, reviewer)
        review, labels = rule(
            decision,
            clear=clear,
            violates=violates,
            rest_clear=rest_clear,
            earlier=case.history,
            second=office.desk.second_for(decision.rulings, rulebook),
            known=await office.known(case),
            reviewer=reviewer,
            note=note,
            at=now,
        )
        await office.add(case, review, labels)
        return decision, review, case.history
