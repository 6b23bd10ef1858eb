"""Which findings the owner of a policy has accepted."""

import re
from collections.abc import Iterator

from komainu.policies.lint.finding import Finding
from komainu.policies.lint.subject import Subject
from komainu.policies.markdown import LINT_NOTE
from komainu.policies.source import Place, Source


def is_silenced(finding: Finding, subject: Subject) -> bool:
    """Whether the front matter accepts the code for the whole policy, or a note does for the line."""
    if finding.code in subject.draft.head.lint.allow:
        return True
    source = subject.draft.source
    if finding.path != source.path:
        return False
    return any(finding.code == code and finding.line == line for _, code, line in read_notes(source))


def read_notes(source: Source) -> Iterator[tuple[Place, str, int]]:
    """Every code in a note such as `<!-- lint: allow K202 -->`: its place, the code, and the line it speaks of.

    A note that stands alone speaks of the next line, one at the end of a line of that line.
    """
    for number, line in enumerate(source.lines, start=1):
        if found := LINT_NOTE.search(line):
            alone = not line[: found.start()].strip()
            for code in re.finditer(r"[^\s,]+", found[1]):
                place = source.at(number, found.start(1) + code.start() + 1)
                yield place, code[0], number + alone
