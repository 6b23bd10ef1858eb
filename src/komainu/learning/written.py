"""Rules with labelled cases that were written for training, in the compact form of `training/written/*.rules`.

    @ en plant-swap-forum post
    a: Offers must not name a price in money.
    b: Every offer must name a price in money.
    x a: Postage costs may be named.
    a | Monstera cutting, rooted, 12 euros
    b@comment | what is it? => A hoya, free to a good home

A head (language, domain, role), rules by letter, exceptions with the letters they limit, and cases: the letters of the
rules that the text violates (`-` for none), perhaps another role, and the text behind its earlier turns.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from komainu.domain import Content, Role
from komainu.errors import InputError
from komainu.judges.embedded.words import ClauseWords
from komainu.learning.examples import FINE, VIOLATES, Group, label_matrix

_HEAD = re.compile(r"@ (en|ja) (\S+) (\w+)$")
_RULE = re.compile(r"([a-z]): (.+)$")
_EXCEPTION = re.compile(r"x ([a-z]+): (.+)$")
_CASE = re.compile(r"(-|[a-z]+)(?:@(\w+))? \| ?(.+)$")
_TURN = " => "
_BREAK = " \\n "


@dataclass(slots=True, kw_only=True)
class _Block:
    language: str
    domain: str
    role: Role
    rules: dict[str, str] = field(default_factory=dict)
    exceptions: list[tuple[str, str]] = field(default_factory=list)
    cases: list[tuple[str, Content]] = field(default_factory=list)


def load_written(path: Path) -> list[Group]:
    """Every block of one file; InputError with file and line where one cannot be read."""
    blocks: list[_Block] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.strip():
            try:
                _add(line, blocks)
            except (ValueError, IndexError) as error:
                raise InputError(f"{path}:{number}: {error or 'expected a head before anything else'}") from error
    return [_group(path.stem, block) for block in blocks if block.rules and block.cases]


def _add(line: str, blocks: list[_Block]) -> None:
    if head := _HEAD.match(line):
        blocks.append(_Block(language=head[1], domain=head[2], role=Role(head[3])))
    elif rule := _RULE.match(line):
        blocks[-1].rules[rule[1]] = rule[2]
    elif exception := _EXCEPTION.match(line):
        _known(exception[1], blocks[-1])
        blocks[-1].exceptions.append((exception[1], exception[2]))
    elif case := _CASE.match(line):
        _known(case[1].strip("-"), blocks[-1])
        *turns, text = case[3].replace(_BREAK, "\n").split(_TURN)
        role = Role(case[2]) if case[2] else blocks[-1].role
        blocks[-1].cases.append((case[1], Content(text=text, role=role, context=tuple(turns))))
    else:
        raise ValueError(f"expected a head, a rule, an exception or a case; got {line[:60]!r}")


def _known(letters: str, block: _Block) -> None:
    strangers = set(letters) - block.rules.keys()
    if strangers:
        raise ValueError(f"expected letters of rules above ({', '.join(block.rules)}); got {', '.join(strangers)}")


def _group(file: str, block: _Block) -> Group:
    return Group(
        source=f"written-{block.language}",
        split_by=f"{file}/{block.domain}",
        language=block.language,
        contents=tuple(content for _, content in block.cases),
        clauses=tuple(_clauses(block)),
        labels=label_matrix(
            [[VIOLATES if letter in letters else FINE for letter in block.rules] for letters, _ in block.cases]
        ),
    )


def _clauses(block: _Block) -> Iterator[ClauseWords]:
    for letter, rule in block.rules.items():
        exceptions = tuple(text for letters, text in block.exceptions if letter in letters)
        yield ClauseWords(rule=rule, exceptions=exceptions)
