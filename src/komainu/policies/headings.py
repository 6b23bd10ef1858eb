"""Headings of clauses: `### SP1 Title {severity=2 action=hold}`."""

import re

from komainu.domain import Action
from komainu.policies.draft import ClauseDraft
from komainu.policies.markdown import Block, plain
from komainu.policies.source import Place, suggest

CLAUSE_ID = re.compile(r"[A-Z]{2,4}[0-9]{1,3}")
ALLOWED_ID = re.compile(r"[A-Z]{2,4}-A[0-9]{1,3}")
_BRACES = re.compile(r"(?<!\\)\{([^{}]*)\}$")
_PAIR = re.compile(r"([^\s=]+)\s*=\s*([^=]*?)\s*(?=\s[^\s=]+\s*=|$)")


def read_heading(block: Block, *, allowed: bool) -> ClauseDraft:
    """The clause that a heading opens, still without text."""
    raw = block.raw.strip()
    braces = _BRACES.search(raw)
    attributes = _attributes(block, braces[1], allowed=allowed) if braces else {}
    clause_id, title = [*(raw[: braces.start()] if braces else raw).split(maxsplit=1), "", ""][:2]
    _check_id(block, clause_id, allowed=allowed)
    if not title.strip():
        raise block.place.error(f"the clause {clause_id} has no title; write `### {clause_id} What it is about`")
    return ClauseDraft(
        place=block.place,
        id=clause_id,
        title=plain(title.strip()),
        text="",
        severity=_severity(block, attributes),
        action=_action(block, attributes),
        limits=tuple(attributes["limits"].replace(",", " ").split()) if "limits" in attributes else (),
    )


def _check_id(block: Block, clause_id: str, *, allowed: bool) -> None:
    pattern, example, other = (ALLOWED_ID, "SP-A1", CLAUSE_ID) if allowed else (CLAUSE_ID, "SP1", ALLOWED_ID)
    if pattern.fullmatch(clause_id):
        return
    if other.fullmatch(clause_id):
        home = "Violates" if allowed else "Allowed"
        raise block.place.error(f"{clause_id} belongs under `## {home}`; here ids look like {example}")
    letters = "two to four capital letters, -A and a number" if allowed else "two to four capital letters and a number"
    raise block.place.error(f"expected a clause id first, {letters} ({example}); got {clause_id!r}")


def _attributes(block: Block, inside: str, *, allowed: bool) -> dict[str, str]:
    known = ("limits",) if allowed else ("severity", "action")
    found: dict[str, str] = {}
    rest = _PAIR.sub("", inside).strip()
    if rest or not inside.strip():
        raise _near(block, rest or "{").error(f"expected {{{known[0]}=...}}; got {{{inside}}}")
    for key, value in _PAIR.findall(inside):
        if key not in known:
            raise _near(block, key).error(f"unknown attribute {key!r}; {suggest(key, known)}")
        if key in found:
            raise _near(block, key).error(f"the attribute {key!r} is given twice; keep one")
        if not value:
            raise _near(block, key).error(f"the attribute {key!r} has no value")
        found[key] = value
    return found


def _severity(block: Block, attributes: dict[str, str]) -> int | None:
    value = attributes.get("severity")
    if value is None:
        return None
    if value not in {"1", "2", "3", "4"}:
        raise _near(block, "severity").error(f"expected a severity of 1 (minor) to 4 (critical); got {value!r}")
    return int(value)


def _action(block: Block, attributes: dict[str, str]) -> Action | None:
    value = attributes.get("action")
    if value is None:
        return None
    if value not in {"limit", "hold", "block"}:
        advice = suggest(value, ("limit", "hold", "block"))
        raise _near(block, "action").error(f"an action on a violation is limit, hold or block; got {value!r}; {advice}")
    return Action.of(value)


def _near(block: Block, words: str) -> Place:
    line = block.place.source.lines[block.place.line - 1]
    start = line.find(words, line.rfind("{"))
    return block.place.source.at(block.place.line, start + 1) if start >= 0 else block.place
