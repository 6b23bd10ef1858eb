"""What `komainu learn run` does: the next step of a candidate, whichever that is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import stderr
from komainu.apps.cli.labelled import all_labelled_in
from komainu.apps.cli.learn import cases_beside
from komainu.apps.cli.lookup import pages
from komainu.apps.cli.options import opened
from komainu.apps.cli.teaching_work import Plan, Taught, Work
from komainu.apps.cli.trying import out_of_the_canary, out_of_the_shadow
from komainu.apps.settings import Settings
from komainu.apps.stage_settings import EMBEDDED
from komainu.domain import State
from komainu.judges.embedded import versions
from komainu.judges.embedded.fits import Fits, save
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED
from komainu.learning.distil import taught_by
from komainu.learning.fit import Known, known_of
from komainu.learning.flywheel import candidate, judge_of, version_of
from komainu.learning.refit import Refit, is_acceptable, refit
from komainu.metrics import Figure
from komainu.policies import load, policy_files, starter_path


async def teach(settings: Settings, fits: Path, plan: Plan) -> Taught:
    """Take the next step, whichever that is."""
    stage = next(one for one in settings.stages if one.judge == EMBEDDED)
    paths = list(plan.policies or settings.policies) or [starter_path()]
    files = list(dict.fromkeys(file.resolve() for path in paths for file in policy_files(path)))
    found = tuple((made, cases_beside(file, made)) for file in files for made in (load(file),))
    weights = proven(Path(stage.options.get("weights", SHIPPED)))
    async with opened(settings) as store:
        work = Work(settings=settings, fits=fits, plan=plan, files=found, store=store, weights=weights)
        under_way = candidate(await store.steps())
        if under_way is None:
            return await _new(work)
        if version_of(judge_of(under_way)) == versions.live(fits):
            taken = await work.take(judge_of(under_way), State.LIVE, "made live by a command that was cut off")
            return Taught(step=taken, lines=(f"{judge_of(under_way)} is live already; now that is on record too.",))
        if under_way.state is State.SHADOW:
            return await out_of_the_shadow(work, under_way)
        return await out_of_the_canary(work, under_way)


async def _new(work: Work) -> Taught:
    """Fit a candidate and compare it."""
    live = Fits.read(versions.folder_of(work.fits), work.weights.name)
    made = await _refits(work, live)
    if not any(one.corrections for one in made):
        return Taught(why="no labels", lines=("Nothing to learn from: no clause has labels of both kinds.",))
    there = versions.names(work.fits)
    name = versions.new_version(work.fits, lambda folder: _filled(work, folder, made))
    table, clauses = _compared(made)
    if name == live.digest[: len(name)]:
        why = "the labels say what the live judge says already"
        return Taught(why=why, lines=(f"No candidate: {why}.",), table=table, clauses=clauses)
    judge = work.stage(name).judge.name
    good, why = is_acceptable(made)
    if name not in there and not good:
        versions.drop(work.fits, name)
    if any(one.state is State.RETIRED and judge_of(one) == judge for one in await work.store.steps()):
        good, why = False, f"{judge} was taken back before; it takes other labels to make another"
    if not good:
        return Taught(why=why, lines=(f"No candidate: {why}.",), table=table, clauses=clauses)
    taken = await work.take(judge, State.SHADOW, why)
    return Taught(step=taken, lines=(f"{judge} is in the shadow: {why}.",), table=table, clauses=clauses)


async def _refits(work: Work, live: Fits) -> list[Refit]:
    policies = [policy for policy, _ in work.files]
    labelled = await all_labelled_in(work.store, policies, every_version=work.plan.every_version)
    distilled = await _distilled(work) if work.plan.distil else {}
    made = []
    with Progress(console=stderr, transient=True) as bar:
        for (policy, cases), given in zip(work.files, labelled, strict=True):
            known = [*distilled.get(policy.id, ()), *given.known]
            task = bar.add_task(f"Reading for {policy.id}", total=None)
            own = list(known_of(policy, cases))

            def tell(done: int, total: int, task: Any = task) -> None:
                bar.update(task, completed=done, total=total)

            made.append(refit(policy, own, known, work.weights, live, progress=tell))
    return made


async def _distilled(work: Work) -> dict[str, list[Known]]:
    """By id of the policy, under the versions of today alone."""
    names = {policy.name: policy.id for policy, _ in work.files}
    found: dict[str, list[Known]] = {policy_id: [] for policy_id in names.values()}
    async for decision in pages(work.store):
        today = [names[name] for name in decision.policies if name in names]
        if not today or (content := await work.store.content(decision.content)) is None:
            continue
        ruled = {key for review in await work.store.reviews(decision.id) for key in review.rulings}
        for policy_id in today:
            mine = {key for key in decision.rulings if not key.startswith(f"{policy_id}/")}
            found[policy_id] += taught_by(decision, content, ruled | mine)
    return found


def _filled(work: Work, folder: Path, made: Sequence[Refit]) -> str:
    """Write a version: the live one's files, but for the policies that were fitted anew."""
    versions.copied(work.fits, folder)
    for one in made:
        if one.corrections:
            save(folder / f"{one.policy.id}.npz", work.weights.name, one.corrections, one.taught)
    return Fits.read(folder, work.weights.name).digest[:8]


def _compared(made: Sequence[Refit]) -> tuple[Table, list[dict[str, Any]]]:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("clause", "outcome", "labels", "loss live", "loss candidate", "change"):
        table.add_column(heading, justify="left" if heading in {"clause", "outcome"} else "right")
    rows = []
    for one in (comparison for each in made for comparison in each.comparisons):
        change = one.change
        losses = ["" if loss is None else f"{loss:.3f}" for loss in (one.live_loss, one.candidate_loss)]
        table.add_row(
            Text(one.clause), one.outcome.value.replace("_", " "), str(one.labels), *losses, _interval(change)
        )
        rows.append(
            {
                "clause": one.clause,
                "outcome": one.outcome.value,
                "labels": one.labels,
                "live_loss": one.live_loss,
                "candidate_loss": one.candidate_loss,
                "change": change and change.value,
                "low": change and change.low,
                "high": change and change.high,
            }
        )
    return table, rows


def _interval(change: Figure | None) -> str:
    if change is None or change.value is None or change.low is None or change.high is None:
        return ""
    return f"{change.value:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"
