"""A candidate in the shadow and as a canary: what lets it go on, and what ends it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime

from komainu.apps.cli.lookup import newest, pages
from komainu.apps.cli.sampling import sampled_of
from komainu.apps.cli.teaching_work import Taught, Work
from komainu.apps.stage_settings import EMBEDDED
from komainu.cascade import Stage
from komainu.domain import Certificate, Content, Decision, Ruling, State, Step
from komainu.domain.certificate import base_name
from komainu.errors import UsageError
from komainu.judges.embedded import versions
from komainu.judges.protocol import Taught as Learnt
from komainu.learning.certify import Aim
from komainu.learning.certifying import Labelled, certified
from komainu.learning.flywheel import judge_of, version_of
from komainu.learning.gates import Heard, Seen, canary_problem, canary_waits, shadowed
from komainu.learning.labels import read_labels
from komainu.learning.parts import Part, part_of
from komainu.reviews import settled
from komainu.store import Store


async def out_of_the_shadow(work: Work, under_way: Step) -> Taught:
    """Ask the candidate about the newest contents; it becomes a canary, is taken back, or waits for more of them."""
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


async def _certified(work: Work, stage: Stage) -> tuple[str, ...]:
    """Certify a candidate before it decides; what is said of it."""
    policies = [policy for policy, _ in work.files]
    file = read_labels(work.plan.labels, policies) if work.plan.labels is not None else None
    before = [one for one in await work.store.certificates() if base_name(one.judge) == EMBEDDED]
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


async def out_of_the_canary(work: Work, under_way: Step) -> Taught:
    """Hold the candidate against the live judge; it goes live, is taken back, or waits for more rulings."""
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


async def _newest(work: Work, stage: Stage) -> AsyncIterator[Seen]:
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
