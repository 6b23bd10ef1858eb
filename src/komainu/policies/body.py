"""The body of a policy: purpose and sections."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import TypeVar

from komainu.policies.draft import Body, ClauseDraft, DefinitionDraft, ExampleDraft, ItemDraft
from komainu.policies.headings import read_heading
from komainu.policies.markdown import Block, plain, read_blocks
from komainu.policies.source import Source, suggest

SECTIONS = ("Definitions", "Violates", "Allowed", "Ambiguity", "Examples")
_JAPANESE = dict(zip(("定義", "違反", "許可", "曖昧な場合", "例"), SECTIONS, strict=True))
_LABELLED = re.compile(r"\*\*(.+?)(?:[:：]\s*\*\*|\*\*\s*[:：])\s*(.*)", re.DOTALL)
_NONE = {"none", "なし"}
_Item = TypeVar("_Item")


def read_body(source: Source, start: int) -> Body:
    """What stands behind line `start`; PolicyError where a section is unknown, doubled or holds something else."""
    blocks = read_blocks(source, start)
    before = list(takewhile(lambda block: not block.heading, blocks))
    sections = _sections(blocks[len(before) :])
    return Body(
        purpose=as_text(before),
        definitions=tuple(_read(sections, "Definitions", _definition)),
        clauses=_clauses(sections.get("Violates", []), allowed=False),
        allowed=_clauses(sections.get("Allowed", []), allowed=True),
        ambiguity=tuple(_read(sections, "Ambiguity", _item)),
        examples=tuple(_read(sections, "Examples", _example)),
    )


def as_text(blocks: Sequence[Block]) -> str:
    """Blocks as plain text: one line a paragraph, list items as `- item`, two spaces deeper per list."""
    return "\n".join(line for line in map(_line, blocks) if line)


def _line(block: Block) -> str:
    words = plain(block.raw)
    if block.marker:
        return f"{'  ' * (block.depth - 1)}{block.marker} {words}"
    return "  " * block.depth + words


def _sections(blocks: Sequence[Block]) -> dict[str, list[Block]]:
    found: dict[str, list[Block]] = {}
    current: list[Block] | None = None
    for block in blocks:
        if block.heading == 2:
            current = found.setdefault(_section_name(block, found), [])
        elif block.heading == 1:
            raise block.place.error("the title stands in the front matter; start with the purpose, then `## Violates`")
        elif current is None:
            raise block.place.error(f"expected a section first, such as `## Violates`; got {block.raw!r}")
        else:
            current.append(block)
    return found


def _section_name(block: Block, found: dict[str, list[Block]]) -> str:
    written = plain(block.raw).strip()
    name = _JAPANESE.get(written, written.capitalize())
    if name not in SECTIONS:
        raise block.place.error(f"unknown section {written!r}; {suggest(name, SECTIONS)}")
    if name in found:
        raise block.place.error(f"the section {name} stands here twice; keep one")
    return name


def _clauses(blocks: Sequence[Block], *, allowed: bool) -> tuple[ClauseDraft, ...]:
    groups: list[list[Block]] = []
    for block in blocks:
        if block.heading == 3:
            groups.append([block])
        elif block.heading:
            raise block.place.error("a clause is opened by three number signs: `### SP1 Title`")
        elif groups:
            groups[-1].append(block)
        else:
            raise block.place.error("expected a clause first: `### SP1 Title`, then its text")
    return tuple(_clause(group, allowed=allowed) for group in groups)


def _clause(group: Sequence[Block], *, allowed: bool) -> ClauseDraft:
    return replace(read_heading(group[0], allowed=allowed), text=as_text(group[1:]))


def _read(sections: dict[str, list[Block]], name: str, one: Callable[[Sequence[Block]], _Item]) -> list[_Item]:
    """The items of a section: every top-level bullet or paragraph, with what is nested in it."""
    groups: list[list[Block]] = []
    for block in sections.get(name, []):
        if block.heading:
            raise block.place.error(f"expected bullets under `## {name}`; got a heading")
        if not block.depth or (block.depth == 1 and block.marker):
            groups.append([block])
        else:
            groups[-1].append(block)
    return [one(group) for group in groups]


def _definition(group: Sequence[Block]) -> DefinitionDraft:
    found = _LABELLED.fullmatch(group[0].raw)
    if not found or not found[2]:
        raise group[0].place.error("expected a definition: `- **Term**: meaning`")
    meaning = "\n".join(filter(None, (plain(found[2]), as_text(group[1:]))))
    return DefinitionDraft(place=group[0].place, term=plain(found[1].strip()), meaning=meaning)


def _item(group: Sequence[Block]) -> ItemDraft:
    text = "\n".join(filter(None, (plain(group[0].raw), as_text(group[1:]))))
    return ItemDraft(place=group[0].place, text=text)


def _example(group: Sequence[Block]) -> ExampleDraft:
    place, found = group[0].place, _LABELLED.fullmatch(group[0].raw)
    if not found or not found[2] or len(group) > 1:
        raise place.error("expected an example on one line: `- **SP1**: text`, or `- **none**: text` where all is well")
    ids = tuple(dict.fromkeys(re.split(r"[\s,、，]+", found[1].strip(" ,、，"))))
    nobody = [one for one in ids if one.casefold() in _NONE]
    if nobody and len(ids) > 1:
        raise place.error(f"an example is either of `none` or of clauses; got {', '.join(ids)}")
    return ExampleDraft(place=place, ids=() if nobody else ids, text=plain(found[2], verbatim=True))
