"""Policies into Markdown: the canonical file of a policy."""

import re
from collections.abc import Iterator
from itertools import chain

from komainu.domain import AllowedClause, Clause, ExactRules, Policy
from komainu.policies.parse import DEFAULT_ACTIONS

_STARS = r"(?<![A-Za-z])\*|\*(?![A-Za-z])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # a star in a word only masks it
_INLINE = re.compile(_STARS + r"|[\\`]|&(?=[#\w])|<(?=!--)")
_VERBATIM = re.compile(r"\\|&(?=[#\w])|<(?=!--)")
_TITLE = re.compile(_STARS + r"|[\\`#{]|&(?=[#\w])|<(?=!--)")
_MARK = re.compile(r"\A(\d+(?=[.)])|(?=[-+#>~]))(.)")
_WORDS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.+ -]*[A-Za-z0-9_.+-])?")


def render_markdown(policy: Policy) -> str:
    """The policy as a file in canonical form: parsing it gives an equal policy.

    Lists and bases that the policy was read from are written out; comments are gone.
    """
    sections = [
        _front_matter(policy),
        _body(policy.purpose),
        _section("Definitions", (f"- **{_label(one.term)}**: {_line(one.meaning)}" for one in policy.definitions)),
        _section("Violates", chain.from_iterable(map(_clause, policy.clauses))),
        _section("Allowed", chain.from_iterable(map(_allowed, policy.allowed))),
        _section("Ambiguity", (f"- {_line(item, start=True)}" for item in policy.ambiguity)),
        _section("Examples", _examples(policy)),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _front_matter(policy: Policy) -> str:
    lines = [
        "---",
        f"id: {yaml_text(policy.id)}",
        f"title: {yaml_text(policy.title)}",
        f"version: {yaml_text(policy.version)}",
        f"language: {policy.language}",
    ]
    if policy.domain:
        lines.append(f"domain: {yaml_text(policy.domain)}")
    if policy.applies_to:
        lines.append(f"applies_to: [{', '.join(role.value for role in policy.applies_to)}]")
    if policy.dominates or policy.yields_to:
        lines += ["precedence:", *_list("dominates", policy.dominates), *_list("yields_to", policy.yields_to)]
    rules = [line for clause in _clauses(policy) for line in _rules(clause)]
    targets = [*_targets(policy)]
    lines += ["rules:", *rules] if rules else []
    lines += [f"targets: {{{', '.join(targets)}}}"] if targets else []
    return "\n".join((*lines, "---"))


def _clauses(policy: Policy) -> tuple[Clause | AllowedClause, ...]:
    return (*policy.clauses, *policy.allowed)


def _list(name: str, ids: tuple[str, ...]) -> Iterator[str]:
    if ids:
        yield f"  {name}: [{', '.join(map(yaml_text, ids))}]"


def _rules(clause: Clause | AllowedClause) -> Iterator[str]:
    if not clause.rules:
        return
    yield f"  {clause.id}:"
    for name in ExactRules.__slots__:
        values: tuple[str, ...] = getattr(clause.rules, name)
        if values:
            yield f"    {name}:"
            yield from (f"      - {yaml_text(value)}" for value in values)


def _targets(policy: Policy) -> Iterator[str]:
    for name in ("max_wrong", "max_held", "min_recall"):
        share: float | None = getattr(policy.targets, name)
        if share is not None:
            yield f"{name}: {share!r}"


def _section(name: str, lines: Iterator[str]) -> str:
    content = "\n".join(lines)
    return f"## {name}\n{content}" if content else ""


def _clause(clause: Clause) -> Iterator[str]:
    action = "" if clause.action is DEFAULT_ACTIONS[clause.severity] else f" action={clause.action.label}"
    yield f"### {clause.id} {_title(clause.title)} {{severity={clause.severity}{action}}}"
    if clause.text:
        yield _body(clause.text)


def _allowed(allowed: AllowedClause) -> Iterator[str]:
    limits = f" {{limits={','.join(allowed.limits)}}}" if allowed.limits else ""
    yield f"### {allowed.id} {_title(allowed.title)}{limits}"
    if allowed.text:
        yield _body(allowed.text)


def _examples(policy: Policy) -> Iterator[str]:
    for clause in _clauses(policy):
        for example in clause.examples:
            yield f"- **{clause.id}**: {_line(example, special=_VERBATIM)}"
    for example in policy.fine:
        yield f"- **none**: {_line(example, special=_VERBATIM)}"


def _body(text: str) -> str:
    """A text as paragraphs and bullets, or, where its lines are not such, as one paragraph with coded line ends."""
    lines = text.split("\n")
    if not all(lines):
        return _line(text, start=True)
    shown = ""
    was_bullet, depth = False, 0
    for line in lines:
        bullet = re.fullmatch(r"((?:  )*)- (.+)", line)
        nested = len(bullet[1]) // 2 if bullet else 0
        is_bullet = bullet is not None and nested <= (depth + 1 if was_bullet else 0)
        if bullet and is_bullet:
            item = f"{bullet[1]}- {_line(bullet[2], start=True)}"
            shown += f"\n{item}" if was_bullet else f"\n\n{item}"
        else:
            shown += f"\n\n{_line(line, start=True)}"
        was_bullet, depth = is_bullet, nested
    return shown.strip("\n")


def _title(title: str) -> str:
    """A title as it stands in a heading: braces and number signs at its end are part of it."""
    return _line(title, special=_TITLE)


def _label(term: str) -> str:
    """A term as it stands between asterisks: a colon at its end is part of it."""
    return re.sub(r"[:：]\Z", lambda found: _coded(found[0]), _line(term))


def _line(text: str, *, start: bool = False, special: re.Pattern[str] = _INLINE) -> str:
    """A text as inline Markdown on one line, with everything escaped that would be read as more than text.

    At the start of a block, list and heading marks are escaped too.
    """
    first, last = text[:1] if text[:1].isspace() else "", text[-1:] if text[-1:].isspace() and len(text) > 1 else ""
    inner = text[len(first) : len(text) - len(last)]
    raw = special.sub(r"\\\g<0>", inner)
    if start and not first:
        raw = _MARK.sub(r"\1\\\2", raw, count=1)
    return "".join((_coded(first), raw.replace("\n", _coded("\n")), _coded(last)))


def _coded(characters: str) -> str:
    return "".join(f"&#{ord(character)};" for character in characters)


def yaml_text(text: str) -> str:
    """A text as YAML: a plain word, or in the quotes it needs."""
    if _WORDS.fullmatch(text) and text.casefold() != "null":
        return text
    if text.isprintable():
        doubled = text.replace("'", "''")
        return f"'{doubled}'"
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"
