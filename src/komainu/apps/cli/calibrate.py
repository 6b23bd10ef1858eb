"""`komainu learn calibrate`: what a reasoner's probabilities are worth, by labels."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stderr, stdout
from komainu.apps.cli.labelled import Labelled, all_labelled, say_left_out
from komainu.apps.cli.learn import EveryVersion, cases_beside, commands
from komainu.apps.cli.options import (
    ConfigPath,
    Json,
    PolicyPaths,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    run,
    settings_of,
)
from komainu.apps.settings import Reasoner, Settings
from komainu.apps.stage_settings import REASONER
from komainu.cascade import Cascade, Stage
from komainu.domain import Content, Policy, Rulebook, Verdict
from komainu.errors import UsageError
from komainu.judges.calibrations import path_of, save
from komainu.judges.protocol import Calibrated
from komainu.learning.calibrate import Answer, Fitted, calibrate
from komainu.learning.fit import Known
from komainu.metrics import expect_libraries
from komainu.policies import Case, load, policy_files, starter_path

AT_ONCE = 32  # contents being judged at any time; the judge's own `concurrency` bounds the calls


def register(_: typer.Typer) -> None:
    """Add the command to those that learn."""
    commands.command("calibrate")(calibrate_reasoner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A policy under which the reasoner was asked."""

    policy: Policy
    labelled: Labelled
    contents: int  # that it was asked about
    unanswered: int  # labels that it abstained on
    fitted: Fitted
    file: Path | None  # None: nothing is kept
    earlier: Path | None  # what was learnt before, and is used still


def calibrate_reasoner(
    *,
    policy: PolicyPaths = None,
    most: Annotated[
        int, typer.Option(min=1, help="Contents asked about under each policy at most, drawn by a fixed seed.")
    ] = 400,
    every_version: EveryVersion = False,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Calibrate the reasoner under policies: ask it about what is labelled, and learn how right it is when how sure.

    Labels are the cases beside a policy and those on the record. What comes of it is kept in the folder `fits` of the
    configuration, and used from then on by the same model asked in the same way. It changes how sure the judge is,
    never what it said, and is kept only where it does better by cross-validation. Losses are cross-entropies in nats
    per label. Contents that people labelled were held, so they are harder than most: what is learnt from them alone is
    cautious.
    """
    expect_libraries()
    settings = settings_of(config, store, Reasoner(url=reasoner, model=model, profile=profile, effort=effort))
    stage, folder = _reasoner_of(settings)
    paths = list(policy or settings.policies) or [starter_path()]
    files = list(dict.fromkeys(file.resolve() for path in paths for file in policy_files(path)))
    found = [(made, cases_beside(file, made)) for file in files for made in (load(file),)]
    labelled = all_labelled([made for made, _ in found], settings, every_version=every_version)
    asked = [(made, given, _known(made, cases, given)) for (made, cases), given in zip(found, labelled, strict=True)]
    outcomes = run(_calibrated(asked, stage, folder, most))
    if json:
        print_json([_as_json(outcome) for outcome in outcomes])
        return
    for outcome in outcomes:
        _show(outcome)
    if any(outcome.file and cases for outcome, (_, cases) in zip(outcomes, found, strict=True)):
        stdout.print("The cases were learnt from: komainu policy test flatters the reasoner on them from now on.")


def _reasoner_of(settings: Settings) -> tuple[Stage, Path]:
    """The stage that asks a reasoner, as it is without any calibration, and the folder where it looks for one."""
    stages = [stage for stage in settings.stages if stage.judge == REASONER]
    if len(stages) != 1:
        raise UsageError(f"expected one reasoner to calibrate: name it with --reasoner URL; there are {len(stages)}")
    if int(stages[0].options.get("policies_per_call", 1)) > 1:
        raise UsageError(
            "expected policies_per_call = 1: a policy is calibrated alone, and its prompt is another one then"
        )
    bare = stages[0].model_copy(update={"options": {**stages[0].options, "fits": None}})
    folder = Path(stages[0].options.get("fits", settings.fits))
    return settings.model_copy(update={"stages": (bare,)}).cascade(certified=False).stages[0], folder


def _known(policy: Policy, cases: Sequence[Case], labelled: Labelled) -> list[Known]:
    """Cases and labels, but for what the prompt shows as an example."""
    shown = {text for clause in policy.every_clause for text in clause.examples} | set(policy.fine)
    from_cases = [
        Known(content=case.content, clause=clause.id, violates=clause.id in case.violates)
        for case in cases
        for clause in policy.clauses
    ]
    return [one for one in (*from_cases, *labelled.known) if one.content.text not in shown]


async def _calibrated(
    asked: Sequence[tuple[Policy, Labelled, Sequence[Known]]], stage: Stage, folder: Path, most: int
) -> list[Outcome]:
    outcomes = []
    async with Cascade(stages=(stage,), stops_early=False) as cascade:
        for policy, labelled, known in asked:
            latest = {(one.content, one.clause): one.violates for one in known}
            contents = list(dict.fromkeys(content for content, _ in latest))
            chosen = contents if len(contents) <= most else random.Random(policy.id).sample(contents, most)
            answers, unanswered = await _answers(cascade, policy, chosen, latest)
            fitted = calibrate(answers, judge=_bare_name(stage), policy=policy.name)
            file = path_of(folder, policy.id, _bare_name(stage))
            if fitted.calibration is not None:
                await asyncio.to_thread(save, file, fitted.calibration)
            outcomes.append(
                Outcome(
                    policy=policy,
                    labelled=labelled,
                    contents=len(chosen),
                    unanswered=unanswered,
                    fitted=fitted,
                    file=file if fitted.calibration is not None else None,
                    earlier=file if fitted.calibration is None and await asyncio.to_thread(file.exists) else None,
                )
            )
    return outcomes


async def _answers(
    cascade: Cascade, policy: Policy, contents: Sequence[Content], latest: dict[tuple[Content, str], bool]
) -> tuple[list[Answer], int]:
    """What the judge said on every label of these contents, and how many it did not answer."""
    gate, rulebook = asyncio.Semaphore(AT_ONCE), Rulebook(policies=(policy,))
    with Progress(console=stderr, transient=True) as bar:
        task = bar.add_task(f"Asking about {policy.id}", total=len(contents))

        async def one(content: Content) -> dict[str, float]:
            async with gate:
                decision = await cascade.decide(content, rulebook)
            bar.advance(task)
            return {said.clause: said.probability for said in decision.opinions if isinstance(said, Verdict)}

        found = dict(zip(contents, await asyncio.gather(*map(one, contents)), strict=True))
    wanted = [(content, clause, violates) for (content, clause), violates in latest.items() if content in found]
    answers = [
        Answer(content=content.digest, probability=found[content][key], violates=violates)
        for content, clause, violates in wanted
        for key in (f"{policy.id}/{clause}",)
        if key in found[content]
    ]
    return answers, len(wanted) - len(answers)


def _bare_name(stage: Stage) -> str:
    return stage.judge.bare_name if isinstance(stage.judge, Calibrated) else stage.judge.name


def _show(outcome: Outcome) -> None:
    fitted, made = outcome.fitted, outcome.fitted.calibration
    stdout.print(Text.assemble((outcome.policy.name, "bold"), f"  {counted(outcome.contents, 'content')} asked about"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("labels answered", "violating", "not answered", "loss before", "loss after", "slope", "shift"):
        table.add_column(heading, justify="right")
    losses = ["" if loss is None else f"{loss:.3f}" for loss in (fitted.loss_before, fitted.loss_after)]
    line = ["", ""] if made is None else [f"{made.slope:.2f}", f"{made.shift:+.2f}"]
    table.add_row(str(fitted.labels), str(fitted.violating), str(outcome.unanswered), *losses, *line)
    stdout.print(table)
    say_left_out(outcome.labelled)
    kept = f"kept in {outcome.file}" if outcome.file else f"not calibrated: {fitted.why_not}"
    if outcome.earlier:
        kept += f"; what was learnt before ({outcome.earlier}) is used still: take it away to judge without"
    stdout.print(printable(kept), style="dim", markup=False, highlight=False)
    stdout.print()


def _as_json(outcome: Outcome) -> dict[str, Any]:
    fitted, made = outcome.fitted, outcome.fitted.calibration
    return {
        "policy": outcome.policy.name,
        "contents": outcome.contents,
        "labels": fitted.labels,
        "violating": fitted.violating,
        "unanswered": outcome.unanswered,
        "outdated": outcome.labelled.outdated,
        "forgotten": outcome.labelled.forgotten,
        "disputed": outcome.labelled.disputed,
        "loss_before": fitted.loss_before,
        "loss_after": fitted.loss_after,
        "slope": made and made.slope,
        "shift": made and made.shift,
        "why_not": fitted.why_not,
        "file": str(outcome.file) if outcome.file else None,
        "earlier": str(outcome.earlier) if outcome.earlier else None,
    }
