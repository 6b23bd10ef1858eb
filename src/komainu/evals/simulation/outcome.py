"""What a changed policy would have done to history, as figures over all of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from komainu.domain import Action, Content
from komainu.evals.simulation.strata import Group
from komainu.metrics import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of history, and how much of it was judged again."""

    group: Group
    members: int  # whose content is kept; estimated from those looked up
    judged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Contents on which a clause went from one ruling to another; `absent` where a version does not have it."""

    before: str
    after: str
    share: Figure  # of all contents


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """One content on which a clause stands otherwise."""

    unit: str  # id of the decision, or number of the row
    content: Content
    clause: str  # key
    before: str
    after: str
    probability_before: float | None  # None: the last judge asked gave none, or the clause was not there
    probability_after: float | None
    why_before: str
    why_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How a clause's probability of violation moved, where both versions have one."""

    mean: Figure  # of after - before
    raised: Figure  # share of contents on which it rose across a half
    lowered: Figure  # share on which it fell across a half


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFlips:
    """One clause over all of history."""

    clause: str  # key, in the new version where it is there
    title: str
    is_touched: bool  # False: the versions say the same of it, and what flips is its neighbours' doing, or chance
    flipped: Figure  # share of all contents
    moves: tuple[Move, ...]
    shift: Shift
    flips: tuple[Flip, ...]  # a few of them, those that moved farthest


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """How often an action is taken: shares of all contents."""

    action: Action
    before: Figure
    after: Figure
    change: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a changed policy would have done."""

    old: str  # id@version
    new: str
    units: int  # of history, judged under the policy
    elsewhere: int  # further ones that were not, and are left out
    forgotten: int  # of those looked up, whose content is no longer kept
    judged: int
    not_judged: int  # of them, on which a judge failed: left out of all figures but `flipped_or_unknown`
    recorded: int  # of them, on which what is on record stood for the old version
    unknown_policies: tuple[str, ...]  # id@version, under which some were also made and whose rulings do not count here
    strata: tuple[Stratum, ...]
    flipped: Figure  # share of contents on which some clause stands otherwise
    flipped_or_unknown: Figure
    control: Figure | None  # share on which the old version in other words flips something: chance; None: not asked
    excess: Figure | None  # flipped or unknown, less the control
    clauses: tuple[ClauseFlips, ...]
    actions: tuple[Taken, ...]
    cost_before: Figure  # mean USD per content; None where it is not known
    cost_after: Figure
    cost_change: Figure

    @property
    def members(self) -> int:
        """How many contents the figures stand for."""
        return sum(one.members for one in self.strata)

    def taken(self, action: Action) -> Taken:
        """How often that action is taken."""
        return next(one for one in self.actions if one.action is action)


def seen(flips: Sequence[Flip], most: int) -> tuple[Flip, ...]:
    """A few of them, those first that moved farthest."""

    def moved(one: Flip) -> float:
        if one.probability_before is None or one.probability_after is None:
            return 1.0
        return abs(one.probability_after - one.probability_before)

    return tuple(sorted(flips, key=lambda one: (-moved(one), one.unit))[:most])
