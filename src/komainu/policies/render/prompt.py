"""What a model is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Form(StrEnum):
    """How a kind of model is asked."""

    SAFEGUARD = "safeguard"  # gpt-oss-safeguard: the policy is the system message, the content the user's
    CHAT = "chat"  # any instruct model
    YES_NO = "yes_no"  # one clause, answered by one word (CoPE, ShieldGemma)
    LLAMA_GUARD = "llama_guard"  # clauses as numbered categories, answered by safe, or unsafe and numbers
    QWEN_GUARD = "qwen_guard"  # categories of its own: it is sent the content alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question: what is constant for all contents, then the content."""

    system: str
    user: str
    schema: Mapping[str, object] | None  # of the answer, as JSON schema; None where it is no JSON
    labels: Mapping[str, str]  # clause keys by what prompt and answer call them
    answers: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # 1 or 0 by word, for one word
