"""`komainu policy simulate`: what a changed policy would have done to history."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from komainu.apps.batch.history import FileHistory
from komainu.apps.batch.rows import ROLES, Columns
from komainu.apps.cli.console import print_json, stderr, stdout
from komainu.apps.cli.decisions import Since, time_of
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    opened,
    role_of,
    rulebook_of,
    run,
    settings_of,
)
from komainu.apps.cli.simulated import Queue, show_simulation, simulation_json
from komainu.apps.settings import Reasoner, Settings
from komainu.cascade import Cascade
from komainu.domain import Policy
from komainu.errors import UsageError
from komainu.evals.simulation import (
    MOST,
    Grouping,
    History,
    Plan,
    RecordHistory,
    Simulation,
    Surface,
    lanes,
    simulate,
)
from komainu.policies import load, policy_files
from komainu.policies.diff import PolicyDiff, compare

DECISIONS = "decisions"
SECONDS_PER_ITEM = 30.0
FEWEST = 100  # contents judged again, so that every stratum gets its share


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Which history."""

    source: str  # `decisions`, or a file
    columns: Columns
    since: str | None
    every: bool  # also decisions that were not made under the policy


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("simulate")(simulate_policies)


def simulate_policies(
    new: Annotated[
        Path, typer.Argument(metavar="NEW", help="A policy file or folder, or a folder of policies, as changed.")
    ],
    *,
    over: Annotated[
        str,
        typer.Option(metavar="decisions|FILE", help="The decisions on record, or a file of rows as `batch` takes it."),
    ] = DECISIONS,
    against: Annotated[
        Path | None,
        typer.Option(metavar="OLD", help="The version before. Default: that of the same id in the configuration."),
    ] = None,
    most: Annotated[int, typer.Option(min=FEWEST, help="How many contents to judge again at most.")] = MOST,
    since: Since = None,
    every: Annotated[
        bool, typer.Option("--every", help="Take decisions too that were not made under the policy.")
    ] = False,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Judge by the old version too what is on record about it.")
    ] = False,
    control: Annotated[
        bool,
        typer.Option("--control", help="Judge the old version in other words too: what flips there is chance."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the sample: the same seed draws the same contents.")] = 0,
    samples: Annotated[int, typer.Option(min=0, help="Flips to show of each clause.")] = 3,
    seconds_per_item: Annotated[
        float, typer.Option(min=0.0, help="What a held item takes a person.")
    ] = SECONDS_PER_ITEM,
    fail_over: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, metavar="SHARE", help="Exit code 1 where surely more than this share flips."),
    ] = None,
    text_field: Annotated[str, typer.Option(help="The field of a file that holds the text.")] = "text",
    role_field: Annotated[str, typer.Option(help="The field that holds the role; '' where none does.")] = "role",
    role: Annotated[str, typer.Option(help="What rows without a role are: post, comment, prompt, …")] = "post",
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Judge history again under a changed policy, and show what flips: rulings, actions, hours of review, cost.

    Both versions are judged by the configured judges, without certificates; where a decision was made under exactly the
    old version by these judges, its record stands for that. What is larger than `--most` is sampled by strata, more
    where a ruling can tip, and estimates come with 95 % intervals. Nothing goes on record.

    With `--fail-over` the exit code is 1 where the lower end of the share of contents that flip is above it; contents
    on which a judge failed count as flipped there. With `--control`, what flips by chance is taken off first: judges do
    not read two wordings of one rule alike.
    """
    named = Reasoner(url=reasoner, model=model, profile=profile, effort=effort)
    settings = settings_of(config, store, named)
    columns = Columns(text=text_field, role=role_field, default_role=ROLES.get(role) or role_of(role))
    history = Over(source=over, columns=columns, since=since, every=every)
    if over != DECISIONS and (since or every):
        raise UsageError("--since and --every are about decisions on record; a file has none")
    diffs, beside = _changed(new, against, settings)
    plan = Plan(most=most, seed=seed, afresh=afresh, samples=samples, control=control)
    found = run(_simulated(diffs, beside, settings, history, plan)) if diffs else []
    queue = Queue(seconds_per_item=seconds_per_item)
    if json:
        print_json({"policies": [simulation_json(one, queue) for one in found]})
    elif not found:
        stdout.print("No difference in what they say: nothing to judge.")
    else:
        for one in found:
            show_simulation(one, queue, noun="decision" if over == DECISIONS else "row")
    if fail_over is not None and any(_is_over(one, fail_over) for one in found):
        raise typer.Exit(1)


def _is_over(found: Simulation, most: float) -> bool:
    low = (found.excess or found.flipped_or_unknown).low
    return low is None or low > most


def _changed(new: Path, against: Path | None, settings: Settings) -> tuple[list[PolicyDiff], tuple[Policy, ...]]:
    """What differs, policy by policy, and the policies of the configuration."""
    news = [load(file) for file in policy_files(new)]
    rulebook = rulebook_of(None, settings)
    olds = {one.id: one for one in ([load(file) for file in policy_files(against)] if against else rulebook.policies)}
    if against and len(olds) == len(news) == 1:
        olds = {news[0].id: next(iter(olds.values()))}
    if missing := [one.id for one in news if one.id not in olds]:
        where = str(against) if against else "the configuration"
        raise UsageError(
            f"expected an older version of {', '.join(missing)} in {where}; there is none: name it with --against"
        )
    diffs = [compare(olds[one.id], one) for one in news]
    return [diff for diff in diffs if diff.changes], rulebook.policies


async def _simulated(
    diffs: Sequence[PolicyDiff], beside: Sequence[Policy], settings: Settings, over: Over, plan: Plan
) -> list[Simulation]:
    found = []
    async with settings.cascade(certified=False, many_policies=True) as cascade:
        for diff in diffs:
            # Rows of a file were never judged by other policies, so that there is nothing on record beside these.
            surface = Surface(diff.old, diff.new, beside if over.source == DECISIONS else ())
            with Progress(console=stderr, transient=True, disable=not stderr.is_terminal) as progress:
                async with _history(over, diff, settings, cascade) as history:
                    told = _told(progress)
                    found.append(await simulate(diff, history, cascade, surface=surface, plan=plan, progress=told))
                    _say_bad(history)
    return found


@asynccontextmanager
async def _history(over: Over, diff: PolicyDiff, settings: Settings, cascade: Cascade) -> AsyncIterator[History]:
    if over.source != DECISIONS:
        yield FileHistory(Path(over.source), over.columns)
        return
    keys = [lane.old.key for lane in lanes(diff) if lane.old is not None and lane.is_touched]
    grouping = Grouping(keys or [clause.key for clause in diff.old.clauses], cascade)
    async with opened(settings, existing=True) as store:
        yield RecordHistory(store, grouping, diff.old.id, since=time_of(over.since), every=over.every)


def _say_bad(history: History) -> None:
    if isinstance(history, FileHistory) and history.bad:
        stderr.print(
            f"{history.bad:,} rows cannot be judged and are left out; `komainu batch` says why", highlight=False
        )


def _told(progress: Progress) -> Callable[[str, int, int], None]:
    tasks = {}

    def tell(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=None)
        progress.update(tasks[what], completed=done, total=total or None)

    return tell
