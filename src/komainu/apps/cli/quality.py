"""`komainu quality`: what is missed and what is blocked wrongly, with intervals."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stdout
from komainu.apps.cli.decisions import Since, time_of
from komainu.apps.cli.lookup import pages
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
from komainu.apps.settings import Settings
from komainu.domain import Decision, Rulebook, Ruling
from komainu.errors import UsageError
from komainu.learning.quality import Quality, Tally
from komainu.metrics import Figure, expect_libraries
from komainu.reviews import settled

WAYS = ("clause", "policy", "language", "month")
Namer = Callable[[Decision, str], str]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(quality)


def quality(
    *,
    policy: PolicyPaths = None,
    by: Annotated[str, typer.Option(help="clause, policy, language (of the policy) or month.")] = "clause",
    since: Since = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Estimate how much judges miss and find wrongly, over everything they decided.

    It rests on the decisions that were drawn by lot (`audit_share` in the configuration) and that people have ruled on
    in full: each stands for as many as its chance says. Missed: the share of all violations that judges cleared.
    Found wrongly: the share of what they found violated that is not. Intervals are 95 %. Decisions that were
    superseded, golden items, and those made when nothing was drawn are not counted.
    """
    expect_libraries()
    if by not in WAYS:
        raise UsageError(f"expected --by {', '.join(WAYS)}; got {by!r}")
    settings = settings_of(config, store)
    rulebook = rulebook_if_found(policy, settings)
    found = run(_quality(settings, since, _namer(by, rulebook), _only(policy, rulebook)))
    if json:
        print_json(_as_json(found))
    else:
        _show(found, by)


def _namer(by: str, rulebook: Rulebook | None) -> Namer:
    languages = {policy.id: policy.language for policy in rulebook or ()}
    ways: dict[str, Namer] = {
        "clause": lambda _, key: key,
        "policy": lambda _, key: key.partition("/")[0],
        "language": lambda _, key: languages.get(key.partition("/")[0], "unknown"),
        "month": lambda decision, _: f"{decision.decided_at:%Y-%m}",
    }
    return ways[by]


def _only(policy: Any, rulebook: Rulebook | None) -> frozenset[str] | None:
    """The ids of the policies that were named; None: all."""
    return frozenset(one.id for one in rulebook) if policy and rulebook is not None else None


async def _quality(settings: Settings, since: str | None, name: Namer, only: frozenset[str] | None) -> Quality:
    found = Quality()
    async with opened(settings, existing=True) as store:
        golden = {decision.id for decision in await store.golden()}
        async for decision in pages(store, since=time_of(since) if since else None):
            if decision.id in golden or await store.successor(decision.id) is not None:
                continue
            names = {
                key: name(decision, key) for key in decision.rulings if only is None or key.partition("/")[0] in only
            }
            looked = decision.is_drawn or decision.open_clauses
            history = await store.history(decision.id) if looked and decision.audit_share else ()
            found.take(decision, settled(decision, history), names=names)
    return found


def _show(found: Quality, by: str) -> None:
    if not found.tallies:
        stdout.print(
            f"Nothing is known: {counted(found.uncovered, 'decision')} on record, none made while some were drawn. "
            "Set audit_share in the configuration.",
            highlight=False,
        )
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (by, "cleared", "found", "left", "looked at", "violating", "missed", "found wrongly"):
        table.add_column(heading, justify="left" if heading == by else "right", no_wrap=heading == by)
    for name, tally in sorted(found.tallies.items()):
        rates = tally.rates
        table.add_row(
            Text(printable(name)),
            *(f"{tally.members(ruling):,}" for ruling in (Ruling.CLEAR, Ruling.VIOLATED, Ruling.OPEN)),
            f"{rates.prevalence.n:,}",
            *(_share(figure) for figure in (rates.prevalence, rates.missed, rates.overblocked)),
        )
    stdout.print(table)
    if found.pending:
        stdout.print(f"{counted(found.pending, 'drawn decision')} still wait for people", highlight=False)
    if found.uncovered:
        stdout.print(f"{counted(found.uncovered, 'decision')} not covered: made while none was drawn", highlight=False)


def _share(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "not known"
    return f"{figure.value:.1%} [{figure.low:.1%}, {figure.high:.1%}]"


def _as_json(found: Quality) -> dict[str, Any]:
    return {
        "decisions": found.decisions,
        "uncovered": found.uncovered,
        "pending": found.pending,
        "rows": [{"name": name, **_row(tally)} for name, tally in sorted(found.tallies.items())],
    }


def _row(tally: Tally) -> dict[str, Any]:
    rates = tally.rates
    figures = {
        "prevalence": rates.prevalence,
        "missed": rates.missed,
        "found_wrongly": rates.overblocked,
        "cleared_wrongly": rates.cleared_wrongly,
    }
    return {
        "cleared": tally.members(Ruling.CLEAR),
        "found": tally.members(Ruling.VIOLATED),
        "left": tally.members(Ruling.OPEN),
        "looked_at": rates.prevalence.n,
        **{name: {"value": one.value, "low": one.low, "high": one.high, "n": one.n} for name, one in figures.items()},
    }
