"""`komainu certificates`: what is certified, and whether it counts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
import uuid_utils
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stdout
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    StoreUrl,
    opened,
    rulebook_of,
    run,
    settings_of,
)
from komainu.apps.settings import Settings
from komainu.domain import Certificate, Lapse, Rulebook
from komainu.domain.certificate import base_name
from komainu.errors import UsageError

commands = typer.Typer(help="Show what judges are certified to settle unseen, or take it back.")
Standing = tuple[Certificate, str]  # why it does not count; empty where it does


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="certificates")


@commands.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    *,
    policy: PolicyPaths = None,
    every: Annotated[bool, typer.Option("--all", help="Also those that a later one has replaced.")] = False,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Show the certificates on record: what each proves, and whether it counts for the policies and judges of today.

    Where one counts no longer, its judge does not settle the clause any more, until it is certified anew.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_of(config, store)
    found = _standing(run(_certificates(settings)), settings, rulebook_of(policy, settings), every=every)
    if json:
        print_json([as_json(one) | {"counts": not why, "why_not": why} for one, why in found])
    elif found:
        stdout.print(table_of(found))
        for line in notes_of(found):
            stdout.print(printable(line), highlight=False, markup=False, soft_wrap=True)
    else:
        stdout.print("Nothing is certified. Next: komainu certify --labels FILE.jsonl")


@commands.command("lapse")
def lapse(
    clauses: Annotated[list[str], typer.Argument(metavar="CLAUSE...", help="Keys: spam/SP1.")],
    *,
    why: Annotated[str, typer.Option(help="The reason; kept on record.")],
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Take back the certificates on clauses: their judges settle them no more, until they are certified anew.

    Other processes notice within ten seconds.
    """
    if not why.strip():
        raise UsageError("expected a reason in --why; got none")
    taken = run(_lapsed(settings_of(config, store), clauses, why))
    stdout.print(f"{counted(taken, 'certificate')} taken back", highlight=False)


async def _certificates(settings: Settings) -> tuple[Certificate, ...]:
    async with opened(settings, existing=True) as store:
        return await store.certificates()


async def _lapsed(settings: Settings, clauses: Sequence[str], why: str) -> int:
    async with opened(settings, existing=True) as store:
        standing = [one for one in await store.certificates() if one.lapsed_at is None]
        if missing := [key for key in clauses if not any(one.clause == key for one in standing)]:
            raise UsageError(f"expected clauses with a certificate; there is none on {', '.join(missing)}")
        now = datetime.now(UTC)
        lapses = [
            Lapse(id=str(uuid_utils.uuid7()), certificate=one.id, why=why, lapsed_at=now)
            for one in standing
            if one.clause in clauses
        ]
        await store.lapse(lapses)
        return len(lapses)


def _standing(
    certificates: Sequence[Certificate], settings: Settings, rulebook: Rulebook, *, every: bool
) -> list[Standing]:
    """With why each does not count; those that do and the newest of each judge on each clause, or all."""
    stages, now = settings.cascade().stages, datetime.now(UTC)
    digests = {policy.id: policy.digest for policy in rulebook.policies}
    counting: set[str] = set()
    for warrants in (one for stage in stages for one in stage.every_warrants):
        warrants.renew(certificates)
        given = (warrants.certificate(one.clause, _digest(one, digests), now) for one in certificates)
        counting |= {one.id for one in given if one is not None}
    judges = {base_name(judge.name): judge.name for stage in stages for judge in reversed(stage.every_judge)}
    newest = {(one.clause, base_name(one.judge)): one.id for one in certificates}
    found = []
    for one in certificates:
        last = newest[one.clause, base_name(one.judge)] == one.id
        if every or last or one.id in counting:
            why = "" if one.id in counting else _why_not(one, judges, digests, now, last=last)
            found.append((one, why))
    return found


def _why_not(one: Certificate, judges: dict[str, str], digests: dict[str, str], now: datetime, *, last: bool) -> str:
    """Of one that counts for no stage."""
    if one.lapsed_at is None and not last:
        return "replaced by a later one"
    if not _digest(one, digests):
        return "its policy is not among those named"
    if base_name(one.judge) not in judges:
        return "its judge is not among the stages"
    why = one.why_not(judge=judges[base_name(one.judge)], policy_digest=_digest(one, digests), at=now)
    return why or "its stage takes no certificates"


def _digest(one: Certificate, digests: dict[str, str]) -> str:
    return digests.get(one.clause.partition("/")[0], "")


def table_of(found: Sequence[Standing]) -> Table:
    """A row per certificate; fits into 80 columns."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("clause", "clears below", "missed", "finds from", "wrongly", "bounds", "until"):
        right = heading in {"clears below", "missed", "finds from", "wrongly"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for one, why in found:
        proves = one.clears or one.finds
        table.add_row(
            Text(printable(one.clause), "yellow" if why or not one.clears else "green"),
            f"{one.clear_below:.3g}" if one.clears else "never",
            f"{one.missed} of {one.violating}",
            f"{one.violated_from:.3g}" if one.finds else "never",
            f"{one.wrongly} of {one.fine}",
            f"{one.alpha:.3g}/{one.beta:.3g}",
            Text("no more", "red") if why else Text(f"{one.expires_at:%Y-%m-%d}" if proves else "-"),
        )
    return table


def notes_of(found: Sequence[Standing]) -> Iterator[str]:
    """Why some count no more, a line each."""
    for one, why in found:
        if why:
            yield f"{one.clause} of {one.certified_at:%Y-%m-%d} by {one.judge} under {one.policy}: {why}"


def why_not_cleared(one: Certificate) -> str:
    """Why nothing could be proven of clearing."""
    if one.needed:
        return f"{counted(one.needed, 'more violating label')} needed, there are {one.violating:,}"
    return "the judge's probabilities do not tell violating content from other content well enough"


def why_not_found(one: Certificate) -> str:
    """Why nothing could be proven of finding."""
    if one.needed_fine:
        return f"{counted(one.needed_fine, 'more label')} that do not violate needed, there are {one.fine:,}"
    return "the judge's probabilities do not tell them from violating content well enough"


def as_json(one: Certificate) -> dict[str, Any]:
    """As documented in docs/reference/json.md."""
    return {
        "id": one.id,
        "clause": one.clause,
        "policy": one.policy,
        "policy_digest": one.policy_digest,
        "judge": one.judge,
        "status": one.status,
        "clear_below": one.clear_below if one.clears else None,
        "violated_from": one.violated_from if one.finds else None,
        "alpha": one.alpha,
        "over_block": one.beta,
        "delta": one.delta,
        "violating": one.violating,
        "missed": one.missed,
        "labels_needed": one.needed,
        "fine": one.fine,
        "wrongly": one.wrongly,
        "fine_labels_needed": one.needed_fine,
        "data": one.data,
        "certified_at": one.certified_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "lapsed_at": one.lapsed_at and one.lapsed_at.isoformat(),
        "lapsed_why": one.lapsed_why,
    }
