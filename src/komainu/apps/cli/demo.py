"""`komainu demo`: judge the bundled feed, so that a newcomer sees the whole path."""

import json
from collections import Counter
from importlib.resources import files
from pathlib import Path

import typer
from rich.progress import track

from komainu.apps.cli.console import action_text, decision_table, stderr, stdout
from komainu.apps.cli.options import ConfigPath, StoreUrl, opened, rulebook_of, run, settings_of
from komainu.apps.settings import Settings
from komainu.domain import Action, Content, Decision, Role
from komainu.moderation import moderate
from komainu.store import Verification


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Judge a bundled feed of 60 English and Japanese items by the starter policies, and verify the record."""
    settings = settings_of(config, store)
    judged, verification = run(_judged(settings))
    stdout.print(decision_table((content.text, decision, content) for decision, content in judged))
    _summary([decision for decision, _ in judged], verification, settings)


def feed() -> tuple[Content, ...]:
    """The bundled items."""
    lines = files("komainu.data").joinpath("feed.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line]
    return tuple(
        Content(text=row["text"], role=Role(row["role"]), context=tuple(row.get("context", ()))) for row in rows
    )


async def _judged(settings: Settings) -> tuple[list[tuple[Decision, Content]], Verification]:
    rulebook, cascade = rulebook_of(None, settings), settings.cascade()
    judged = []
    async with opened(settings, records=True) as store:
        for content in track(feed(), description="Judging", console=stderr):
            judged.append((await moderate(content, rulebook=rulebook, cascade=cascade, store=store), content))
        return judged, await store.verify()


def _summary(decisions: list[Decision], verification: Verification, settings: Settings) -> None:
    counts = Counter(decision.action for decision in decisions)
    stdout.print()
    for action in Action:
        stdout.print(action_text(action), f"{counts[action]:>3} of {len(decisions)}", highlight=False)
    whole = "verified" if not verification.faults else f"{len(verification.faults)} FAULTS"
    head = verification.head
    stdout.print(f"\nLedger {settings.store}: {head.entries} entries, {whole}, head {head.hash[:16]}", highlight=False)
    stdout.print(
        "\nHeld items wait for a person: what no judge could settle is never let through.\n"
        "Try next:\n"
        f"  {_command()} review list                      the items that wait for a person\n"
        f"  {_command()} check 'Your own text here'       judge a text of yours, with reasons\n"
        f"  {_command()} policy new my-policy             write a policy of your own\n"
        f"  {_command()} policy test policies/spam        see what a policy's test suite says\n"
        f"  {_command()} ledger verify                    prove that nothing on record was changed",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    if verification.faults:
        raise typer.Exit(1)


def _command() -> str:
    local = Path(".venv/bin/komainu")
    return str(local) if local.exists() else "komainu"
