"""One person's word on a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from komainu.domain.appeal import Outcome
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
    second: tuple[str, ...] = ()  # of the clauses: those on which this word alone is not enough
    appeal: str = ""  # id of the appeal that was open; empty: none was
    outcome: Outcome | None = None  # of that appeal, where this review settles it

    def __post_init__(self) -> None:
        if not self.reviewer.strip():
            raise ValueError("a review names its reviewer")
        if not self.rulings:
            raise ValueError("a review rules on at least one clause")
        if any(ruling is Ruling.OPEN for ruling in self.rulings.values()):
            raise ValueError("a review settles what it names: clear or violated")
        if self.reviewed_at.tzinfo is None:
            raise ValueError("reviewed_at needs a time zone")
        if strangers := [key for key in self.second if key not in self.rulings]:
            raise ValueError(f"another word is wanted only on what a review rules on; got {', '.join(strangers)}")
        if self.outcome is not None and not self.appeal:
            raise ValueError("an outcome is that of an appeal; the review names none")
        object.__setattr__(self, "rulings", MappingProxyType(dict(self.rulings)))
