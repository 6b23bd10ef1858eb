"""A step in the life of something that decides: a judge's version, or a policy's."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """How far something has come that may decide on content one day."""

    DRAFT = "draft"  # made, and asked about nothing
    SHADOW = "shadow"  # asked about what others decide, and decides nothing
    CANARY = "canary"  # decides on a share of the content
    LIVE = "live"  # decides
    RETIRED = "retired"  # decides no more, or never did


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """That something has come to a state, by whom and why."""

    id: str
    subject: str  # what: `judge:name@version`, `policy:id@version#digest`
    state: State
    by: str  # a person, or `komainu` where a rule decided
    why: str
    share: float = 0.0  # of the content, in a canary
    taken_at: datetime  # aware, UTC

    def __post_init__(self) -> None:
        if not self.subject or not self.by.strip() or not self.why.strip():
            raise ValueError("a step has a subject, and says by whom it was taken and why")
        if not 0.0 <= self.share <= 1.0 or (self.share > 0) is not (self.state is State.CANARY):
            raise ValueError(f"a canary has a share of up to 1, and nothing else has; got {self.share} at {self.state}")
        if self.taken_at.tzinfo is None:
            raise ValueError("taken_at needs a time zone")
