"""`komainu usage`: what judging took, by judge and by policy."""

from dataclasses import asdict
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stdout
from komainu.apps.cli.decisions import Since, time_of
from komainu.apps.cli.lookup import pages
from komainu.apps.cli.options import ConfigPath, Json, StoreUrl, opened, run, settings_of
from komainu.apps.settings import Settings
from komainu.evals.usage import CallUse, Usage, usage_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(usage)


def usage(
    *,
    since: Since = None,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Say what the decisions on record took: share of decisions and of time per judge, tokens and money per policy.

    A call to a model about several policies counts for each in equal parts; calls answered from the cache cost nothing.
    """
    settings = settings_of(config, store)
    found = run(_usage(settings, since))
    if json:
        print_json(usage_json(found))
    else:
        show(found)


def usage_json(found: Usage) -> dict[str, Any]:
    """As documented in docs/reference/json.md."""
    return {
        "decisions": found.decisions,
        "judges": [asdict(use) | {"abstained": dict(use.abstained)} for use in found.judges.values()],
        "calls": asdict(found.total),
        "policies": {policy: asdict(use) for policy, use in sorted(found.policies.items())},
        "efforts": {effort: asdict(use) for effort, use in sorted(found.efforts.items())},
        "outcomes": dict(found.outcomes),
        "findings": dict(found.findings),
        "probes": {kind: asdict(use) for kind, use in sorted(found.probes.items())},
    }


def show(found: Usage) -> None:
    """Print it for a person."""
    seconds = sum(use.seconds for use in found.judges.values())
    table = _table("judge", "asked", "last asked", "clauses", "settled", "abstained", "share of time", "cost")
    for use in found.judges.values():
        table.add_row(
            Text(printable(use.judge)),
            _share(use.asked, found.decisions),
            _share(use.ended, found.decisions),
            str(use.clauses),
            _share(use.settled, use.clauses),
            ", ".join(f"{count} {reason}" for reason, count in sorted(use.abstained.items())) or "0",
            _share(use.seconds, seconds),
            _money(use.cost_usd),
        )
    stdout.print(counted(found.decisions, "decision"), highlight=False)
    stdout.print(table)
    if not found.outcomes:
        stdout.print("No model was called.", style="dim")
        return
    calls = _table("policy", "calls", "tokens in", "cached", "reasoning", "out", "seconds", "cost")
    for policy, call_use in sorted(found.policies.items()):
        calls.add_row(*_row(policy, call_use))
    calls.add_row(*_row("all", found.total), style="bold")
    stdout.print(calls)
    for kind, probe in sorted(found.probes.items()):
        said = f"probe {kind}: {counted(probe.calls, 'call')}, {counted(probe.findings, 'clause')} did not stand it"
        said += f", {probe.unanswered} not answered" if probe.unanswered else ""
        stdout.print(said, highlight=False, markup=False)
    for name, counts in (("calls", found.outcomes), ("audit", found.findings)):
        if counts:
            said = ", ".join(f"{count} {printable(what)}" for what, count in counts.most_common())
            stdout.print(f"{name}: {said}", highlight=False, markup=False)


async def _usage(settings: Settings, since: str | None) -> Usage:
    async with opened(settings, existing=True) as store:
        return await usage_of(pages(store, since=time_of(since)))


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold")
    for heading in rest:
        table.add_column(heading, justify="right")
    return table


def _row(name: str, use: CallUse) -> tuple[Text, ...]:
    tokens = (use.tokens_in, use.tokens_cached, use.tokens_reasoning, use.tokens_out)
    figures = (f"{use.calls:,.0f}", *(f"{count:,.0f}" for count in tokens), f"{use.seconds:,.1f}", _money(use.cost_usd))
    return tuple(map(Text, (printable(name), *figures)))


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _money(usd: float) -> str:
    return f"${usd:,.4f}" if usd else "-"
