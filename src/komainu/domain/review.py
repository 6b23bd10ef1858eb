"""One person's word on a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from komainu.domain.ruling import Ruling


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One person's rulings on one decision. A later review does not erase an earlier one."""

    id: str
    decision: str  # id
    reviewer: str  # who
    rulings: Mapping[str, Ruling]  # by clause key; never OPEN
    note: str = ""
    reviewed_at: datetime  # aware, UTC

    def __post_init__(self) -> None:
        if not self.reviewer.strip():
            raise ValueError("a review names its reviewer")
        if not self.rulings:
            raise ValueError("a review rules on at least one clause")
        if any(ruling is Ruling.OPEN for ruling in self.rulings.values()):
            raise ValueError("a review settles what it names: clear or violated")
        if self.reviewed_at.tzinfo is None:
            raise ValueError("reviewed_at needs a time zone")
        object.__setattr__(self, "rulings", MappingProxyType(dict(self.rulings)))
