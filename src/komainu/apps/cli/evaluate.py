"""`komainu evaluate`: how good the configured judges are on labelled cases."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import printable, stderr, stdout
from komainu.apps.cli.options import (
    ConfigPath,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    run,
    settings_of,
)
from komainu.apps.cli.wire import dumped
from komainu.apps.settings import Reasoner
from komainu.cascade import Cascade
from komainu.errors import UsageError
from komainu.evals import Group, Report, Score, Suite, described, load_suites, report, to_json
from komainu.evals import evaluate as judged
from komainu.metrics import Bootstrap, Figure, expect_libraries

ScoresPath = Annotated[
    Path | None,
    typer.Option("--scores", metavar="OUT.jsonl", help="Write one line per case and clause here."),
]
ReportPath = Annotated[
    Path | None, typer.Option("--report", metavar="OUT.json", help="Write all figures here, with n and interval.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    suites: Annotated[
        list[Path],
        typer.Argument(metavar="DIR", help="Folders, at any depth, of policies with a cases.jsonl beside each."),
    ],
    *,
    scores: ScoresPath = None,
    report_to: ReportPath = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    resamples: Annotated[int, typer.Option(min=1, help="Of the bootstrap.")] = Bootstrap().resamples,
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    config: ConfigPath = None,
) -> None:
    """Judge the cases of policies' test suites with the configured judges, and say how right they are.

    Each case is judged under its own policy alone. Nothing goes on record.
    """
    for path in (scores, report_to):
        _expect_folder(path)
    expect_libraries()
    loaded = load_suites(suites)
    cascade = settings_of(config, reasoner=Reasoner(url=reasoner, model=model, profile=profile, effort=effort)).cascade(
        certified=False
    )
    found = run(_judged(loaded, cascade))
    with stderr.status("Taking figures"):
        made = report(found, judges=described(cascade), bootstrap=Bootstrap(resamples=resamples, seed=seed))
    if scores is not None:
        write(scores, "".join(f"{score_line(score)}\n" for score in found))
    if report_to is not None:
        write(report_to, to_json(made))
    show(made)


def score_line(score: Score) -> str:
    """One line of the scores file: the clause by its id, no probability where nobody judged it."""
    return dumped(
        {
            "case": score.case,
            "policy": score.policy,
            "clause": score.clause,
            "label": score.label,
            "probability": score.probability,
            "ruling": score.ruling.value,
        }
    )


def write(path: Path, text: str) -> None:
    """Write beside, then rename: whoever reads `path` sees all of it or what was there before."""
    beside = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        beside = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        beside.chmod(0o644)  # mkstemp lets nobody else read
        beside.replace(path)
    except OSError as error:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise UsageError(f"{path}: expected a file that can be written; {error.strerror or error}") from error


def show(made: Report) -> None:
    """Print the report for a person: a line per group, then how twins fared."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("group")
    for heading in ("pairs", "not judged", "AUROC", "held", "right of settled"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, group in _named(made):
        table.add_row(*_row(name, group))
    stdout.print(table)
    clauses = made.twins.clauses
    stdout.print(
        f"\ntwins: {clauses.ruled_right.n} texts whose label on a clause flips between a policy and its twin: "
        f"both ranked right {_shown(clauses.ranked_right)}, both ruled right {_shown(clauses.ruled_right)}\n"
        f"in brackets: 95 %, {made.resamples} resamples of {made.overall.policies} policies, seed {made.seed}",
        markup=False,
        highlight=False,
    )
    for judge in made.judges:
        stdout.print(printable(judge), style="dim", markup=False, highlight=False)


async def _judged(suites: Sequence[Suite], cascade: Cascade) -> tuple[Score, ...]:
    async with cascade:
        return await _with_progress(suites, cascade)


async def _with_progress(suites: Sequence[Suite], cascade: Cascade) -> tuple[Score, ...]:
    with Progress(console=stderr, transient=True) as bar:
        task = bar.add_task("Judging", total=None)
        return await judged(
            suites, cascade=cascade, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )


def _expect_folder(path: Path | None) -> None:
    """Before hours of judging, not after."""
    if path is not None and (not path.parent.is_dir() or path.is_dir()):
        raise UsageError(f"{path}: expected a file in a folder that exists; make the folder first")


def _named(made: Report) -> tuple[tuple[str, Group], ...]:
    return (
        ("all", made.overall),
        *((f"language {group.name}", group) for group in made.by_language),
        *((f"severity {group.name}", group) for group in made.by_severity),
        *((f"#{group.name}", group) for group in made.by_tag),
    )


def _row(name: str, group: Group) -> tuple[Text, ...]:
    figures = (
        str(group.pairs),
        _percent(group.not_judged),
        _shown(group.ranked.auroc),
        _percent(group.ruled.held),
        _shown(group.ruled.right),
    )
    return tuple(map(Text, (printable(name), *figures)))


def _percent(figure: Figure) -> str:
    return "-" if figure.value is None else f"{figure.value:.1%}"


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    interval = "" if figure.low is None or figure.high is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{figure.value:.3f}{interval}"
