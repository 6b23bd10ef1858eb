"""Read the JSON of an answer: tolerant where the meaning is certain, strict where it is not."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from komainu.judges.safeguard.said import Quote, Said, Unreadable, plain_label

_LONGEST = 200_000  # characters of an answer that are looked at
_DEEPEST = 32  # brackets within brackets
_ECHO = 20  # characters from which a part of the content given back is no coincidence
_MOST_QUOTES = 500  # of one answer; each is looked for in the content and in every turn before it
_TRAILING = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)  # strings are kept as they are
_ANSWERS = re.compile(r"""\bclauses["']?\s*:""")
_MOST_OBJECTS, _LONGEST_OBJECT = 50, 20_000  # of a content, that are held against the answer; the latter in characters
_STEPS = re.compile(r'"analysis"\s*:\s*\{')
_OPENS = re.compile(r'\{\s*"')
_FLAGS = {"1": True, "0": False, "yes": True, "no": False, "true": True, "false": False}
_CONFIDENCES = ("low", "medium", "high")


class _Contradiction:
    """Stands where one key was given two values."""


def read_said(text: str, labels: Collection[str], content_text: str = "") -> Said:
    """The one answer in a text; Unreadable where there is none, or several, or one that stands in the content.

    What may be a second answer counts as one, also where it is cut off, is no JSON or lies too far behind.
    A clause counts as answered only by a 0 or 1 (or yes, no, true, false) of its own.
    """
    if _ANSWERS.search(text, _LONGEST):
        raise Unreadable(f"expected an answer of up to {_LONGEST} characters; got one of {len(text)}")
    found = [one for one in _objects(text[:_LONGEST]) if "clauses" in one[0]]
    if not found:
        raise Unreadable(f"expected a JSON object with clauses; got {_shown(text)}")
    given, raw = found[0]
    if any(other != given for other, _ in found[1:]):
        raise Unreadable(f"expected one answer; got {len(found)} that differ")
    if _is_echo(raw, content_text) or _is_echo(_behind_steps(raw), content_text) or _stands_in(given, content_text):
        raise Unreadable("expected an answer; got words of the content given back")
    known = {plain_label(label): label for label in labels}
    answered, strangers = _answered(given["clauses"], known)
    quotes, unasked = _quotes(given.get("evidence"), known)
    return Said(
        violated=answered,
        quotes=quotes,
        rationale=_text(given.get("rationale")),
        severity=_severity(given.get("severity")),
        confidence=_confidence(given.get("confidence")),
        remedy=_text(given.get("remedy")),
        steps=_steps(given.get("analysis"), known),
        unknown=tuple(dict.fromkeys((*strangers, *unasked))),
    )


def _objects(text: str) -> Iterator[tuple[dict[str, object], str]]:
    """Every outermost JSON object of the text, with how it stands there; Unreadable where one seems to be broken.

    Braces that are no JSON are passed over only where they hold no answer: the part of a broken object that can be read
    may be a draft, an example, or what the rest takes back.
    """
    start = text.find("{")
    while start >= 0:
        end = _end(text, start)
        raw = text[start:end]
        given = _parsed(raw) if end is not None else None
        if given is not None:
            yield given, raw
        elif _ANSWERS.search(raw) or (end is None and _OPENS.match(raw)):
            raise Unreadable(f"expected whole JSON; got {_shown(raw)}")
        elif end is None:
            return
        start = text.find("{", start + 1 if given is None else end)


def _end(text: str, start: int) -> int | None:
    """Behind the brace that closes the one at `start`; None where it stays open or lies too deep."""
    depth, is_quoted, is_escaped = 0, False, False
    for place in range(start, len(text)):
        character = text[place]
        if is_quoted:
            if is_escaped:
                is_escaped = False
            elif character == "\\":
                is_escaped = True
            elif character == '"':
                is_quoted = False
        elif character == '"':
            is_quoted = True
        elif character in "{[":
            depth += 1
            if depth > _DEEPEST:
                return None
        elif character in "}]":
            depth -= 1
            if not depth:
                return place + 1
    return None


def _parsed(raw: str) -> dict[str, object] | None:
    for tidied in (False, True):
        attempt = _TRAILING.sub(r"\1", raw) if tidied else raw
        try:
            found = json.loads(attempt, object_pairs_hook=_once, strict=False)
        except (ValueError, RecursionError):
            continue
        return found if isinstance(found, dict) else None
    return None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The pairs; a key given twice keeps its value only where both are the same."""
    found: dict[str, object] = {}
    for key, value in pairs:
        same = key not in found or (found[key] == value and type(found[key]) is type(value))
        found[key] = value if same else _Contradiction
    return found


def _answered(clauses: object, known: Mapping[str, str]) -> tuple[dict[str, bool], list[str]]:
    """Flags by label, and names that were not asked about."""
    pairs = list(clauses.items()) if isinstance(clauses, dict) else list(_listed(clauses))
    flags: dict[str, set[bool | None]] = {}
    strangers = []
    for name, value in pairs:
        label = known.get(plain_label(name))
        if label is None:
            strangers.append(_text(str(name))[:80])
        else:
            flags.setdefault(label, set()).add(_flag(value))
    return {label: bool(some.pop()) for label, some in flags.items() if len(some) == 1 and None not in some}, strangers


def _listed(clauses: object) -> Iterator[tuple[str, object]]:
    """Of a list of objects that each name a clause and say whether it is violated."""
    for one in clauses if isinstance(clauses, list) else ():
        if isinstance(one, dict):
            name = one.get("clause", one.get("id"))
            if isinstance(name, str):
                yield name, one.get("violated", one.get("violates", one.get("value")))


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str):
        return _FLAGS.get(plain_label(value))
    return None


def _quotes(evidence: object, known: Mapping[str, str]) -> tuple[tuple[Quote, ...], list[str]]:
    quotes, strangers = [], []
    given = evidence if isinstance(evidence, list) else []
    if len(given) > _MOST_QUOTES:
        raise Unreadable(f"expected at most {_MOST_QUOTES} quotes; got {len(given)}")
    for one in given:
        name, quote = (one.get("clause", one.get("id")), one.get("quote")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(quote, str):
            continue
        label = known.get(plain_label(name))
        if label is None:
            strangers.append(_text(name)[:80])
        else:
            quotes.append(Quote(clause=label, text=quote))
    return tuple(quotes), strangers


def _steps(given: object, known: Mapping[str, str]) -> Mapping[str, str]:
    """What was written on each clause before the verdict, by label; on all of them under an empty one."""
    if given is None:
        return {}
    if isinstance(given, str):
        return {"": _text(given)}
    if not isinstance(given, dict) or not all(isinstance(step, str) for step in given.values()):
        raise Unreadable("expected steps in words, one for each clause; got something that could be a second answer")
    return {known.get(plain_label(name), ""): _text(step) for name, step in given.items()}


def _severity(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 4 else None


def _confidence(value: object) -> str:
    word = value.strip().casefold() if isinstance(value, str) else ""
    return word if word in _CONFIDENCES else ""


def _text(value: object) -> str:
    """Words without half surrogate pairs, which no record can hold."""
    return value.encode("utf-8", "replace").decode("utf-8").strip() if isinstance(value, str) else ""


def _behind_steps(raw: str) -> str:
    """The object without the steps that stand before its verdict: these are the model's own, whatever follows."""
    found = _STEPS.search(raw)
    end = _end(raw, found.end() - 1) if found is not None else None
    return "" if end is None else raw[end:].lstrip(" ,\n\r\t").rstrip("} \n\r\t")


def _stands_in(given: Mapping[str, object], content_text: str) -> bool:
    """Whether the content has an object that says of the clauses what this one does, in other words or places too."""
    return any(
        one[0].get("clauses") == given["clauses"] and one[0].get("rationale") == given.get("rationale")
        for one in _objects_of(content_text)
    )


def _objects_of(content_text: str) -> Iterator[tuple[dict[str, object], str]]:
    """Objects with clauses in a content, which may hold broken ones as well."""
    if not _ANSWERS.search(content_text):
        return
    for found in islice(_OPENS.finditer(content_text), _MOST_OBJECTS):
        near = content_text[found.start() : found.start() + _LONGEST_OBJECT]
        end = _end(near, 0)
        raw = near[:end]
        given = _parsed(raw) if end is not None and _ANSWERS.search(raw) else None
        if given is not None and "clauses" in given:
            yield given, raw


def _is_echo(raw: str, content_text: str) -> bool:
    # The prompt breaks marks of chat templates with a zero-width space, which a faithful echo has too.
    answer, content = ("".join(text.replace("\u200b", "").split()) for text in (raw, content_text))
    return len(answer) >= _ECHO and answer in content


def _shown(text: str) -> str:
    return repr(" ".join(text[:400].split())[:80])
