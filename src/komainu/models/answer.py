"""What a model answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a call took; 0 where the server does not say."""

    prompt: int = 0  # cached ones included
    cached: int = 0  # of the prompt, read from the server's prefix cache
    reasoning: int = 0  # of the output
    output: int = 0  # reasoning included


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token of an answer."""

    text: str
    logprob: float  # natural
    others: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))  # the likeliest, by text


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, its reasoning kept apart."""

    text: str  # of the final channel alone
    reasoning: str = ""  # the raw trace; never shown to end users, never read as a verdict
    finish_reason: str = ""
    model: str = ""  # as the server names it; empty where it does not
    tokens: Tokens = Tokens()
    seconds: float = 0.0  # wall time
    logprobs: tuple[Token, ...] = ()
