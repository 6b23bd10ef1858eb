"""`komainu policy ambiguity`: which clauses judges and people read differently."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, first_words, print_json, printable, short, stdout
from komainu.apps.cli.decisions import Since, time_of
from komainu.apps.cli.learn import EveryVersion, cases_beside
from komainu.apps.cli.lookup import pages
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    has_record,
    opened,
    run,
    settings_of,
)
from komainu.apps.cli.policy_coverage import SomePaths, files_of
from komainu.apps.settings import Reasoner, Settings
from komainu.domain import Content
from komainu.evals import Suite
from komainu.evals.ambiguity import FEWEST, ClauseAmbiguity, Gathered, ambiguity
from komainu.metrics import Figure
from komainu.policies import load

MOST_CONFUSIONS = 8  # shown
Contents = Mapping[str, Content]  # by digest, or of cases by policy:id


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("ambiguity")(find_ambiguity)


def find_ambiguity(
    paths: SomePaths = None,
    *,
    no_judge: Annotated[bool, typer.Option("--no-judge", help="Read the record alone, and judge no case.")] = False,
    since: Since = None,
    every_version: EveryVersion = False,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Show which clauses are read differently: by two people, by people and judges, by two judges, by one asked twice.

    From the record: reviews and other labels, verdicts of several judges of one decision, and calls that a reasoner did
    not repeat. From the cases beside a policy: those that the judges put on the wrong side. The score is the share of
    pairs that differ; the clauses that are surely read differently come first. Pairs of clauses that are taken for one
    another are named. Nothing goes on record.
    """
    named = Reasoner(url=reasoner, model=model, profile=profile, effort=effort)
    settings = settings_of(config, store, named)
    suites = [
        Suite(policy=policy, cases=tuple(cases_beside(file, policy)))
        for file in files_of(paths, settings)
        for policy in [load(file)]
    ]
    found, contents = run(_gathered(suites, settings, time_of(since), ask=not no_judge, every_version=every_version))
    if json:
        print_json(_json(found, contents))
    else:
        _show(found, contents)


async def _gathered(
    suites: Sequence[Suite], settings: Settings, since: datetime | None, *, ask: bool, every_version: bool
) -> tuple[Gathered, Contents]:
    """What was found, with the contents of the examples that are still kept."""
    contents = {f"{suite.policy.id}:{case.id}": case.content for suite in suites for case in suite.cases}
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(settings)) if has_record(settings) else None
        judges = settings.cascade(certified=False) if ask else None
        if judges is not None:
            await stack.enter_async_context(judges)
        found = await ambiguity(
            suites,
            store=store,
            decisions=pages(store, since=since) if store is not None else None,
            cascade=judges,
            every_version=every_version,
        )
        for example in (one for clause in found.clauses for one in clause.examples):
            if store is not None and (content := await store.content(example.content)) is not None:
                contents[example.content] = content
    return found, contents


def _show(found: Gathered, contents: Contents) -> None:
    about = f"{counted(found.decisions, 'decision')}, {counted(found.labels, 'label')}, {counted(found.cases, 'case')}"
    stdout.print(about, highlight=False)
    enough = [one for one in found.clauses if one.is_enough]
    if enough:
        stdout.print(_table(enough))
    for one in enough:
        for example in one.examples:
            words = first_words(contents.get(example.content), 60)
            line = Text.assemble(
                (f"{printable(one.clause)} ", "bold"), f"“{words}” ", (short(example.said, 100), "dim")
            )
            stdout.print(line, soft_wrap=True)
    confused = sorted((one for clause in found.clauses for one in clause.confusions), key=lambda one: -one.contents)
    for pair in confused[:MOST_CONFUSIONS]:
        said = f"{pair.found} is found where {pair.meant} is meant: {counted(pair.contents, 'content')}"
        stdout.print(Text.assemble(("confused ", "yellow"), printable(said)), soft_wrap=True)
    if few := [f"{one.clause} ({one.score.n})" for one in found.clauses if not one.is_enough]:
        said = f"too little to tell, under {FEWEST} contents compared: {', '.join(few)}"
        stdout.print(Text(printable(said), "dim"), soft_wrap=True)


def _table(clauses: Sequence[ClauseAmbiguity]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clause", overflow="fold")
    for heading in ("differ", "contents", "unsure"):
        table.add_column(heading, justify="right")
    table.add_column("between", overflow="fold")
    for one in clauses:
        by = ", ".join(f"{kind.value} {_percent(figure)} of {figure.n}" for kind, figure in one.by.items())
        figures = (f"{_percent(one.score)} {_ends(one.score)}", f"{one.score.n:,}", _percent(one.unsure))
        table.add_row(Text(printable(one.clause)), *map(Text, figures), Text(by))
    return table


def _percent(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.0%}"


def _ends(figure: Figure) -> str:
    return f"[{figure.low or 0:.0%}, {figure.high or 0:.0%}]"


def _json(found: Gathered, contents: Contents) -> dict[str, object]:
    return {
        "decisions": found.decisions,
        "labels": found.labels,
        "cases": found.cases,
        "clauses": [
            {
                "clause": one.clause,
                "title": one.title,
                "enough": one.is_enough,
                "score": asdict(one.score),
                "between": {kind.value: asdict(figure) for kind, figure in one.by.items()},
                "unsure": asdict(one.unsure),
                "examples": [
                    {
                        "between": example.between.value,
                        "content": example.content,
                        "text": short(content.text, 200) if (content := contents.get(example.content)) else None,
                        "said": example.said,
                    }
                    for example in one.examples
                ],
                "confused_with": [{"found": pair.found, "contents": pair.contents} for pair in one.confusions],
            }
            for one in found.clauses
        ],
    }
