"""A policy with one thing changed."""

from dataclasses import dataclass
from enum import StrEnum

from komainu.domain import Policy


class Operator(StrEnum):
    """What was done to the policy."""

    DROP = "drop"  # the clause is gone, with its examples and exact rules
    NEGATE = "negate"  # what violated it does not, and the other way round
    SWAP = "swap"  # its words, examples and exact rules stand under the id of its neighbour, and the neighbour's here
    WEAKEN = "weaken"  # a sentence, a list item, or a part of a sentence is gone
    RESTATE = "restate"  # a sentence was added that says nothing: a control, which nothing should tell apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A policy that differs from the true one in one clause or exception (in two, where they are swapped)."""

    operator: Operator
    clause: str  # id of the clause or exception
    policy: Policy
    other: str = ""  # id of the neighbour it is swapped with
    cut: str = ""  # the words taken out, where it is weakened

    @property
    def name(self) -> str:
        """What was done, in one line."""
        match self.operator:
            case Operator.SWAP:
                return f"{self.clause} {self.operator.value} {self.other}"
            case Operator.WEAKEN:
                return f"{self.clause} {self.operator.value}: {self.cut}"
            case _:
                return f"{self.clause} {self.operator.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
    """A mutant that could not be made, and why."""

    operator: Operator
    clause: str
    reason: str
