"""`komainu certify`: what labels prove of a judge, clause by clause."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from komainu.apps.cli.certificates import as_json, table_of, why_not_cleared, why_not_found
from komainu.apps.cli.console import counted, print_json, stderr, stdout
from komainu.apps.cli.options import ConfigPath, Json, PolicyPaths, StoreUrl, opened, rulebook_of, run, settings_of
from komainu.apps.cli.sampling import sampled_of
from komainu.apps.settings import Settings
from komainu.cascade import Cascade, Stage
from komainu.domain import Policy
from komainu.errors import UsageError
from komainu.learning.certify import Aim
from komainu.learning.certifying import Certified, Labelled, certified
from komainu.learning.labels import LabelFile, read_labels
from komainu.metrics import expect_libraries


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("certify")(certify_clauses)


def certify_clauses(
    *,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels", metavar="FILE.jsonl", help="Labels, one JSON object a line. Default: what was drawn by lot."
        ),
    ] = None,
    policy: PolicyPaths = None,
    alpha: Annotated[float, typer.Option(help="Share of violating content that is cleared unseen, at most.")] = 0.05,
    over_block: Annotated[float, typer.Option(help="Share of other content that is found violated, at most.")] = 0.01,
    delta: Annotated[float, typer.Option(help="How often either bound may fail.")] = 0.05,
    days: Annotated[float, typer.Option(help="How long a certificate counts.")] = 90.0,
    most: Annotated[int, typer.Option(min=1, help="Labels of either kind per clause at most, drawn by seed.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Of that draw.")] = 0,
    trial: Annotated[bool, typer.Option("--trial", help="Show what it comes to; nothing goes on record.")] = False,
    json: Json = False,
    config: ConfigPath = None,
    store: StoreUrl = None,
) -> None:
    """Certify the quick judges: thresholds of which labels prove how much gets past them unseen.

    Without --labels: by what people settled of the decisions that were drawn by lot (`audit_share`), which stand for
    all.

    A label is `{"text": …, "clause": "policy/CL1", "violates": true, "source": …}`, with `role`, `context` and the
    `policy` (id@version) it was made under where they matter. The labelled contents must be drawn as those come that
    will be judged: of content that was held, labels prove nothing about what is let through.

    For each clause the thresholds are chosen so that, with confidence 1 - delta each, at most a share alpha of the
    violating content is cleared by them, and at most a share --over-block of the other content found violated.
    Several judges share the two between them. What cannot be proven the judge does not settle any more: the clause
    stays open to the next stage. Certificates go on record and count from then on, until they expire, or the policy or
    the judge changes, or they are taken back (`komainu certificates`).
    """
    expect_libraries()
    aim = _aim(alpha, over_block, delta, days)
    settings = settings_of(config, store)
    policies = rulebook_of(policy, settings).policies
    with Progress(console=stderr, transient=True) as bar:
        if labels is not None:
            tell, done = _told(bar, "Reading labels")
            file = read_labels(labels, policies, tell)
            done()
            found, unused = run(_certified(settings, policies, file.some(most, seed), aim, trial=trial, bar=bar)), 0
        else:
            file = None
            found, unused = run(_from_record(settings, policies, aim, trial=trial, bar=bar))
    if json:
        print_json([as_json(one.certificate) | _left_out(one) for one in found])
        return
    stdout.print(table_of([(one.certificate, "") for one in found]))
    for line in _notes(found, file, unused, trial=trial):
        stdout.print(line, highlight=False, markup=False, soft_wrap=True)


def _aim(alpha: float, beta: float, delta: float, days: float) -> Aim:
    try:
        return Aim(alpha=alpha, beta=beta, delta=delta, days=days)
    except ValueError as error:
        raise UsageError(str(error).replace("beta", "--over-block")) from error


async def _certified(
    settings: Settings,
    policies: Sequence[Policy],
    labelled: Labelled,
    aim: Aim,
    *,
    trial: bool,
    bar: Progress,
) -> list[Certified]:
    found: list[Certified] = []
    async with settings.cascade() as cascade:
        stages = _certifiable(cascade)
        for stage, policy in product(stages, policies):
            tell, done = _told(bar, f"Judging under {policy.id}")
            found += await certified(
                stage,
                policy,
                labelled,
                aim=aim.among(len(stages)),
                at=datetime.now(UTC),
                tell=tell,
            )
            done()
    if not trial:
        async with opened(settings) as store:
            await store.add_certificates([one.certificate for one in found])
    return found


async def _from_record(
    settings: Settings, policies: Sequence[Policy], aim: Aim, *, trial: bool, bar: Progress
) -> tuple[list[Certified], int]:
    """By the labels of each policy that stand for everything decided under it; and how many could not be used yet."""
    found: list[Certified] = []
    async with opened(settings, existing=True) as store:
        samples = [await sampled_of(store, policy) for policy in policies]
    for policy, sample in zip(policies, samples, strict=True):
        found += await _certified(settings, [policy], sample, aim, trial=trial, bar=bar)
    if not found and any(sample.pending for sample in samples):
        raise UsageError(
            "expected that people are through with the oldest of what was drawn by lot: it still waits, and later ones "
            "must not stand for it (komainu review next)"
        )
    if not found:
        raise UsageError(
            "expected labels: nothing that was drawn by lot has been ruled on yet (audit_share in the configuration, "
            "komainu review next), and no --labels are given"
        )
    return found, sum(sample.unused for sample in samples)


def _told(bar: Progress, what: str) -> tuple[Callable[[int, int], None], Callable[[], None]]:
    """A task of the bar: what moves it on (done, of how many), and what takes it away."""
    task = bar.add_task(what, total=None)
    return (lambda done, total: bar.update(task, completed=done, total=total)), (lambda: bar.remove_task(task))


def _certifiable(cascade: Cascade) -> list[Stage]:
    stages = [stage for stage in cascade.stages if stage.warrants is not None]
    if not stages:
        raise UsageError(
            'expected a stage to certify; every one has certified = "no", as rules and reasoners have by themselves'
        )
    return stages


def _left_out(one: Certified) -> dict[str, Any]:
    return {"unanswered": one.unanswered, "known": one.known}


def _notes(found: Sequence[Certified], file: LabelFile | None, unused: int, *, trial: bool) -> Iterator[str]:
    """What a reader must know beside the table."""
    clauses = file.clauses if file is not None else {}
    if bare := [key for key, labels in clauses.items() if not len(labels)]:
        yield f"no labels of {', '.join(bare)}: nothing changes there"
    for one in found:
        made = one.certificate
        if not made.clears:
            yield f"cannot certify clearing on {made.clause}: {why_not_cleared(made)}; it clears nothing there now"
        if not made.finds:
            yield f"cannot certify finding on {made.clause}: {why_not_found(made)}; it finds nothing there now"
    counts = (
        (file.repeated if file is not None else 0, "that say once more what an earlier line says"),
        (file.outdated if file is not None else 0, "made under another version of the policy"),
        (sum(one.known for one in found), "whose content the judge learnt from, or reads in the policy"),
        (sum(one.unanswered for one in found), "that the judge failed on"),
    )
    for count, why in counts:
        if count:
            yield f"{counted(count, 'label')} left out, {why}"
    if unused:
        yield (
            f"{counted(unused, 'drawn decision')} not used, since the first that people have not ruled on in full: "
            "rule on the oldest first"
        )
    if trial:
        yield "A trial: nothing is on record."
        return
    yield "On record: they count from now on, before any threshold of the configuration. Next: komainu certificates"
