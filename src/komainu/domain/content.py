"""The thing that is judged."""

from dataclasses import dataclass, field
from enum import StrEnum

from komainu.domain.digest import digest_of


class Role(StrEnum):
    """What part a content plays where it appears."""

    POST = "post"
    COMMENT = "comment"
    MESSAGE = "message"
    LISTING = "listing"
    REVIEW = "review"
    PROFILE = "profile"
    PROMPT = "prompt"
    RESPONSE = "response"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """A stretch of a content's text, in code points: `text[start:end]`, never empty."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end; got start={self.start}, end={self.end}")

    def of(self, text: str) -> str:
        """The words of `text` that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One thing to judge, exactly as it arrived, and the turns before it."""

    text: str
    role: Role = Role.POST
    context: tuple[str, ...] = ()  # earlier turns, oldest first; judged with the text, never instead of it
    digest: str = field(init=False, compare=False)  # names the content: text, role and context

    def __post_init__(self) -> None:
        for part in (self.text, *self.context):
            if not isinstance(part, str):
                raise TypeError(f"content is text; got {type(part).__name__}")
        object.__setattr__(self, "digest", digest_of(self.text, self.role.value, self.context))
