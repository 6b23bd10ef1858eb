"""Chat Completions: a request as its fields, and its answers."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from komainu.models.answer import Answer, Token, Tokens
from komainu.models.request import Request

Fields = dict[str, object]


def chat_fields(request: Request, *, model: str, structured: bool, effort_field: str) -> Fields:
    """The request's JSON."""
    messages = [{"role": "system", "content": request.system}] if request.system else []
    fields: Fields = {
        "model": model,
        "messages": [*messages, {"role": "user", "content": request.user}],
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
    }
    if request.seed is not None:
        fields["seed"] = request.seed
    if request.top_logprobs:
        fields |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    if structured and request.schema is not None:
        schema = {"name": "verdict", "strict": True, "schema": request.schema}
        fields["response_format"] = {"type": "json_schema", "json_schema": schema}
    if effort_field and request.effort:
        fields[effort_field] = request.effort
    return fields


def read_chat(body: Mapping[str, object], seconds: float) -> Answer:
    """The answer in a completion's JSON; ValueError where it is none."""
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise ValueError("a completion has choices; this one has none")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ValueError("a choice has a message; this one has none")
    return Answer(
        text=text_in(message.get("content")),
        reasoning=reasoning_in(message),
        finish_reason=str(choice.get("finish_reason") or ""),
        model=str(body.get("model") or ""),
        tokens=tokens_in(body),
        seconds=seconds,
        logprobs=tuple(tokens_of(choice.get("logprobs"))),
    )


def text_in(content: object) -> str:
    """The words of a message's content: a string, or a list of parts; nothing where it is null."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") in _FINAL]
        if all(isinstance(part, str) for part in parts):
            return "".join(map(str, parts))
    raise ValueError(f"content is text or null; got {type(content).__name__}")


_FINAL = frozenset({"text", "output_text"})


def reasoning_in(message: Mapping[str, object]) -> str:
    """The trace: `reasoning_content` (vLLM, SGLang, llama.cpp), `reasoning` (vLLM, Ollama, LM Studio), `thinking`."""
    for name in ("reasoning_content", "reasoning", "thinking"):
        if isinstance(message.get(name), str) and message[name]:
            return str(message[name])
    return ""


def tokens_in(body: Mapping[str, object]) -> Tokens:
    """What `usage` says, or llama.cpp's `timings` of cached tokens; counts that are no counts are 0."""
    usage, timings = _mapping(body.get("usage")), _mapping(body.get("timings"))
    prompt = _count(usage, "prompt_tokens") or _count(usage, "input_tokens")
    details = _mapping(usage.get("prompt_tokens_details")) or _mapping(usage.get("input_tokens_details"))
    of_output = _mapping(usage.get("completion_tokens_details")) or _mapping(usage.get("output_tokens_details"))
    return Tokens(
        prompt=prompt,
        cached=min(prompt, _count(details, "cached_tokens") or _count(timings, "cache_n")),
        reasoning=_count(of_output, "reasoning_tokens"),
        output=_count(usage, "completion_tokens") or _count(usage, "output_tokens"),
    )


def tokens_of(logprobs: object) -> Sequence[Token]:
    """The tokens with their likelihoods; none where they are missing or malformed."""
    content = _mapping(logprobs).get("content")
    found = []
    for one in content if isinstance(content, list) else ():
        text, logprob = _mapping(one).get("token"), _mapping(one).get("logprob")
        if not isinstance(text, str) or not _is_logprob(logprob):
            return ()
        top = _mapping(one).get("top_logprobs")
        others = {
            str(other["token"]): float(other["logprob"])
            for other in (top if isinstance(top, list) else ())
            if isinstance(other, dict) and isinstance(other.get("token"), str) and _is_logprob(other.get("logprob"))
        }
        found.append(Token(text=text, logprob=float(str(logprob)), others=MappingProxyType(others)))
    return found


def _is_logprob(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _count(of: Mapping[str, object], name: str) -> int:
    value = of.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0
