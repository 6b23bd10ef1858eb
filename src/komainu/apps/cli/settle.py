"""`komainu settle`: ask the judges that a batch left for later."""

import time
from pathlib import Path
from typing import Annotated

import typer

from komainu.apps.batch.run import Run
from komainu.apps.batch.settle import SettledOutput, Settling, WaitingRows, accepted_run, settled_path
from komainu.apps.cli.batch import INTERRUPTED, Full, Job, hold, judge_all, say_done
from komainu.apps.cli.console import counted, stderr
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

STILL_HELD = 1  # exit code


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

    It takes the policies of the batch, canaries included as far as they still are such. `OUT.settled.jsonl` gets a line
    per row that is settled, as `batch` writes them, with the decision that it `supersedes`; all other rows stand as OUT
    has them. Contents come from the record.

    What a person has ruled on, what was forgotten, and what the reasoner did not answer stays as it is, and is listed
    with the reason in `OUT.settled.errors.jsonl`. The same command, at any time and as often as you like, goes on with
    what is left; no row is settled twice. The exit code is 1 where rows are left that were not answered.
    """
    accepted = accepted_run(out)
    settings = settings_of(config, store, Reasoner(url=reasoner, model=model, profile=profile, effort=effort))
    if not any(stage.later for stage in settings.stages):
        raise UsageError("there is nobody to ask: name the reasoner with --reasoner")
    rulebook = rulebook_of(policy, settings)
    if not rulebook.editions.hold_to(accepted.plan.rulebook, accepted.plan.canaries):
        raise UsageError(
            f"{out}: its rows were held under {', '.join(accepted.plan.policies)}; the policies named here "
            f"({', '.join(rulebook.names)}) are others, or were edited since. Name those with --policy, or judge anew"
        )
    hold(rulebook, accepted, settings)
    job = Job(settings=settings, rulebook=rulebook, cascade=settings.cascade(), full=full)
    started = time.perf_counter()
    try:
        output, there = run(_settled(job, accepted, out))
    except KeyboardInterrupt:
        stderr.print("komainu: interrupted; run the same command to go on", highlight=False)
        raise typer.Exit(INTERRUPTED) from None
    say_done(output, there, time.perf_counter() - started)
    if output.unanswered:
        left = f"{counted(output.unanswered, 'row')} still held, not answered; run the same command again"
        stderr.print(left, highlight=False)
        raise typer.Exit(STILL_HELD)


async def _settled(job: Job, accepted: Run, out: Path) -> tuple[SettledOutput, int]:
    target = settled_path(out)
    errors = target.with_name(f"{target.name.removesuffix('.jsonl')}.errors.jsonl")
    async with opened(job.settings, existing=True, records=True) as store, job.cascade:
        rows = WaitingRows(out, accepted, store)
        settling = Settling(run=accepted, rulebook=job.rulebook, cascade=job.cascade, store=store)
        with SettledOutput(target, errors) as output:
            rows.done, there = output.done, output.rows
            await judge_all(job, rows, settling, output)
    return output, there
