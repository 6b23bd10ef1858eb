"""What every store must do with steps."""

from dataclasses import replace

from komainu.domain import State, Step, StepKind
from komainu.store.checking import Check, OpenRecord, opened, refuses, same
from komainu.store.samples import NOON

_FIRST = Step(id="step-1", subject="judge:sample@1", state=State.SHADOW, by="山田", why="better by 0.1", taken_at=NOON)


async def keeps_steps(record: OpenRecord) -> None:
    """They come back as they were, in the order recorded, of one subject or of all."""
    second = replace(_FIRST, id="step-2", state=State.CANARY, share=0.125)
    other = replace(_FIRST, id="step-3", subject="policy:spam@1.0.0", state=State.LIVE)
    async with opened(record) as store:
        same(await store.steps(), ())
        await store.add_steps([])
        await store.add_steps([_FIRST, other])
        await store.add_steps([second])
        await refuses(store.add_steps([replace(_FIRST, id="step-4"), second]), second.id)
    async with opened(record) as store:
        same(await store.steps(), (_FIRST, other, second))
        same(await store.steps(subject=_FIRST.subject), (_FIRST, second))
        same(await store.steps(subject="judge:nobody@1"), ())
        same((await store.verify()).faults, ())


async def keeps_requests(record: OpenRecord) -> None:
    """What was asked for, and what people said to that, comes back as it was."""
    asked = replace(
        _FIRST,
        id="request",
        subject="policy:spam@1.0.0#0a",
        state=State.LIVE,
        kind=StepKind.PROPOSED,
        approvals=2,
        skips_trial=True,
    )
    approved, rejected = (
        replace(asked, id=kind.value, by=by, kind=kind, about=asked.id, approvals=0, skips_trial=False)
        for kind, by in ((StepKind.APPROVED, "Noor"), (StepKind.REJECTED, "Oya"))
    )
    async with opened(record) as store:
        await store.add_steps([asked])
        await store.add_steps([approved])
        await store.add_steps([rejected])
    async with opened(record) as store:
        same(await store.steps(subject=asked.subject), (asked, approved, rejected))
        same((await store.verify()).faults, ())


STEP_CHECKS: tuple[Check, ...] = (keeps_steps, keeps_requests)
