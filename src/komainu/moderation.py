"""The main path."""

import time

from komainu.cascade import Cascade
from komainu.domain import (
    Abstention,
    Content,
    Decision,
    Editions,
    GovernedRulebook,
    Reason,
    Rulebook,
    Ruling,
    Trace,
    Warrants,
)
from komainu.errors import NotJudgedError
from komainu.store import Store

RENEWED_EVERY_SECONDS = 10.0  # how long what is taken back may still count in another process


async def moderate(
    content: Content, *, rulebook: Rulebook, cascade: Cascade, store: Store, decision_id: str | None = None
) -> Decision:
    """Decide on one piece of content and put the decision on record, under `decision_id` where that is given.

    Judges settle what the certificates on that record let them. Of a rulebook that is governed by the record, those
    versions decide that are live or canaries there; SettingsError where a policy has none.
    """
    await _renew(cascade, rulebook, store)
    rulebook = _chosen(rulebook, content)
    traces: list[Trace] = []
    decision = await cascade.decide(content, rulebook, decision_id=decision_id, hear=traces.extend)
    await store.record(decision, content, traces)
    return decision


async def judged(content: Content, *, rulebook: Rulebook, cascade: Cascade, store: Store) -> Decision:
    """What would be decided by the certificates on that record; nothing goes on it."""
    await _renew(cascade, rulebook, store)
    return await cascade.decide(content, _chosen(rulebook, content))


async def reconsider(
    before: Decision, content: Content, *, rulebook: Rulebook, cascade: Cascade, store: Store
) -> Decision:
    """Decide again on the content of a decision, and put the new one on record in its place.

    NotJudgedError where a judge did not answer on a clause that is open then, and SuccessionError where no decision can
    take that place any more: nothing is recorded, and the one before stands.
    """
    await _renew(cascade, rulebook, store)
    if isinstance(rulebook, GovernedRulebook):
        rulebook = rulebook.editions.again(before.rulebook)
    traces: list[Trace] = []
    decision = await cascade.decide(content, rulebook, supersedes=before, hear=traces.extend)
    silent = [
        one
        for one in decision.opinions
        if isinstance(one, Abstention)
        and one.reason in {Reason.FAILED, Reason.TIMED_OUT}
        and decision.rulings[one.clause] is Ruling.OPEN
    ]
    if silent:
        raise NotJudgedError(f"{silent[0].judge} did not answer: {silent[0].detail or silent[0].reason.value}")
    await store.record(decision, content, traces)
    return decision


def _chosen(rulebook: Rulebook, content: Content) -> Rulebook:
    """The versions that decide on that content."""
    if isinstance(rulebook, GovernedRulebook):
        rulebook = rulebook.editions.chosen(content.digest)
    return rulebook


async def _renew(cascade: Cascade, rulebook: Rulebook, store: Store) -> None:
    """Read certificates and steps where they have not been read for a while: here, so that no door can forget it.

    Where they cannot be read, what was read before counts no more, and nobody decides until they can.
    """
    warrants, now = [one for stage in cascade.stages for one in stage.every_warrants], time.monotonic()
    editions = [rulebook.editions] if isinstance(rulebook, GovernedRulebook) else []
    every: list[Warrants | Editions] = [*warrants, *editions]
    due = [one for one in every if one.is_due(store, now=now, after_seconds=RENEWED_EVERY_SECONDS)]
    if not due:
        return
    whole = False
    try:
        certificates = await store.certificates() if any(isinstance(one, Warrants) for one in due) else ()
        steps = await store.steps() if any(isinstance(one, Editions) for one in due) else ()
        whole = True
    finally:
        if not whole:
            for one in due:
                one.forget()
    for one in due:
        if isinstance(one, Warrants):
            one.renew(certificates, store, now=now)
        else:
            one.renew(steps, store, now=now)
