"""How to speak with a kind of model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    # By clause key, of a model that has categories of its own.
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


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


# Of Qwen3Guard (its model card): what `Categories:` can name.
QWEN_CATEGORIES = (
    "Violent",
    "Non-violent Illegal Acts",
    "Sexual Content or Sexual Acts",
    "PII",
    "Suicide & Self-Harm",
    "Unethical Acts",
    "Politically Sensitive Topics",
    "Copyright Violation",
    "Jailbreak",
)


def with_categories(profile: Profile, given: Mapping[str, object]) -> Profile:
    """The profile of a model with categories of its own, and which of them stand for which clause (by key).

    ValueError where the model has none to map, where none are mapped, or where it has no such category.
    """
    if profile.form is not Form.QWEN_GUARD:
        if given:
            raise ValueError("categories are for qwen3guard: other profiles read the policy")
        return profile
    if not given:
        raise ValueError(
            "qwen3guard reads no policy: say in `categories` which of its own stand for which clause, as "
            '{"violence/VI1" = ["Violent"]}'
        )
    known = {name.casefold(): name for name in QWEN_CATEGORIES}
    found: dict[str, tuple[str, ...]] = {}
    for key, names in given.items():
        named = [names] if isinstance(names, str) else names
        if not isinstance(named, Sequence) or not named or any(str(name).casefold() not in known for name in named):
            raise ValueError(f"expected categories for {key} out of {', '.join(QWEN_CATEGORIES)}; got {names!r}")
        found[key] = tuple(known[str(name).casefold()] for name in named)
    return replace(profile, categories=MappingProxyType(found))


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
