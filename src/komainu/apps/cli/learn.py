"""`komainu learn fit`: what the embedded judge learns from labels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, stderr, stdout
from komainu.apps.cli.labelled import Labelled, all_labelled, say_left_out
from komainu.apps.cli.options import ConfigPath, Json, PolicyPaths, StoreUrl, settings_of
from komainu.domain import Policy
from komainu.judges.embedded import versions
from komainu.judges.embedded.adaptation import Correction
from komainu.judges.embedded.fits import Fits, save
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED, Weights
from komainu.learning.fit import ClauseFit, corrections, fit_policy, known_of
from komainu.learning.flywheel import one_at_a_time
from komainu.policies import Case, load, load_cases, policy_files, starter_path
from komainu.policies.cases import CASES_FILE

EveryVersion = Annotated[
    bool,
    typer.Option("--every-version", help="Use labels from the record that were made under other versions as well."),
]
commands = typer.Typer(no_args_is_help=True, help="Teach judges from labels.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="learn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A policy that was fitted."""

    policy: Policy
    fits: Sequence[ClauseFit]
    labelled: Labelled
    unread: int  # labels of text that the judge does not read, and learns nothing from
    file: Path | None  # None: no clause had labels of both kinds


@commands.command("fit")
def fit(
    *,
    policy: PolicyPaths = None,
    every_version: EveryVersion = False,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Fit the embedded judge to policies, by their examples, their cases, and the labels on the record.

    Every clause with labels of both kinds gets a light correction, kept in the folder `fits` of the configuration; the
    judge uses it from then on, until the words of the clause change. No clause is touched that has labels of one kind,
    nor one whose labels the judge would do worse on by cross-validation.
    Losses are cross-entropies in nats per label: before, of the judge as it came; after, by cross-validation.
    """
    settings = settings_of(config, store)
    options = next((dict(stage.options) for stage in settings.stages if stage.judge == "embedded"), {})
    weights = proven(Path(options.get("weights", SHIPPED)))
    folder = Path(options.get("fits", settings.fits))
    paths = list(policy or settings.policies) or [starter_path()]
    files = list(dict.fromkeys(file.resolve() for path in paths for file in policy_files(path)))
    found = [(made, cases_beside(file, made)) for file in files for made in (load(file),)]
    labelled = all_labelled([made for made, _ in found], settings, every_version=every_version)
    outcomes = [
        _fitted(made, cases, given, weights, folder) for (made, cases), given in zip(found, labelled, strict=True)
    ]
    if json:
        print_json([_as_json(outcome) for outcome in outcomes])
        return
    for outcome in outcomes:
        _show(outcome)
    if any(cases for _, cases in found):
        stdout.print("The cases were learnt from: komainu policy test flatters the judge on them from now on.")
    if not any(outcome.file for outcome in outcomes):
        stdout.print(
            "Nothing was fitted: a clause needs examples, cases or labels that violate it, and some that do not."
        )


def _fitted(policy: Policy, cases: Sequence[Case], labelled: Labelled, weights: Weights, folder: Path) -> Outcome:
    with Progress(console=stderr, transient=True) as bar:
        task = bar.add_task(f"Reading for {policy.id}", total=None)
        known = [*known_of(policy, cases), *labelled.known]
        fits = fit_policy(
            policy,
            known,
            weights,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    made = corrections(policy, fits)
    file = _kept(folder, policy, weights.name, made, {one.content.digest for one in known}) if made else None
    unread = sum(bool(unreadable(one.content.text)) for one in known)
    return Outcome(policy=policy, fits=fits, labelled=labelled, unread=unread, file=file)


def _kept(folder: Path, policy: Policy, judge: str, made: Mapping[str, Correction], taught: Collection[str]) -> Path:
    """Where the fit is kept: in the folder, or where a version is live in a new one, which is live from then on."""
    with one_at_a_time(folder):
        return _written(folder, f"{policy.id}.npz", judge, made, taught)


def _written(folder: Path, name: str, judge: str, made: Mapping[str, Correction], taught: Collection[str]) -> Path:
    if not versions.live(folder):
        save(folder / name, judge, made, taught)
        return folder / name

    def fill(inside: Path) -> str:
        versions.copied(folder, inside)
        save(inside / name, judge, made, taught)
        return Fits.read(inside, judge).digest[:8]

    version = versions.new_version(folder, fill)
    versions.make_live(folder, version)
    return versions.folder_of(folder, version) / name


def cases_beside(file: Path, policy: Policy) -> tuple[Case, ...]:
    """The cases of the policy in that file; none where there is no file of them."""
    return load_cases(file, policy) if (file.parent / CASES_FILE).exists() else ()


def _show(outcome: Outcome) -> None:
    policy, labelled = outcome.policy, outcome.labelled
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clause")
    for heading in ("labels", "violating", "loss before", "loss after"):
        table.add_column(heading, justify="right")
    for one in outcome.fits:
        worse = one.loss_after is not None and one.correction is None
        after = "not fitted" if one.loss_after is None else f"{one.loss_after:.3f}" + (" not kept" if worse else "")
        before = "" if one.loss_before is None else f"{one.loss_before:.3f}"
        table.add_row(
            Text(one.clause), str(one.labels), str(one.violating), before, Text(after, "red" if worse else "")
        )
    stdout.print(Text.assemble((policy.name, "bold"), f"  {counted(len(labelled.known), 'label')} from the record"))
    stdout.print(table)
    say_left_out(labelled)
    if outcome.unread:
        stdout.print(f"{counted(outcome.unread, 'label')} left out, whose text the judge does not read")
    if outcome.file:
        stdout.print(f"kept in {printable(str(outcome.file))}", style="dim", markup=False, highlight=False)
    stdout.print()


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "policy": outcome.policy.name,
        "from_record": len(outcome.labelled.known),
        "outdated": outcome.labelled.outdated,
        "forgotten": outcome.labelled.forgotten,
        "disputed": outcome.labelled.disputed,
        "unread": outcome.unread,
        "file": str(outcome.file) if outcome.file else None,
        "clauses": [
            {
                "clause": one.clause,
                "labels": one.labels,
                "violating": one.violating,
                "loss_before": one.loss_before,
                "loss_after": one.loss_after,
                "fitted": one.correction is not None,
            }
            for one in outcome.fits
        ],
    }
