"""The main path."""

from komainu.cascade import Cascade
from komainu.domain import Content, Decision, Rulebook
from komainu.store import Store


async def moderate(
    content: Content, *, rulebook: Rulebook, cascade: Cascade, store: Store, decision_id: str | None = None
) -> Decision:
    """Decide on one piece of content and put the decision on record, under `decision_id` where that is given."""
    decision = await cascade.decide(content, rulebook, decision_id=decision_id)
    await store.record(decision, content)
    return decision
