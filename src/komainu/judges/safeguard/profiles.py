"""How to speak with a kind of model."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from komainu.policies.render import Form

EFFORTS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a kind of model is sent, and what it can do."""

    form: Form
    has_effort: bool = False  # whether it reasons less or more as asked
    effort_field: str = ""  # name of the request's field for the effort; empty: the prompt says it
    max_tokens: Mapping[str, int]  # of an answer, reasoning included, by effort ("" for models without)
    structured: bool = True  # whether the server is asked to hold the answer to a JSON schema
    logprobs: bool = True  # whether the server is asked how likely the answer's tokens were


_REASONING = MappingProxyType({"low": 2_048, "medium": 4_096, "high": 8_192})
_STEPPED = MappingProxyType({"low": 1_024, "medium": 2_048, "high": 4_096})
_WORD = MappingProxyType({"": 8})

# gpt-oss: servers do not hold its answers to a schema reliably while it reasons (vLLM 23120, SGLang 31019), and most
# give no logprobs of its final channel: a profile's options in the configuration turn them on where a server does.
PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        "gpt-oss-safeguard": Profile(
            form=Form.SAFEGUARD, has_effort=True, max_tokens=_REASONING, structured=False, logprobs=False
        ),
        "gpt-oss": Profile(
            form=Form.CHAT,
            has_effort=True,
            effort_field="reasoning_effort",
            max_tokens=_REASONING,
            structured=False,
            logprobs=False,
        ),
        "chat": Profile(form=Form.CHAT, has_effort=True, max_tokens=_STEPPED),
        "yes-no": Profile(form=Form.YES_NO, max_tokens=_WORD, structured=False),
        "llama-guard": Profile(form=Form.LLAMA_GUARD, max_tokens=MappingProxyType({"": 64}), structured=False),
        "qwen3guard": Profile(form=Form.QWEN_GUARD, max_tokens=MappingProxyType({"": 64}), structured=False),
    }
)


def profile_for(model: str) -> str:
    """The profile that suits a model of that name."""
    name = model.casefold()
    for part, profile in (
        ("safeguard", "gpt-oss-safeguard"),
        ("gpt-oss", "gpt-oss"),
        ("llama-guard", "llama-guard"),
        ("llamaguard", "llama-guard"),
        ("qwen3guard", "qwen3guard"),
        ("shieldgemma", "yes-no"),
        ("cope", "yes-no"),
    ):
        if part in name:
            return profile
    return "chat"
