"""A model server that answers in the form it is asked for, by a few words in the text."""

import asyncio
import json
import re
from collections.abc import Callable

from tests.models.fault_server import MODEL, Behaviour, Fields, completion, reply

Rule = Callable[[str, str], str]  # label and text to the quote that shows a violation, or nothing


def followers(label: str, text: str) -> str:
    """FO1 is violated by a text that speaks of followers."""
    found = re.search(r"followers", text)
    return found[0] if found and label.endswith("FO1") else ""


def asked_text(fields: Fields) -> str:
    """The content in the prompt of a request."""
    user = fields["messages"][-1]["content"]
    found = re.search(r"<content id=(\w+)>\n(.*)\n</content id=\1>", user, re.DOTALL)
    return found[2] if found else user


def asked_labels(fields: Fields) -> list[str]:
    found = re.search(r'"clauses": (\{.*?\})', fields["messages"][0]["content"])
    assert found, fields["messages"][0]["content"][:300]
    return list(json.loads(found[1]))


def verdict(flags: dict[str, str], **other: object) -> str:
    """The JSON of an answer: a quote for each label that is violated, nothing for the rest."""
    violated = [label for label, quote in flags.items() if quote]
    return json.dumps(
        {
            "rationale": f"{', '.join(violated)} applies." if violated else "No clause applies.",
            "clauses": {label: int(bool(quote)) for label, quote in flags.items()},
            "evidence": [{"clause": label, "quote": flags[label]} for label in violated],
            "severity": 2 if violated else 0,
            "confidence": "high",
            "remedy": "Leave it out." if violated else "",
            **other,
        },
        ensure_ascii=False,
    )


def obedient(rule: Rule = followers, model: str = MODEL) -> Behaviour:
    """Answers every clause by the rule."""

    async def behave(fields: Fields, writer: asyncio.StreamWriter) -> None:
        text = asked_text(fields)
        flags = {label: rule(label, text) for label in asked_labels(fields)}
        await reply(completion(verdict(flags), model=model))(fields, writer)

    return behave


def saying(text: str, **about: object) -> Behaviour:
    """Answers these words."""
    return reply(completion(text, **about))  # type: ignore[arg-type]
