"""Which decisions wait for a person, as a query over what is on record.

On a clause each person has one word, the last they gave; words given before an appeal about the clause count no more.
A clause is settled when more people say one thing than the other, and one more than one where any of them says that
one word is not enough. `komainu.reviews.votes` counts in the same way.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    Table,
    and_,
    case,
    exists,
    func,
    select,
    union,
)

from komainu.domain import Action
from komainu.store.tables import (
    APPEALED_CLAUSES,
    APPEALS,
    DECISIONS,
    DRAWN,
    GOLDEN,
    OUTCOMES,
    RULED_CLAUSES,
    SUCCESSIONS,
)

_WORD = RULED_CLAUSES.alias("word")
_LATER = RULED_CLAUSES.alias("later")

_VIOLATED = func.sum(_WORD.c.violated)
_CLEAR = func.count() - _VIOLATED
_MOST = case((_VIOLATED > _CLEAR, _VIOLATED), else_=_CLEAR)
_SETTLED = and_(_VIOLATED != _CLEAR, func.max(_WORD.c.second) < _MOST)


def waiting_decisions(behind: int = 0, *, golden: bool = False) -> CompoundSelect[Any]:
    """Numbers of the entries, beyond `behind`, of decisions that wait for a person: none that is superseded.

    Those are held by a clause that is not settled, those drawn by lot with a clause that people have not settled, those
    with a clause that people ruled on without settling it, and those with an open appeal; of golden items, where these
    are wanted, else of all others.
    """
    held = select(DECISIONS.c.seq).where(
        DECISIONS.c.action == Action.HOLD.value,
        DECISIONS.c.seq > behind,
        _settled(DECISIONS, _WORD.c.holds == 1) < DECISIONS.c.holding,
        ~_superseded(DECISIONS.c.seq),
    )
    drawn = select(DRAWN.c.seq).where(
        DRAWN.c.seq > behind, _settled(DRAWN) < DRAWN.c.clauses, ~_superseded(DRAWN.c.seq)
    )
    arms = (
        (held, DECISIONS.c.seq),
        (drawn, DRAWN.c.seq),
        (_disputed(behind), _WORD.c.decision),
        (_appealed(behind), APPEALS.c.decision),
    )
    return union(*(arm.where(_is_golden(number) if golden else ~_is_golden(number)) for arm, number in arms))


def _settled(of: Table, *more: ColumnElement[bool]) -> ScalarSelect[int]:
    """How many clauses of the decision people have settled."""
    settled = select(_WORD.c.clause).where(_WORD.c.decision == of.c.seq, _counts(), *more)
    each = settled.group_by(_WORD.c.clause).having(_SETTLED).correlate(of).subquery()
    return select(func.count()).select_from(each).scalar_subquery()


def _superseded(number: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(SUCCESSIONS.c.decision == number)


def _is_golden(number: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(GOLDEN.c.seq == number)


def _counts() -> ColumnElement[bool]:
    """The person has not changed their mind since, and there was no appeal."""
    changed = exists().where(
        _LATER.c.decision == _WORD.c.decision,
        _LATER.c.clause == _WORD.c.clause,
        _LATER.c.reviewer == _WORD.c.reviewer,
        _LATER.c.seq > _WORD.c.seq,
    )
    appealed = exists().where(
        APPEALED_CLAUSES.c.decision == _WORD.c.decision,
        APPEALED_CLAUSES.c.clause == _WORD.c.clause,
        APPEALED_CLAUSES.c.seq > _WORD.c.seq,
    )
    return and_(~changed, ~appealed)


def _disputed(behind: int) -> Select[int]:
    words = select(_WORD.c.decision).where(_WORD.c.decision > behind, _counts())
    return words.group_by(_WORD.c.decision, _WORD.c.clause).having(~_SETTLED)


def _appealed(behind: int) -> Select[int]:
    settled = exists().where(OUTCOMES.c.appeal == APPEALS.c.seq)
    return select(APPEALS.c.decision).where(APPEALS.c.decision > behind, ~settled)
