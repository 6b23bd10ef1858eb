"""Nouns as wild as their types allow: what no judge or policy file would say, and still must come back unchanged."""

from dataclasses import replace

from hypothesis import strategies as st

from komainu.domain import Action, Content, Decision, Review, Ruling, StageRun
from tests import strategies

KEYS = st.one_of(strategies.texts(8), strategies.clause_keys(), st.sampled_from(["\\", "\\u0000", "\x00", "\ud800"]))
AMOUNTS = st.floats(0, allow_nan=False, allow_infinity=False)


@st.composite
def decisions(draw: st.DrawFn) -> tuple[Decision, Content]:
    """A decision whose opinions come from several judges in any order, also on clauses that are not ruled on."""
    content = draw(strategies.contents())
    ruled = draw(st.lists(KEYS, min_size=1, max_size=6, unique=True))
    rulings = {key: draw(st.sampled_from(Ruling)) for key in ruled}
    judges = draw(st.lists(strategies.texts(5), min_size=1, max_size=2))
    opinion = st.builds(
        lambda one, clause, judge: replace(one, clause=clause, judge=judge),
        strategies.opinions(),
        st.sampled_from(ruled) | KEYS,
        st.sampled_from(judges),
    )
    cleared = all(ruling is Ruling.CLEAR for ruling in rulings.values())
    stages = st.builds(StageRun, judge=strategies.texts(5), asked=st.integers(0, 2**53 - 1), seconds=AMOUNTS)
    decision = Decision(
        id=draw(st.uuids().map(str) | strategies.texts(8)),
        content=content.digest,
        action=draw(st.sampled_from(Action if cleared else [Action.LIMIT, Action.HOLD, Action.BLOCK])),
        rulings=rulings,
        opinions=tuple(draw(st.lists(opinion, max_size=8))),
        stages=tuple(draw(st.lists(stages, max_size=2))),
        rulebook=draw(strategies.texts(5)),
        policies=tuple(draw(st.lists(strategies.texts(5), max_size=2))),
        decided_at=draw(strategies.moments()),
    )
    return decision, content


@st.composite
def reviews(draw: st.DrawFn, decision: Decision) -> Review:
    """A review of it by anybody."""
    reviewer = draw(strategies.texts(8).filter(str.strip))
    return replace(draw(strategies.reviews(decision)), reviewer=reviewer)
