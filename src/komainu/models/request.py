"""What a model is asked."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One prompt, and what the answer is to look like."""

    system: str  # empty: the prompt is the user's message alone
    user: str
    effort: str = ""  # low, medium, high; empty: not sent
    max_tokens: int  # of the answer, reasoning included
    schema: Mapping[str, object] | None = None  # JSON schema of the final answer
    temperature: float = 0.0
    seed: int | None = None
    top_logprobs: int = 0  # alternatives at each token of the answer; 0: no logprobs at all
