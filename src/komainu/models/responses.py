"""The Responses API: a request as its fields, and its answers."""

from collections.abc import Mapping

from komainu.models.answer import Answer, Token
from komainu.models.chat import Fields, text_in, tokens_in, tokens_of
from komainu.models.request import Request

_FINAL_PHASES = frozenset({None, "final_answer"})  # not `commentary`, which goes before tool calls
_FINISHED = {"max_output_tokens": "length", "content_filter": "content_filter"}


def responses_fields(request: Request, *, model: str, structured: bool, effort_field: str) -> Fields:
    """The request's JSON; nothing is stored at the server."""
    fields: Fields = {
        "model": model,
        "input": [{"role": "user", "content": request.user}],
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "store": False,
    }
    if request.system:
        fields["instructions"] = request.system
    if request.top_logprobs:
        fields |= {"top_logprobs": request.top_logprobs, "include": ["message.output_text.logprobs"]}
    if structured and request.schema is not None:
        schema = {"type": "json_schema", "name": "verdict", "strict": True, "schema": request.schema}
        fields["text"] = {"format": schema}
    if effort_field and request.effort:
        fields["reasoning"] = {"effort": request.effort}
    return fields


def read_responses(body: Mapping[str, object], seconds: float) -> Answer:
    """The answer in a response's JSON; ValueError where it is none."""
    output = body.get("output")
    if not isinstance(output, list):
        raise ValueError("a response has output; this one has none")
    texts, traces, logprobs = [], [], list[Token]()
    for item in output:
        if not isinstance(item, dict):
            raise ValueError("an item of the output is an object")
        content = item.get("content")
        if item.get("type") == "message" and item.get("role", "assistant") == "assistant":
            if item.get("phase") not in _FINAL_PHASES:
                continue
            texts.append(text_in(content))
            logprobs += [token for part in content or () for token in tokens_of({"content": part.get("logprobs")})]
        elif item.get("type") == "reasoning":
            parts = [*(content or ()), *(item.get("summary") or ())]
            traces += [str(part["text"]) for part in parts if isinstance(part, dict) and part.get("text")]
    return Answer(
        text="".join(texts),
        reasoning="\n".join(traces),
        finish_reason=_finish(body),
        model=str(body.get("model") or ""),
        tokens=tokens_in(body),
        seconds=seconds,
        logprobs=tuple(logprobs),
    )


def _finish(body: Mapping[str, object]) -> str:
    """In the words of Chat Completions; a response that failed or goes on is no answer."""
    status = body.get("status")
    if status == "incomplete":
        details = body.get("incomplete_details")
        reason = str(details.get("reason")) if isinstance(details, Mapping) else ""
        return _FINISHED.get(reason, "length")
    if status not in {"completed", None}:
        raise ValueError(f"expected a completed response; got status {status!s:.40}")
    return "stop"
