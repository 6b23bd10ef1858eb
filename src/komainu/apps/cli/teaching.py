"""What `komainu learn run` does: the next step of a candidate, whichever that is."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import stderr
from komainu.apps.cli.labelled import all_labelled_in
from komainu.apps.cli.learn import cases_beside
from komainu.apps.cli.lookup import newest, pages
from komainu.apps.cli.options import opened
from komainu.apps.cli.sampling import sampled_of
from komainu.apps.settings import Settings
from komainu.apps.stage_settings import EMBEDDED
from komainu.cascade import Stage
from komainu.domain import Certificate, Content, Decision, Policy, Rulebook, Ruling, State, Step
from komainu.errors import UsageError
from komainu.judges.embedded import versions
from komainu.judges.embedded.fits import Fits, save
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED, Weights
from komainu.judges.protocol import Taught as Learnt
from komainu.learning.certify import Aim
from komainu.learning.certifying import Labelled, certified
from komainu.learning.distil import taught_by
from komainu.learning.fit import Known, known_of
from komainu.learning.flywheel import RULE, candidate, judge_of, step, version_of
from komainu.learning.gates import Heard, Seen, canary_problem, canary_waits, shadowed
from komainu.learning.labels import read_labels
from komainu.learning.parts import Part, part_of
from komainu.learning.refit import Refit, is_acceptable, refit
from komainu.metrics import Figure
from komainu.policies import Case, load, policy_files, starter_path
from komainu.reviews import settled
from komainu.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the command was told."""

    policies: tuple[Path, ...]
    labels: Path | None
    distil: bool
    every_version: bool
    shadow_contents: int
    canary_share: float
    canary_rulings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What came of it."""

    step: Step | None = None  # None: nothing was to be done
    why: str = ""  # where there is no step
    lines: tuple[str, ...] = ()
    table: Table | None = None
    clauses: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    settings: Settings
    fits: Path
    plan: Plan
    files: tuple[tuple[Policy, tuple[Case, ...]], ...]
    store: Store
    weights: Weights

    @property
    def rulebook(self) -> Rulebook:
        return Rulebook(policies=tuple(policy for policy, _ in self.files))

    def stage(self, version: str = "") -> Stage:
        """The embedded judge's stage with a version of what was fitted, and no certificates; live without a name."""
        stage = next(one for one in self.settings.stages if one.judge == EMBEDDED)
        options = {**stage.options, "version": version}
        alone = self.settings.model_copy(update={"stages": (stage.model_copy(update={"options": options}),)})
        return alone.cascade(certified=False).stages[0]

    async def take(self, judge: str, state: State, why: str, *, share: float = 0.0) -> Step:
        taken = step(judge, state, by=RULE, why=why, share=share, at=datetime.now(UTC))
        await self.store.add_steps([taken])
        return taken


async def teach(settings: Settings, fits: Path, plan: Plan) -> Taught:
    """Take the next step, whichever that is."""
    stage = next(one for one in settings.stages if one.judge == EMBEDDED)
    paths = list(plan.policies or settings.policies) or [starter_path()]
    files = list(dict.fromkeys(file.resolve() for path in paths for file in policy_files(path)))
    found = tuple((made, cases_beside(file, made)) for file in files for made in (load(file),))
    weights = proven(Path(stage.options.get("weights", SHIPPED)))
    async with opened(settings) as store:
        work = _Work(settings=settings, fits=fits, plan=plan, files=found, store=store, weights=weights)
        under_way = candidate(await store.steps())
        if under_way is None:
            return await _new(work)
        if version_of(judge_of(under_way)) == versions.live(fits):
            taken = await work.take(judge_of(under_way), State.LIVE, "made live by a command that was cut off")
            return Taught(step=taken, lines=(f"{judge_of(under_way)} is live already; now that is on record too.",))
        if under_way.state is State.SHADOW:
            return await _out_of_the_shadow(work, under_way)
        return await _out_of_the_canary(work, under_way)


async def _new(work: _Work) -> Taught:
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


async def _refits(work: _Work, live: Fits) -> list[Refit]:
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


async def _distilled(work: _Work) -> dict[str, list[Known]]:
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


def _filled(work: _Work, folder: Path, made: Sequence[Refit]) -> str:
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


async def _out_of_the_shadow(work: _Work, under_way: Step) -> Taught:
    judge, live = judge_of(under_way), work.stage().judge.name
    stage = work.stage(version_of(judge))
    found = await shadowed(stage, live, work.rulebook, _newest(work, stage), most=work.plan.shadow_contents)
    if found.contents < (needed := work.plan.shadow_contents):
        why = f"the live judge was asked about {found.contents} contents on record; {needed} are needed"
        return Taught(why=why, lines=(f"{judge} stays in the shadow: {why}.",))
    flips = ", ".join(f"{count} {was.value} to {now.value}" for (was, now), count in sorted(found.flips.items()))
    said = f"{found.contents} contents, {found.clauses} clauses: {flips or 'nothing changes'}"
    if found.problem:
        taken = await work.take(judge, State.RETIRED, f"{found.problem}; {said}")
        return Taught(step=taken, lines=(f"{judge} is taken back: {taken.why}.",))
    lines = await _certified(work, stage)
    versions.make_canary(work.fits, versions.CanaryShare(version=version_of(judge), share=work.plan.canary_share))
    taken = await work.take(judge, State.CANARY, said, share=work.plan.canary_share)
    return Taught(
        step=taken, lines=(*lines, f"{judge} decides on {work.plan.canary_share:.0%} of the contents: {said}.")
    )


async def _certified(work: _Work, stage: Stage) -> tuple[str, ...]:
    """Certify a candidate before it decides; what is said of it."""
    policies = [policy for policy, _ in work.files]
    file = read_labels(work.plan.labels, policies) if work.plan.labels is not None else None
    before = [one for one in await work.store.certificates() if one.judge.partition("@")[0] == EMBEDDED]
    bound = {one.clause for one in before}
    if not bound:
        return ("Not certified: the live judge is not either.",)
    found = []
    for policy in policies:
        try:
            labelled: Labelled = file or await sampled_of(work.store, policy, wanted=_may_certify)
        except UsageError as error:
            return (f"Not certified: {error}",)
        made = await certified(stage, policy, labelled, aim=_strictest(before), at=datetime.now(UTC))
        found += [one.certificate for one in made if one.certificate.clause in bound]
    await work.store.add_certificates(found)
    if not found:
        return ("Not certified, for want of labels: it settles nothing on clauses that were certified before.",)
    return (f"Certified on {sum(one.clears for one in found)} of {len(found)} clauses with labels.",)


def _strictest(certificates: Sequence[Certificate]) -> Aim:
    """No less than what was promised before."""
    return Aim(
        alpha=min(one.alpha for one in certificates),
        beta=min(one.beta for one in certificates),
        delta=min(one.delta for one in certificates),
    )


def _may_certify(content: Content) -> bool:
    """Not one that candidates were compared on, or would be."""
    return part_of(content.digest) is Part.CERTIFY


async def _out_of_the_canary(work: _Work, under_way: Step) -> Taught:
    judge, live = judge_of(under_way), Heard()
    tried, name = Heard(), work.stage().judge.name
    if versions.canary(work.fits) is None:  # an earlier run was cut off between taking a step and saying so
        versions.make_canary(work.fits, versions.CanaryShare(version=version_of(judge), share=under_way.share))
    golden = {decision.id for decision in await work.store.golden()}
    audited = bool(work.settings.audit_share or work.settings.audit_shares)
    async for decision in pages(work.store, since=under_way.taken_at):
        if decision.id in golden:  # known to be hard, or easy: no measure of either judge
            continue
        # Where some are drawn by lot those alone are compared: what else people rule on each judge chose for itself.
        ruled = await _ruled(work.store, decision) if decision.is_drawn or not audited else {}
        for heard, whose in ((live, name), (tried, judge)):
            heard.take(whose, Seen(decision=decision, content=None, ruled=ruled))
    said = f"{tried.decisions} decisions, wrong on {tried.wrong} of {tried.ruled} clauses that people ruled on"
    if problem := canary_problem(live, tried):
        versions.make_canary(work.fits, None)
        taken = await work.take(judge, State.RETIRED, f"{problem}; {said}")
        return Taught(step=taken, lines=(f"{judge} is taken back: {taken.why}.",))
    needed = work.plan.canary_rulings
    if why := canary_waits(live, tried, rulings=needed, violating=max(1, needed // 10)):
        return Taught(why=f"{said}; {why}", lines=(f"{judge} stays a canary: {said}; {why}.",))
    versions.make_live(work.fits, version_of(judge))
    versions.make_canary(work.fits, None)
    taken = await work.take(judge, State.LIVE, said)
    return Taught(step=taken, lines=(f"{judge} is live: {said}.",))


async def _newest(work: _Work, stage: Stage) -> AsyncIterator[Seen]:
    """The newest first. What the candidate learnt from, and known answers, are no measure of it."""
    golden = {decision.id for decision in await work.store.golden()}
    knows = stage.judge.was_taught if isinstance(stage.judge, Learnt) else lambda _: False
    for decision in reversed(await newest(work.store, limit=4 * work.plan.shadow_contents)):
        content = await work.store.content(decision.content)
        fair = decision.id not in golden and not knows(decision.content)
        yield Seen(decision=decision, content=content, ruled=await _ruled(work.store, decision) if fair else {})


async def _ruled(store: Store, decision: Decision) -> Mapping[str, Ruling]:
    """What people settled."""
    return settled(decision, await store.history(decision.id))
