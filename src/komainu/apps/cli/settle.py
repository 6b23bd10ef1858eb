"""`komainu settle`: ask the judges that a batch left for later."""

import time
from pathlib import Path
from typing import Annotated

import typer

from komainu.apps.batch.loop import Judged
from komainu.apps.batch.output import Output
from komainu.apps.batch.rows import Columns
from komainu.apps.batch.run import Run, begin, store_digest
from komainu.apps.batch.settle import WaitingRows, accepted_run, settled_path
from komainu.apps.cli.batch import INTERRUPTED, Full, Job, say_done, say_finished, written
from komainu.apps.cli.console import stderr
from komainu.apps.cli.options import (
    ConfigPath,
    PolicyPaths,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    opened,
    rulebook_of,
    run,
    settings_of,
)
from komainu.apps.settings import Reasoner
from komainu.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(settle)


def settle(
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="What `komainu batch … --later` wrote.")],
    *,
    policy: PolicyPaths = None,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    full: Full = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Ask the reasoner about what a batch held for it, and put a decision on record in place of each such hold.

    Writes `OUT.settled.jsonl`: a line per row that was held so, as `batch` writes them, with the decision that it
    `supersedes`; all other rows stand as OUT has them. Contents come from the record. What a person has ruled on
    meanwhile, or what was forgotten, is not asked about: it is listed with the reason in OUT.settled.errors.jsonl.

    It may be stopped at any time: the same command goes on where it ended, and no row is settled twice.
    """
    accepted = accepted_run(out)
    settings = settings_of(config, store, Reasoner(url=reasoner, model=model, profile=profile, effort=effort))
    if accepted.plan.store != store_digest(settings.store):
        raise UsageError(f"{out}: its decisions are on another record; name it with --store")
    job = Job(settings=settings, rulebook=rulebook_of(policy, settings), cascade=settings.cascade(), full=full)
    target = settled_path(out)
    errors = target.with_name(f"{target.name.removesuffix('.jsonl')}.errors.jsonl")
    begun = begin(target, errors, job.plan(out, Columns(), errors), resume=True)
    if begun.finish is not None:
        say_finished(target, errors, begun.finish)
        return
    started = time.perf_counter()
    try:
        resume = target.exists()
        output, there = run(_settled(job, accepted, begun, out=out, target=target, errors=errors, resume=resume))
    except KeyboardInterrupt:
        stderr.print("komainu: interrupted; run the same command to go on", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
    say_done(output, there, time.perf_counter() - started)


async def _settled(
    job: Job, accepted: Run, begun: Run, *, out: Path, target: Path, errors: Path, resume: bool
) -> tuple[Output, int]:
    async with opened(job.settings, existing=True) as store, job.cascade:
        rows = WaitingRows(out, accepted, store, begun)
        judge = Judged(begun, rulebook=job.rulebook, cascade=job.cascade, store=store, supersedes=rows.decision)
        return await written(job, rows, judge, begun, out=target, errors=errors, resume=resume)
