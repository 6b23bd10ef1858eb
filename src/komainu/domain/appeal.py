"""Somebody's word against a decision, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What came of an appeal: nothing it was about stands otherwise than before, or something does."""

    UPHELD = "upheld"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """A request to rule anew on clauses of one decision, by somebody who has not ruled on it."""

    id: str
    decision: str  # id
    by: str  # who appeals
    clauses: tuple[str, ...]  # keys; what people ruled on them before counts no more once the appeal is settled
    why: str = ""
    appealed_at: datetime  # aware, UTC

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise ValueError("an appeal names who appeals")
        if not self.clauses or len(set(self.clauses)) < len(self.clauses):
            raise ValueError("an appeal is about at least one clause, and names each once")
        if self.appealed_at.tzinfo is None:
            raise ValueError("appealed_at needs a time zone")
