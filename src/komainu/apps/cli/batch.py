"""`komainu batch`: judge all rows of a file."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from komainu.apps.batch.files import Rows, open_rows
from komainu.apps.batch.loop import Judged, Judging, Loop
from komainu.apps.batch.output import Output
from komainu.apps.batch.rows import ROLES, Columns, Row
from komainu.apps.batch.run import (
    Finish,
    Plan,
    Run,
    begin,
    cascade_digest,
    input_file,
    read_run,
    store_digest,
    write_run,
)
from komainu.apps.batch.settle import WaitingRows
from komainu.apps.cli.console import stderr, stdout, waiting_clauses, why
from komainu.apps.cli.options import (
    ConfigPath,
    PolicyPaths,
    ReasonerEffort,
    ReasonerModel,
    ReasonerProfile,
    ReasonerUrl,
    StoreUrl,
    look_up,
    opened,
    role_of,
    rulebook_of,
    run,
    settings_of,
)
from komainu.apps.cli.wire import decision_json, dumped
from komainu.apps.settings import Reasoner, Settings
from komainu.cascade import Cascade
from komainu.domain import Action, Decision, GovernedRulebook
from komainu.domain.editions import named
from komainu.errors import UsageError

Full = Annotated[bool, typer.Option("--full", help="Write every ruling and every opinion.")]

INTERRUPTED = 130  # exit code, as shells know it
_SHOW_SECONDS = 0.2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(batch)


def batch(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A file named *.jsonl, *.csv (also with .gz) or *.parquet.")
    ],
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Where the lines of JSON go.")],
    policy: PolicyPaths = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an interrupted run stopped; begin where there was none.")
    ] = False,
    text_field: Annotated[str, typer.Option(help="The field that holds the text.")] = "text",
    role_field: Annotated[str, typer.Option(help="The field that holds the role; '' where none does.")] = "role",
    role: Annotated[str, typer.Option(help="What rows without a role are: post, comment, prompt, …")] = "post",
    reasoner: ReasonerUrl = "",
    model: ReasonerModel = "",
    profile: ReasonerProfile = "",
    effort: ReasonerEffort = "",
    later: Annotated[
        bool,
        typer.Option("--later", help="Hold what a reasoner would be asked about; `komainu settle` asks it later."),
    ] = False,
    full: Full = False,
    errors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where bad rows go. Default: beside --out, *.errors.jsonl.")
    ] = None,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Judge all rows of a file, put each decision on record, and write a line of JSON per row, in their order.

    A row has a `text`, and may have a `role` (post, comment, prompt, response, …; also user, assistant, tool), a
    `context` (earlier turns, oldest first; in CSV a JSON list or one turn) and an `id`, which is kept. Other fields
    are ignored.

    A line has: `row` (number in the input, from 1), `action`, `id` (of the input), `decision` (id on record),
    `violated` (clauses), `open` (how many clauses no judge settled), `why`, `policies` and `decided_at`; with `--full`
    also `rulings`, `opinions`, `rulebook`, `content` and `stages`, as `check --json` prints them.

    With `--later` only quick judges are asked: what they leave to a reasoner is held, `later` says how many clauses
    wait, and `komainu settle OUT` asks it, whenever you like.

    Rows that cannot be judged are listed with line number and problem in a file of their own, and stop nothing. A run
    that was stopped in any way goes on with `--resume`: no row is judged twice, none is lost.

    The exit code is 0 when all rows were read, bad ones or not; 2 means that the command was used wrongly or the input
    is damaged, 3 that the decisions could not be recorded, 130 that it was interrupted.
    """
    columns = Columns(text=text_field, role=role_field, default_role=ROLES.get(role) or role_of(role))
    errors = errors or out.with_name(f"{out.name.removesuffix('.jsonl')}.errors.jsonl")
    if errors.absolute() == out.absolute():
        raise UsageError(f"expected another file for --errors than for --out; got {out} for both")
    settings = settings_of(config, store, Reasoner(url=reasoner, model=model, profile=profile, effort=effort))
    rulebook = rulebook_of(policy, settings)
    hold(rulebook, read_run(out) if resume else None, settings)
    job = Job(
        settings=settings,
        rulebook=rulebook,
        cascade=settings.cascade(later=later),
        full=full,
        later=later,
    )
    try:
        with open_rows(source, columns) as rows:
            begun = begin(out, errors, job.plan(source, columns, errors), resume=resume)
            if begun.finish is not None:
                _say_finished(out, errors, begun.finish)
            else:
                started = time.perf_counter()
                output, there = run(carry_out(job, rows, begun, out, errors, resume=resume))
                say_done(output, there, time.perf_counter() - started)
            if later:
                _say_later(out, policy, reasoner)
    except KeyboardInterrupt:
        stderr.print("komainu: interrupted; run the same command with --resume to go on", highlight=False)
        raise typer.Exit(INTERRUPTED) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What judges the rows, and how much of it is written."""

    settings: Settings
    rulebook: GovernedRulebook
    cascade: Cascade
    full: bool
    later: bool = False

    def plan(self, source: Path, columns: Columns, errors: Path) -> Plan:
        """All that shapes the output; the rulebook is held to what that takes."""
        standing = self.rulebook.editions.standing
        return Plan(
            input=input_file(source),
            columns=(columns.text, columns.role, columns.default_role.value),
            full=self.full,
            errors=errors.name,
            rulebook=standing.digest,
            policies=standing.names,
            canaries=self.rulebook.editions.canaries,
            judges=tuple(stage.judge.name for stage in self.cascade.stages),
            cascade=cascade_digest(self.cascade),
            store=store_digest(self.settings.store),
            later=self.later,
        )

    def line_of(self, row: Row, decision: Decision) -> str:
        """The line on one row; `row` and `action` come first, where the output is read again from."""
        line: dict[str, Any] = {
            "row": row.number,
            "action": decision.action.label,
            "id": row.id,
            "decision": decision.id,
            "violated": list(decision.violated_clauses),
            "open": len(decision.open_clauses),
            **({"later": waiting_clauses(decision)} if self.later else {}),
            **({"supersedes": decision.supersedes} if decision.supersedes else {}),
            "why": why(decision, row.content),
            "policies": list(decision.policies),
            "decided_at": decision.decided_at.isoformat(),
        }
        if self.full:
            line = decision_json(decision, row.content) | line
            line = {"row": line.pop("row"), "action": line.pop("action"), **line}
        return dumped(line)


def hold(rulebook: GovernedRulebook, begun: Run | None, settings: Settings) -> None:
    """Let a run decide by what is in force now, or was when it was begun, whatever goes live meanwhile.

    What is retired meanwhile decides no more: a canary gives way to the version that it was tried against, and is named
    here; SettingsError for another.
    """
    editions = rulebook.editions
    if begun is not None:
        editions.hold_to(begun.plan.rulebook, begun.plan.canaries)
    look_up(rulebook, settings)
    if begun is None:
        editions.hold_to(editions.standing.digest, editions.canaries)
        return
    for subject in begun.plan.canaries.keys() - editions.canaries.keys():
        _say(f"{named(subject)} is no canary any more: the rest is decided without it.")


async def carry_out(job: Job, rows: Rows, begun: Run, out: Path, errors: Path, *, resume: bool) -> tuple[Output, int]:
    """See a run through: its output, closed, and how many rows were in it before."""
    # The store first: where it cannot be opened, nothing of a run is left behind.
    async with opened(job.settings, records=True) as store, job.cascade:
        judge = Judged(begun, rulebook=job.rulebook, cascade=job.cascade, store=store)
        with Output(out, errors, fresh=not resume) as output:
            write_run(out, begun)
            rows.after, there = output.last_row, output.rows
            await judge_all(job, rows, judge, output)
            actions = {action.label: output.counts[action] for action in Action}
            finish = Finish(finished_at=datetime.now(UTC), bad=output.bad, actions=actions)
            write_run(out, begun.model_copy(update={"finish": finish}))
    return output, there


async def judge_all(job: Job, rows: Rows | WaitingRows, judge: Judging, output: Output) -> None:
    """Judge the rows and write their lines, and show how far it is."""
    with _progress() as progress:
        show = _shown(progress, rows, output)
        await Loop(rows=rows, judge=judge, output=output, line_of=job.line_of, tick=show).run()


def _progress() -> Progress:
    return Progress(
        TextColumn("Judging"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=stderr,
        transient=True,
        disable=not stderr.is_terminal,
    )


def _shown(progress: Progress, rows: Rows | WaitingRows, output: Output) -> Callable[[], None]:
    """What brings the progress bar up to date when it is called."""
    task = progress.add_task("", total=rows.total, rate="")
    there, started, shown = output.rows, time.perf_counter(), [0.0]

    def show() -> None:
        now = time.perf_counter()
        if not progress.disable and now - shown[0] >= _SHOW_SECONDS:
            shown[0] = now
            rate = (output.rows - there) / (now - started)
            progress.update(task, completed=rows.position(), rate=f"{output.rows:,} rows, {rate:,.0f}/s")

    return show


def say_done(output: Output, there: int, seconds: float) -> None:
    """Print what was done."""
    judged = output.rows - there
    before = f" ({there:,} were there before)" if there else ""
    _say(f"{judged:,} rows judged in {seconds:,.1f} s, {judged / seconds:,.1f} rows/s{before}")
    _say_counts(output.path, {action.label: output.counts[action] for action in Action}, output.bad, output.errors)


def _say_finished(out: Path, errors: Path, finish: Finish) -> None:
    _say(f"This run was finished at {finish.finished_at:%Y-%m-%d %H:%M} UTC; nothing was done.")
    _say_counts(out, finish.actions, finish.bad, errors)


def _say_counts(out: Path, actions: Mapping[str, int], bad: int, errors: Path) -> None:
    _say(
        f"{out}: {sum(actions.values()):,} rows, " + ", ".join(f"{count:,} {label}" for label, count in actions.items())
    )
    if bad:
        _say(f"{errors}: {bad:,} bad rows, not judged")


def _say(line: str) -> None:
    stdout.print(line, markup=False, highlight=False, soft_wrap=True)


def _say_later(out: Path, policies: PolicyPaths, reasoner: str) -> None:
    named = [f" --policy {path}" for path in policies or ()] + ([f" --reasoner {reasoner}"] if reasoner else [])
    _say("What waits for a reasoner is held. To ask it, under the same policies:")
    _say(f"  komainu settle {out}{''.join(named)}")
