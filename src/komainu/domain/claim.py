"""Who works on a decision just now."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """That a reviewer has taken a decision out of the queue, for a time. No part of the record."""

    decision: str  # id
    reviewer: str
    claimed_at: datetime  # aware, UTC
    expires_at: datetime  # the same; from then on anybody may have it

    def __post_init__(self) -> None:
        if self.claimed_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise ValueError("the times of a claim need a time zone")

    def holds(self, now: datetime) -> bool:
        """Whether nobody else may have the decision at that moment; never of a claim that was let go."""
        return now < self.expires_at and self.claimed_at < self.expires_at
