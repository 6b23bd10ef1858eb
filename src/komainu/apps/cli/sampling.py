"""What people settled of the decisions that were drawn by lot, as labels that stand for everything."""

from collections.abc import Callable, Sequence

from komainu.apps.cli.lookup import pages
from komainu.domain import Content, Policy
from komainu.errors import UsageError
from komainu.learning.sampled import Ruled, Sampled, sampled
from komainu.reviews import settled
from komainu.store import Store


async def sampled_of(store: Store, policy: Policy, *, wanted: Callable[[Content], bool] = lambda _: True) -> Sampled:
    """A uniform sample of the decisions made under this version of the policy since some were drawn.

    UsageError where the decisions on some action were not drawn meanwhile: nothing would be known of them.
    """
    ruled: list[Ruled] = []
    golden = {decision.id for decision in await store.golden()}
    begun, bare, share = False, set(), 1.0
    async for decision in pages(store):
        begun = begun or decision.audit_share > 0
        if policy.name not in decision.policies or decision.id in golden or not begun:
            continue
        if not decision.audit_share:
            bare.add(decision.action.label)
            continue
        share = min(share, decision.audit_share)
        if decision.is_drawn and await store.successor(decision.id) is None:
            said = settled(decision, await store.history(decision.id))
            ruled.append(Ruled(decision=decision, content=await store.content(decision.content), settled=said))
    if bare:
        raise UsageError(
            f"decisions to {', '.join(sorted(bare))} were not drawn for people to look at: nothing is known of them; "
            "set audit_share, or give labels with --labels"
        )
    return sampled(ruled, _keys(policy), share=share, wanted=wanted)


def _keys(policy: Policy) -> Sequence[str]:
    return [clause.key for clause in policy.clauses]
