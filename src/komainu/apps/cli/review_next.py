"""`komainu review next`, `release` and `queues`: who works on what."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stdout
from komainu.apps.cli.decisions import DecisionId
from komainu.apps.cli.held import show_held, when
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
from komainu.apps.cli.review import QueueName, ReviewerName, case_json, commands
from komainu.apps.settings import Settings
from komainu.domain import Content, Decision, Rulebook
from komainu.errors import UsageError
from komainu.reviews.desk import DEFAULT_QUEUE, Desk
from komainu.reviews.work import Case, Handed, Office

NOTHING = 1  # exit code of `next`


def register(_: typer.Typer) -> None:
    """Add the commands to those on reviews."""
    commands.command("next")(take_next)
    commands.command()(release)
    commands.command()(queues)


def take_next(
    *,
    queue: QueueName = "",
    reviewer: ReviewerName = None,
    policy: PolicyPaths = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Take the next item out of the queue, and show it: nobody else gets it until the lease is over.

    First what you hold already; then the severest, and of these the oldest; last what you let go or let expire. Left
    out is what waits for somebody else's word, what is not for your queues, skills and languages, and what is more of
    a severity than your limit allows. `komainu review rule` ends the claim, `release` gives it back. The exit code is
    1 where there is nothing for you.
    """
    settings = settings_of(config, store)
    rulebook = rulebook_if_found(policy, settings)
    name = settings.reviewer if reviewer is None else reviewer
    handed, content = run(_taken(settings, rulebook, name, queue))
    if json:
        print_json(
            {
                "case": handed.case and case_json(handed.case, content),
                "renewed": handed.renewed,
                "passed_over": dict(handed.passed_over),
            }
        )
    elif handed.case is not None:
        _show(handed.case, handed, content, made_under(rulebook, handed.case.decision) or rulebook)
    else:
        stdout.print("Nothing waits for you." if handed.passed_over else "Nothing waits for a person.")
        _show_passed_over(handed.passed_over)
    if handed.case is None:
        raise typer.Exit(NOTHING)


def release(
    decision: DecisionId,
    *,
    reviewer: ReviewerName = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Give back what you took without ruling on it: others can have it at once, you get it last."""
    settings = settings_of(config, store)
    name = settings.reviewer if reviewer is None else reviewer
    found = run(_released(settings, decision, name))
    stdout.print(Text(printable(f"Decision {found.id} is back in the queue.")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much waits in one queue."""

    name: str
    waiting: int
    claimed: int  # of those that wait
    severest: int | None  # 1 to 4; None: nothing waits
    oldest_seconds: float | None  # since the oldest was decided
    reviewers: tuple[str, ...] | None  # who may work there; None: anybody


def queues(
    *,
    policy: PolicyPaths = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Show how much waits in each queue, how much of it somebody works on, how old it is, and who may work there."""
    settings = settings_of(config, store)
    now = datetime.now(UTC)
    cases = run(_cases(settings, rulebook_if_found(policy, settings), now))
    depths = list(_depths(settings.desk(), cases, now))
    if json:
        print_json([asdict(depth) for depth in depths])
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("queue", overflow="fold")
    for heading in ("waiting", "claimed", "severest", "oldest"):
        table.add_column(heading, justify="right")
    table.add_column("reviewers", overflow="fold")
    for depth in depths:
        figures = (str(depth.waiting), str(depth.claimed), str(depth.severest or "-"), _age(depth.oldest_seconds))
        table.add_row(Text(printable(depth.name)), *figures, Text(printable(_workers(depth))))
    stdout.print(table)


def _show(case: Case, handed: Handed, content: Content | None, rulebook: Rulebook | None) -> None:
    yours = "Still yours" if handed.renewed else "Yours"
    about = f"queue {case.queue}, severity {case.item.severity}, waits for: {case.why}"
    until = f" until {when(case.claim.expires_at)}" if case.claim is not None else ""
    stdout.print(Text(printable(f"{yours}{until}: {about}.")))
    show_held(case.decision, content, case.history, rulebook)
    stdout.print(
        f"To give it back: komainu review release {case.decision.id[:SHORT_ID]}",
        style="dim",
        markup=False,
        highlight=False,
    )
    _show_passed_over(handed.passed_over)


def _show_passed_over(passed_over: Mapping[str, int]) -> None:
    for why, count in passed_over.items():
        stdout.print(Text(printable(f"Passed over: {counted(count, 'item')} ({why})."), "dim"))


def _depths(desk: Desk, cases: Sequence[Case], now: datetime) -> Iterator[Depth]:
    for name in (*(queue.name for queue in desk.queues), DEFAULT_QUEUE):
        there = [case for case in cases if case.queue == name]
        yield Depth(
            name=name,
            waiting=len(there),
            claimed=sum(case.claim is not None for case in there),
            severest=max((case.item.severity for case in there), default=None),
            oldest_seconds=max(((now - case.decision.decided_at).total_seconds() for case in there), default=None),
            reviewers=desk.workers(name),
        )


def _workers(depth: Depth) -> str:
    if depth.reviewers is None:
        return "anybody"
    return ", ".join(depth.reviewers) or "nobody: no reviewer has the skills it asks for"


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.1f} {unit}"
    return f"{max(seconds, 0.0):.0f} s"


async def _taken(settings: Settings, rulebook: Rulebook | None, name: str, queue: str) -> tuple[Handed, Content | None]:
    async with opened(settings, existing=True) as store:
        office = Office(desk=settings.desk(), rulebook=rulebook, store=store)
        handed = await office.next_case(name, datetime.now(UTC), queue=queue, chance=random.random())
        return handed, await store.content(handed.case.decision.content) if handed.case is not None else None


async def _released(settings: Settings, named: str, reviewer: str) -> Decision:
    async with opened(settings, existing=True) as store:
        decision = await find_decision(store, named)
        if not await store.release(decision.id, reviewer=reviewer):
            raise UsageError(f"expected a decision that {reviewer} holds; {decision.id} is not, or its lease is over")
        return decision


async def _cases(settings: Settings, rulebook: Rulebook | None, now: datetime) -> list[Case]:
    async with opened(settings, existing=True) as store:
        return await Office(desk=settings.desk(), rulebook=rulebook, store=store).cases(now)
