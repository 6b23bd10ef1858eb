"""What one judge says about one clause."""

from dataclasses import dataclass
from enum import StrEnum

from komainu.domain.content import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One judge's answer on one clause."""

    clause: str  # key of the clause: policy/clause
    judge: str  # name@version
    probability: float  # that the content violates the clause, 0 to 1
    rationale: str = ""  # a claim, in words; may quote the content
    evidence: tuple[Span, ...] = ()  # where in the content's text
    effort: str = ""  # low, medium, high; empty for judges without
    cost_usd: float = 0.0
    severity: int = 0  # of what was found, 1 to 4, as the judge sees it; 0: it did not say
    confidence: str = ""  # in the judge's own words; a claim, and never a probability
    remedy: str = ""  # what would make the content acceptable, in words

    def __post_init__(self) -> None:
        if not 0.0 <= self.probability <= 1.0:  # NaN is neither
            raise ValueError(f"{self.clause}: a probability is 0 to 1; got {self.probability}")


class Reason(StrEnum):
    """Why a judge gave no answer."""

    CANNOT_SAY = "cannot_say"  # it looked, and does not know
    FAILED = "failed"  # it raised
    TIMED_OUT = "timed_out"
    GARBLED = "garbled"  # what it answered cannot be used
    LATER = "later"  # it is asked at another time; until then the clause is not judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """No answer on one clause, and why. Never read as a good answer."""

    clause: str
    judge: str
    reason: Reason
    detail: str = ""  # for the operator; may quote the content

    @property
    def is_failure(self) -> bool:
        """Whether the judge failed: not knowing is an answer of sorts, and who is asked later has not failed yet."""
        return self.reason not in {Reason.CANNOT_SAY, Reason.LATER}

    @property
    def was_heard(self) -> bool:
        """Whether the judge looked: only then may a judge behind it clear the clause."""
        return self.reason is Reason.CANNOT_SAY


Opinion = Verdict | Abstention
