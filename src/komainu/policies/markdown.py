"""Markdown as a flat row of blocks, and inline Markdown as plain text."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from komainu.policies.source import Place, Source

LINT_NOTE = re.compile(r"(?<!\\)<!--\s*lint:\s*allow\s([^<>]*)-->\s*$")
_MAX_DEPTH = 8
_COMMENT_START, _COMMENT_END = "<!--", "-->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One heading, paragraph or list item."""

    place: Place
    raw: str  # inline Markdown
    heading: int = 0  # level of a heading; 0: none
    depth: int = 0  # lists it stands in; 0: none
    marker: str = ""  # of the list item that starts here: `-` or `1.`; empty for further paragraphs of an item


def read_blocks(source: Source, start: int) -> list[Block]:
    """The blocks behind line `start`, HTML comments left out; PolicyError on quotes, code blocks and the like."""
    text = without_comments(source, start)
    return list(_blocks(source, _BLOCKS.parse(text)))


def plain(raw: str, *, verbatim: bool = False) -> str:
    """Inline Markdown as plain text: emphasis and code marks dropped, escapes and entities resolved, lines joined.

    Verbatim text keeps its asterisks, underscores and backquotes, as examples of what people write must. Links and
    HTML are text like any other.
    """
    markdown = _VERBATIM if verbatim else _INLINE
    tokens = markdown.parseInline(raw)[0].children or []
    parts = [token.content for token in tokens]
    for number, token in enumerate(tokens):
        if token.type == "hardbreak":
            parts[number] = "\n"
        elif token.type == "softbreak":
            parts[number] = _joint("".join(parts[max(0, number - 4) : number]), "".join(parts[number + 1 : number + 5]))
    return "".join(parts)


def _joint(before: str, after: str) -> str:
    """What joins two lines: nothing between Chinese or Japanese characters, else a space."""
    return "" if before and after and _unspaced(before[-1]) and _unspaced(after[0]) else " "


def _unspaced(character: str) -> bool:
    wide = unicodedata.east_asian_width(character) in {"W", "F"}
    return wide and not unicodedata.name(character, "").startswith("HANGUL")


def _inner_star(state: StateInline, silent: bool) -> bool:
    """Leave an asterisk between two letters alone: it masks a word (f*ck), it does not stress one."""
    before, here, after = (state.src[index : index + 1] for index in (state.pos - 1, state.pos, state.pos + 1))
    if here != "*" or not state.pos or not (_is_letter(before) and _is_letter(after)):
        return False
    if not silent:
        state.pending += "*"
    state.pos += 1
    return True


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _markdown(*inline: str) -> MarkdownIt:
    markdown = MarkdownIt("zero", {"html": False, "maxNesting": 100})  # what is nested deeper is lost
    markdown.enable(["fence", "blockquote", "hr", "list", "heading"])
    if inline:
        markdown.enable(list(inline))
    if "emphasis" in inline:
        markdown.inline.ruler.before("emphasis", "inner_star", _inner_star)
    return markdown


_BLOCKS = _markdown().disable("inline")
_VERBATIM = _markdown("newline", "escape", "entity")
_INLINE = _markdown("newline", "escape", "entity", "backticks", "emphasis")


def without_comments(source: Source, start: int) -> str:
    """The text with comments and the first `start` lines blanked, so that places stay what they are.

    A comment starts its line, or it is a note to the linter at the end of one; elsewhere, the same characters are
    content (people hide commands in comments, and policies quote them).
    """
    kept = [""] * start
    opened = 0  # line on which the comment starts that is not closed yet
    for number, line in enumerate(source.lines[start:], start=start + 1):
        rest = line
        while opened or rest.lstrip().startswith(_COMMENT_START):
            opened = opened or number
            _, closed, rest = rest.partition(_COMMENT_END)
            if not closed:
                break
            opened = 0
        kept.append(LINT_NOTE.sub("", rest) if _COMMENT_END in rest else rest)
    if opened:
        raise source.find(opened, _COMMENT_START).error("the comment is never closed; end it with -->")
    return "\n".join(kept)


def _blocks(source: Source, tokens: list[Token]) -> Iterator[Block]:
    depth, marker, heading = 0, "", 0
    for token in tokens:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                depth += 1
                if depth > _MAX_DEPTH:
                    raise _place(source, token).error(f"lists are nested more than {_MAX_DEPTH} deep; flatten them")
            case "bullet_list_close" | "ordered_list_close":
                depth -= 1
            case "list_item_open":
                marker = f"{token.info}." if token.info else "-"
            case "heading_open":
                heading = int(token.tag[1])
            case "inline":
                place = _place(source, token)
                yield Block(place=place, raw=token.content, heading=heading, depth=depth, marker=marker)
                marker, heading = "", 0
            case "fence" | "code_block" | "blockquote_open":
                raise _place(source, token).error("expected paragraphs and lists; quotes and code blocks are not read")


def _place(source: Source, token: Token) -> Place:
    line = (token.map or [0, 0])[0] + 1
    return source.find(line, token.content.split("\n", 1)[0])
