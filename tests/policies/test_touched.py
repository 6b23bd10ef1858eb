"""Which clauses a change can give another verdict."""

import pytest

from komainu.policies import parse
from komainu.policies.diff import compare, touched

POLICY = """---
id: board
title: Board
version: 1.0.0
language: en
---

Keeps the board pleasant.

## Definitions
- **Advert**: a text that sells.
- **Place**: the board.

## Violates
### BD1 Adverts {severity=2}
Posts an advert.
### BD2 Threats {severity=3}
Threatens somebody.

## Allowed
### BD-A1 Notices {limits=BD1}
A notice of a lost thing.
### BD-A2 Plays
Lines of a play.
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Posts an advert.", "Posts an advert twice.", {"BD1"}),
        ("A notice of a lost thing.", "A notice of a thing.", {"BD1"}),
        ("{limits=BD1}", "{limits=BD2}", {"BD1", "BD2"}),
        ("Lines of a play.", "Lines of a song.", {"BD1", "BD2"}),
        ("a text that sells", "a text that buys", {"BD1"}),
        ("the board.\n", "the page.\n", {"BD1", "BD2"}),
        ("pleasant", "quiet", {"BD1", "BD2"}),
        ("severity=3", "severity=4", set()),
        ("1.0.0", "1.1.0", set()),
        ("### BD2 Threats {severity=3}\nThreatens somebody.\n", "", {"BD2"}),
        ("### BD2 Threats", "### BD7 Threats", set()),
    ],
)
def test_a_change_touches(old: str, new: str, expected: set[str]) -> None:
    changed = POLICY.replace(old, new)
    assert changed != POLICY
    assert touched(compare(parse(POLICY, path="old.md"), parse(changed, path="new.md"))) == expected
