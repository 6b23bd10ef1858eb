"""A known answer, to learn from and to measure against."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Whether one content violates one clause, and who says so."""

    id: str
    content: str  # digest
    clause: str  # key: policy/clause
    policy: str  # id@version that it was judged under
    violates: bool
    source: str  # who says so: review:NAME, import:FILE, ...
    labelled_at: datetime  # aware, UTC

    def __post_init__(self) -> None:
        if not self.source:
            raise ValueError("a label names its source")
        if self.labelled_at.tzinfo is None:
            raise ValueError("labelled_at needs a time zone")
