"""`komainu learn run|status|promote|rollback`: from corrections to a better judge, one checked step at a time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import print_json, printable, stdout
from komainu.apps.cli.learn import EveryVersion, commands
from komainu.apps.cli.options import ConfigPath, Json, PolicyPaths, StoreUrl, has_record, opened, run, settings_of
from komainu.apps.cli.teaching import teach
from komainu.apps.cli.teaching_work import Plan, Taught
from komainu.apps.settings import Settings
from komainu.apps.stage_settings import EMBEDDED
from komainu.domain import State, Step
from komainu.errors import UsageError
from komainu.judges.embedded import versions
from komainu.learning.flywheel import candidate, judge_of, of_judges, one_at_a_time, step, version_of
from komainu.metrics import expect_libraries

By = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who decides. Default: the reviewer of the configuration.")
]
Why = Annotated[str, typer.Option(help="The reason; kept on record.")]


def register(_: typer.Typer) -> None:
    """Add the commands to those that learn."""
    commands.command("run")(run_once)
    commands.command("status")(status)
    commands.command("promote")(promote)
    commands.command("rollback")(rollback)


def run_once(
    *,
    policy: PolicyPaths = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="FILE.jsonl", help="Labels to certify a candidate by, as for `certify`."),
    ] = None,
    distil: Annotated[bool, typer.Option("--distil", help="Learn from a reasoner's checked verdicts as well.")] = False,
    every_version: EveryVersion = False,
    shadow_contents: Annotated[int, typer.Option(min=1, help="Contents that a candidate is asked about unseen.")] = 200,
    canary_share: Annotated[float, typer.Option(help="Share of contents that it then decides on.")] = 0.1,
    canary_rulings: Annotated[int, typer.Option(min=1, help="Rulings of people on what it said, to go live.")] = 50,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Take the next step towards a better embedded judge; meant to be run every night.

    Without a candidate: fit one to part of the labels on record, and compare it with the live judge on another part,
    clause by clause. Where no clause is worse beyond its interval and all together are better, it goes into the shadow.
    In the shadow: ask it about the newest contents on record. It goes on as a canary, which decides on a share of the
    contents, where it does not fail, and is not wrong more often than the live judge on what people ruled. As a canary:
    it goes live after enough rulings of people, and is taken back where it is worse. Each step is on record with its
    reason.

    Certificates are of one version: a candidate is certified by --labels before it decides, or settles nothing on the
    clauses that were certified before. The exit code is 0 whatever comes of it.
    """
    expect_libraries()
    if not 0.0 < canary_share <= 1.0:
        raise UsageError(f"--canary-share is above 0 and at most 1; got {canary_share:g}")
    settings = settings_of(config, store)
    plan = Plan(
        policies=tuple(policy or ()),
        labels=labels,
        distil=distil,
        every_version=every_version,
        shadow_contents=shadow_contents,
        canary_share=canary_share,
        canary_rulings=canary_rulings,
    )
    with one_at_a_time(fits_of(settings)):
        found = run(teach(settings, fits_of(settings), plan))
    if json:
        print_json(_taught_json(found))
        return
    if found.table is not None:
        stdout.print(found.table)
    for line in found.lines:
        stdout.print(printable(line), highlight=False, markup=False, soft_wrap=True)


def status(*, json: Json = False, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Say which version of the embedded judge is live, which is tried, and how each came there."""
    settings = settings_of(config, store)
    fits = fits_of(settings)
    live, tried = versions.live(fits), versions.canary(fits)
    steps = of_judges(run(_steps(settings)))
    if json:
        print_json(
            {
                "live": live,
                "canary": {"version": tried.version, "share": tried.share} if tried else None,
                "steps": [step_json(one) for one in steps],
            }
        )
        return
    bare = f"the files of {fits}" if any(fits.glob("*.npz")) else "the judge as it came; nothing is learnt"
    stdout.print(f"live: {live or bare}", highlight=False, markup=False)
    if tried is not None:
        stdout.print(f"canary: {tried.version} on {tried.share:.0%} of the contents", highlight=False, markup=False)
    if steps:
        stdout.print(steps_table(steps))


def promote(*, why: Why, by: By = None, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Make the candidate live at once, whatever its rulings so far."""
    settings = settings_of(config, store)
    fits, who = fits_of(settings), _who(by, settings)
    with one_at_a_time(fits):
        under_way = candidate(run(_steps(settings)))
        if under_way is None:
            raise UsageError("expected a candidate; there is none under way: komainu learn run makes one")
        judge = judge_of(under_way)
        versions.make_live(fits, version_of(judge))
        versions.make_canary(fits, None)
        run(_taken(settings, [step(judge, State.LIVE, by=who, why=why, at=datetime.now(UTC))]))
    stdout.print(f"{judge} is live. Its certificates are its own: komainu certify", highlight=False, markup=False)


def rollback(*, why: Why, by: By = None, config: ConfigPath = None, store: StoreUrl = None) -> None:
    """Take the candidate back; where there is none, go back to the version that was live before this one."""
    settings = settings_of(config, store)
    fits, who = fits_of(settings), _who(by, settings)
    with one_at_a_time(fits):
        steps = of_judges(run(_steps(settings)))
        under_way, now, current = candidate(steps), datetime.now(UTC), versions.live(fits)
        versions.make_canary(fits, None)
        if under_way is not None and version_of(judge_of(under_way)) != current:
            run(_taken(settings, [step(judge_of(under_way), State.RETIRED, by=who, why=why, at=now)]))
            stdout.print(f"{judge_of(under_way)} is taken back", highlight=False, markup=False)
            return
        if not current:
            raise UsageError("there is nothing to go back to: no version was made live")
        ends = {judge_of(one): one.state for one in steps}
        lived = [judge_of(one) for one in steps if one.state is State.LIVE and ends[judge_of(one)] is not State.RETIRED]
        retired = next((judge for judge in reversed(lived) if version_of(judge) == current), f"embedded@?+{current}")
        before = next((judge for judge in reversed(lived) if version_of(judge) != current), "")
        taken = [step(retired, State.RETIRED, by=who, why=why, at=now)]
        if before:
            taken.append(step(before, State.LIVE, by=who, why=f"in place of {retired}: {why}", at=now))
        versions.make_live(fits, version_of(before) if before else "")
        run(_taken(settings, taken))
    stdout.print(f"{before or 'what was there before any version'} is live again", highlight=False, markup=False)


def fits_of(settings: Settings) -> Path:
    """The folder of fits of the embedded judge; UsageError where the judge is not among the stages."""
    for stage in settings.stages:
        if stage.judge == EMBEDDED:
            return Path(stage.options.get("fits", settings.fits))
    raise UsageError("expected the embedded judge among the stages; it is the one that learns")


def step_json(one: Step) -> dict[str, Any]:
    """As documented in docs/reference/json.md."""
    return {
        "subject": one.subject,
        "state": one.state.value,
        "by": one.by,
        "why": one.why,
        "share": one.share or None,
        "taken_at": one.taken_at.isoformat(),
    }


def steps_table(steps: list[Step]) -> Table:
    """A row per step, oldest first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("when", "what", "state", "by", "why"):
        table.add_column(heading, overflow="fold")
    for one in steps:
        state = f"{one.state.value} {one.share:.0%}" if one.share else one.state.value
        texts = (f"{one.taken_at:%Y-%m-%d %H:%M}", one.subject.partition(":")[2], state, one.by, one.why)
        table.add_row(*(Text(printable(text)) for text in texts))
    return table


def _taught_json(found: Taught) -> dict[str, Any]:
    return {
        "state": found.step.state.value if found.step is not None else None,
        "judge": judge_of(found.step) if found.step is not None else None,
        "why": found.step.why if found.step is not None else found.why,
        "clauses": found.clauses,
    }


def _who(by: str | None, settings: Settings) -> str:
    who = settings.reviewer if by is None else by
    if not who.strip():
        raise UsageError("expected the name of who decides in --by; got none")
    return who


async def _steps(settings: Settings) -> tuple[Step, ...]:
    if not has_record(settings):
        return ()
    async with opened(settings) as store:
        return await store.steps()


async def _taken(settings: Settings, taken: Sequence[Step]) -> None:
    async with opened(settings) as store:
        await store.add_steps(taken)
