"""The JSON that an answer is held to."""

from collections.abc import Mapping, Sequence


def answer_schema(labels: Sequence[str], longest_step: int = 0) -> Mapping[str, object]:
    """JSON schema of an answer on these clauses: an explicit 0 or 1 for each, and a step of so many characters."""
    flag = {"type": "integer", "enum": [0, 1]}
    quote = _object({"clause": {"type": "string", "enum": list(labels)}, "quote": _text(400)})
    steps = {"analysis": _object(dict.fromkeys(labels, _text(longest_step)))} if longest_step else {}
    return _object(
        {
            **steps,
            "rationale": _text(700),
            "clauses": _object(dict.fromkeys(labels, flag)),
            "evidence": {"type": "array", "maxItems": 12, "items": quote},
            "severity": {"type": "integer", "enum": [0, 1, 2, 3, 4]},
            "confidence": {"type": "string", "enum": ["low", "medium", "high"]},
            "remedy": _text(300),
        }
    )


def _object(properties: Mapping[str, object]) -> dict[str, object]:
    required = list(properties)
    return {"type": "object", "properties": dict(properties), "required": required, "additionalProperties": False}


def _text(longest: int) -> dict[str, object]:
    return {"type": "string", "maxLength": longest}
