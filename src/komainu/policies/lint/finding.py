"""What a lint found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters: an error must be mended, a warning should, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Something that one lint found, and where."""

    message: str
    path: str
    line: int = 0  # from 1; 0: the whole file
    column: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to mend or to know about a policy or its cases."""

    code: str  # K and three digits
    level: Level
    message: str
    why: str  # it matters
    line: int  # from 1; 0: the whole file
    column: int
    path: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.level.value} {self.code}: {self.message}"
