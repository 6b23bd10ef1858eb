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

    @property
    def decides(self) -> bool:
        """Whether it decides on any content."""
        return self in {State.CANARY, State.LIVE}


class StepKind(StrEnum):
    """What a step is: something that came about, or somebody's word on whether it should."""

    TAKEN = "taken"  # a judge's version has come to the state
    PROPOSED = "proposed"  # somebody asks that a policy's version come to it
    APPROVED = "approved"  # somebody else agrees to such a request
    REJECTED = "rejected"  # somebody closes one


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """That something has come to a state, or that somebody asks for that, agrees or refuses; by whom and why."""

    id: str
    subject: str  # what: `judge:name@version`, `policy:id@version#digest`
    state: State
    by: str  # a person, or `komainu` where a rule decided
    why: str
    share: float = 0.0  # of the content, in a canary
    taken_at: datetime  # aware, UTC
    kind: StepKind = StepKind.TAKEN
    about: str = ""  # id of the request that is approved or rejected
    approvals: int = 0  # that a request needed by the configuration under which it was made
    skips_trial: bool = False  # whether a request is for live without having been a canary

    def __post_init__(self) -> None:
        if not self.subject or not self.by.strip() or not self.why.strip():
            raise ValueError("a step has a subject, and says by whom it was taken and why")
        if not 0.0 <= self.share <= 1.0 or (self.share > 0) is not (self.state is State.CANARY):
            raise ValueError(f"a canary has a share of up to 1, and nothing else has; got {self.share} at {self.state}")
        if bool(self.about) is not (self.kind in {StepKind.APPROVED, StepKind.REJECTED}):
            raise ValueError(f"approvals and rejections are about a request, and nothing else is; got {self.kind}")
        if (self.approvals or self.skips_trial) and self.kind is not StepKind.PROPOSED:
            raise ValueError(f"requests alone need approvals or skip a trial; got {self.kind}")
        if self.approvals < 0 or (self.skips_trial and self.state is not State.LIVE):
            raise ValueError("a request needs 0 approvals or more, and skips a trial on its way to live alone")
        if self.taken_at.tzinfo is None:
            raise ValueError("taken_at needs a time zone")
