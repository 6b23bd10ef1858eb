"""How long prompts are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from komainu.domain import Policy
from komainu.policies.render.prompt import Form
from komainu.policies.render.render import system_prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBudget:
    """What one policy adds to the constant part of a prompt."""

    policy: str  # id
    characters: int
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The constant part of a prompt, policy by policy."""

    policies: tuple[PolicyBudget, ...]
    total: int  # tokens, the renderer's own sentences included


def budget(form: Form, policies: Sequence[Policy], count: Callable[[str], int] | None = None) -> Budget:
    """The tokens of the prompt without content, by `count`, else estimated."""
    counted = count or estimated_tokens
    parts = []
    for policy in () if form is Form.QWEN_GUARD else policies:  # that model is sent no policy
        clause = policy.clauses[0] if form is Form.YES_NO else None
        text = system_prompt(form, [policy], clause=clause)
        parts.append(PolicyBudget(policy=policy.id, characters=len(text), tokens=counted(text)))
    if form in {Form.SAFEGUARD, Form.CHAT}:
        total = counted(system_prompt(form, policies))
    else:
        total = max((part.tokens for part in parts), default=0)
    return Budget(policies=tuple(parts), total=total)


def estimated_tokens(text: str) -> int:
    """About four ASCII characters a token, one and a half of other alphabets, one of Chinese and Japanese."""
    ascii_count = sum(character < "\x80" for character in text)
    dense = sum(character >= "\u2e80" for character in text)
    return round(ascii_count / 4 + dense + (len(text) - ascii_count - dense) / 1.5)
