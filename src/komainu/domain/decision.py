"""What was done with one content, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from komainu.domain.action import Action
from komainu.domain.call import Call
from komainu.domain.lot import lot
from komainu.domain.opinion import Opinion
from komainu.domain.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """One stage of the cascade at work on one content."""

    judge: str  # name@version
    asked: int  # clauses it was asked about
    seconds: float  # wall time until all its opinions were there


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was done, with every ruling and every opinion. Recorded once, never edited."""

    id: str  # UUID; version 7 sorts by time
    content: str  # digest of the content
    action: Action
    rulings: Mapping[str, Ruling]  # by clause key, every clause of the rulebook
    opinions: tuple[Opinion, ...]  # in the order given
    stages: tuple[StageRun, ...]
    rulebook: str  # digest
    policies: tuple[str, ...]  # id@version
    decided_at: datetime  # aware, UTC
    calls: tuple[Call, ...] = ()  # requests to models, in the order in which they ended
    supersedes: str = ""  # id of the decision on the same content in whose place this one stands
    drawn_as: str = ""  # id of the first decision in whose place it stands, directly or not: its lot is this one's too
    audit_share: float = 0.0  # the chance with which it is drawn for people to rule on all its clauses
    holding: tuple[str, ...] = ()  # of a HOLD: keys of the clauses that hold it back, on which a person must rule

    def __post_init__(self) -> None:
        if not self.rulings:
            raise ValueError("a decision rules on at least one clause")
        if self.action is Action.ALLOW and any(ruling is not Ruling.CLEAR for ruling in self.rulings.values()):
            raise ValueError("a content is allowed only when every clause is clear")
        if self.decided_at.tzinfo is None:
            raise ValueError("decided_at needs a time zone")
        if strangers := set(self.holding).difference(self.rulings):
            raise ValueError(f"a decision is held by clauses it rules on; got {', '.join(sorted(strangers))}")
        if not 0.0 <= self.audit_share <= 1.0:
            raise ValueError(f"an audit share is 0 to 1; got {self.audit_share}")
        if self.supersedes and self.supersedes == self.id:
            raise ValueError(f"a decision supersedes another one; {self.id} names itself")
        object.__setattr__(self, "rulings", MappingProxyType(dict(self.rulings)))
        object.__setattr__(self, "holding", self._holding() if self.action is Action.HOLD else ())

    def _holding(self) -> tuple[str, ...]:
        """What is named, else what is not clear: a person can release every HOLD, and none falls out of the queue."""
        return self.holding or self.open_clauses or self.violated_clauses or tuple(self.rulings)

    @property
    def lot_of(self) -> str:
        """The id that is drawn for: to decide again draws no new lot."""
        return self.drawn_as or self.id

    @property
    def is_drawn(self) -> bool:
        """Whether people rule on all its clauses, whatever it came to: by lot, over its id."""
        return is_drawn(self.lot_of, self.audit_share)

    @property
    def open_clauses(self) -> tuple[str, ...]:
        """Keys of the clauses that no judge settled."""
        return tuple(key for key, ruling in self.rulings.items() if ruling is Ruling.OPEN)

    @property
    def violated_clauses(self) -> tuple[str, ...]:
        """Keys of the clauses that the content violates."""
        return tuple(key for key, ruling in self.rulings.items() if ruling is Ruling.VIOLATED)


def is_drawn(decision_id: str, audit_share: float) -> bool:
    """Whether a decision of that id is drawn, given its chance."""
    return audit_share > 0 and lot("audit", decision_id) < audit_share
