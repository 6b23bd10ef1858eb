"""A content in a fence that it cannot forge."""

from komainu.domain import Content
from komainu.policies.render.control import without_control_marks
from komainu.policies.render.words import Words

_SHORTEST = 12  # hexadecimal digits of a fence's id


def content_text(content: Content, words: Words, *, delimited: bool = True) -> str:
    """The earlier turns and the content, each between marks with an id that occurs in none of them.

    Half a surrogate pair is no text that can be sent: a question mark stands in its place. Marks of chat templates
    get a zero-width space. Without `delimited`, the texts without a fence.
    """
    turns, text = [*map(_sendable, content.context)], _sendable(content.text)
    if not delimited:
        return "\n\n".join([*turns, text])
    fence = fence_for(content.digest, (*turns, text))
    parts = [
        f"{words.turn} {number}:\n<context id={fence}>\n{turn}\n</context id={fence}>"
        for number, turn in enumerate(turns, 1)
    ]
    parts.append(f"{words.content} ({content.role.value}):\n<content id={fence}>\n{text}\n</content id={fence}>")
    return "\n\n".join(parts)


def reason_text(rationale: str, words: Words) -> str:
    """The reason of another judge, between marks that it cannot forge."""
    said = _sendable(rationale)
    fence = fence_for(Content(text=said).digest, (said,))
    return f"{words.reason}\n<reason id={fence}>\n{said}\n</reason id={fence}>\n\n{words.reason_asked}"


def fence_for(digest: str, texts: tuple[str, ...]) -> str:
    """The start of the content's digest: as much of it as no text holds."""
    for length in range(_SHORTEST, len(digest) + 1):
        if not any(digest[:length] in text for text in texts):
            return digest[:length]
    raise AssertionError("a text that holds its own SHA-256 digest")  # pragma: no cover


def _sendable(text: str) -> str:
    return without_control_marks(text.encode("utf-8", "replace").decode("utf-8"))
