"""The main path."""

from komainu.cascade import Cascade
from komainu.domain import Content, Decision, Rulebook, Trace
from komainu.store import Store


async def moderate(
    content: Content,
    *,
    rulebook: Rulebook,
    cascade: Cascade,
    store: Store,
    decision_id: str | None = None,
    supersedes: str = "",
) -> Decision:
    """Decide on one piece of content and put the decision on record, under `decision_id` where that is given.

    Where it `supersedes` an earlier decision on that content, it takes that one's place in the queue.
    """
    traces: list[Trace] = []
    decision = await cascade.decide(
        content, rulebook, decision_id=decision_id, supersedes=supersedes, hear=traces.extend
    )
    await store.record(decision, content, traces)
    return decision
