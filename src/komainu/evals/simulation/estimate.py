"""From a sample that was judged twice to figures over all of history."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from komainu.domain import Action, Verdict
from komainu.evals.simulation.judged import Twice
from komainu.evals.simulation.lanes import Lane, is_flip, stands
from komainu.evals.simulation.outcome import ClauseFlips, Flip, Move, Shift, Taken, seen
from komainu.metrics import Figure
from komainu.metrics.stratified import Drawn, difference, mean, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stratum: its members, and those judged."""

    members: int
    judged: Sequence[Twice]


class Estimate:
    """Figures over all members of the parts; where a judge failed is left out, as if it had not been drawn."""

    def __init__(self, parts: Sequence[Part], lanes: Sequence[Lane], *, samples: int) -> None:
        self._parts, self._lanes, self._samples = parts, lanes, samples

    def share(self, holds: Callable[[Twice], bool], *, known: bool = True) -> Figure:
        """The share of contents of which that holds; without `known`, of all that were looked at."""
        return share(
            [
                Drawn(
                    members=part.members,
                    values=np.array([holds(one) for one in part.judged if one.is_known or not known], np.float64),
                )
                for part in self._parts
            ]
        )

    def mean(self, value: Callable[[Twice], float | None]) -> Figure:
        """The mean over the contents that have a value."""
        strata = []
        for part in self._parts:
            known = [one for one in part.judged if one.is_known]
            values = [got for one in known if (got := value(one)) is not None]
            # Of the members, as many are taken to have a value as of those that were looked at.
            members = max(len(values), round(part.members * len(values) / max(len(known), 1)))
            strata.append(Drawn(members=members, values=np.array(values, np.float64)))
        return mean(strata)

    def flips(self, one: Twice) -> bool:
        """Whether some clause stands otherwise."""
        return any(is_flip(*_moved(lane, one)) for lane in self._lanes)

    def flips_in_control(self, one: Twice) -> bool:
        """Whether some clause stands otherwise under the old version in other words."""
        if one.control is None:
            return False
        after, olds = one.control.rulings, [lane.keys[0] for lane in self._lanes if lane.old is not None]
        return any(is_flip(stands(one.before.rulings, key), stands(after, key)) for key in olds)

    def excess(self) -> Figure:
        """The share on which something flips, or is not known, less the share on which the control does."""

        def flips(one: Twice) -> bool:
            return not one.is_known or self.flips(one)

        came = self.share(lambda one: flips(one) and not self.flips_in_control(one), known=False)
        went = self.share(lambda one: self.flips_in_control(one) and not flips(one), known=False)
        return difference(came, went)

    def clauses(self) -> tuple[ClauseFlips, ...]:
        """Clause by clause."""
        return tuple(self._clause(lane) for lane in self._lanes)

    def actions(self) -> tuple[Taken, ...]:
        """Action by action, the mildest first."""
        return tuple(self._taken(action) for action in Action)

    def _taken(self, action: Action) -> Taken:
        came = self.share(lambda one: one.before.action is not action is one.after.action)
        went = self.share(lambda one: one.before.action is action is not one.after.action)
        return Taken(
            action=action,
            before=self.share(lambda one: one.before.action is action),
            after=self.share(lambda one: one.after.action is action),
            change=difference(came, went),
        )

    def _clause(self, lane: Lane) -> ClauseFlips:
        known = [one for part in self._parts for one in part.judged if one.is_known]
        moves = Counter(move for one in known if is_flip(*(move := _moved(lane, one))))
        clause = lane.new or lane.old
        return ClauseFlips(
            clause=lane.key,
            title=clause.title if clause is not None else "",
            is_touched=lane.is_touched,
            flipped=self.share(lambda one: is_flip(*_moved(lane, one))),
            moves=tuple(
                Move(
                    before=move[0],
                    after=move[1],
                    share=self.share(lambda one, move=move: _moved(lane, one) == move),  # type: ignore[misc]
                )
                for move, _ in moves.most_common()
            ),
            shift=self._shift(lane),
            flips=seen([_flip(lane, one) for one in known if is_flip(*_moved(lane, one))], self._samples),
        )

    def _shift(self, lane: Lane) -> Shift:
        def moved(one: Twice) -> float | None:
            was, now = _said(lane, one)
            return None if was is None or now is None else now.probability - was.probability

        def crossed(one: Twice, *, up: bool) -> bool:
            was, now = _said(lane, one)
            if was is None or now is None:
                return False
            low, high = (was, now) if up else (now, was)
            return low.probability < 0.5 <= high.probability

        return Shift(
            mean=self.mean(moved),
            raised=self.share(lambda one: crossed(one, up=True)),
            lowered=self.share(lambda one: crossed(one, up=False)),
        )


def _moved(lane: Lane, one: Twice) -> tuple[str, str]:
    old, new = lane.keys
    return stands(one.before.rulings, old), stands(one.after.rulings, new)


def _said(lane: Lane, one: Twice) -> tuple[Verdict | None, Verdict | None]:
    old, new = lane.keys
    return one.before.said.get(old), one.after.said.get(new)


def _flip(lane: Lane, one: Twice) -> Flip:
    before, after = _moved(lane, one)
    was, now = _said(lane, one)
    return Flip(
        unit=one.past.id,
        content=one.past.content,
        clause=lane.key,
        before=before,
        after=after,
        probability_before=was.probability if was is not None else None,
        probability_after=now.probability if now is not None else None,
        why_before=was.rationale if was is not None else "",
        why_after=now.rationale if now is not None else "",
    )


def cost_change(one: Twice) -> float | None:
    """What the new version costs more, where both costs are known."""
    was, now = one.before.cost_usd, one.after.cost_usd
    return None if was is None or now is None else now - was
