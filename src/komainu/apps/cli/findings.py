"""A lint finding as a person reads it: place, message, the line with a caret, and why it matters."""

from pathlib import Path

from rich.cells import cell_len
from rich.text import Text

from komainu.apps.cli.console import printable
from komainu.policies.lint import Finding, Level

LEVEL_STYLE = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
BEFORE, AFTER = 60, 100  # characters of a long line shown around the place


def finding_text(finding: Finding) -> Text:
    """The finding in a few lines; the source line is read again from the file."""
    place = f"{finding.path}:{finding.line}:{finding.column}" if finding.line else str(finding.path)
    parts: list[str | tuple[str, str]] = [
        (f"{printable(place)}: ", "bold"),
        (finding.level.value, LEVEL_STYLE[finding.level]),
        f" {finding.code}: {printable(finding.message)}",
    ]
    if shown := _source(finding):
        parts.append(f"\n{shown}")
    if finding.why:
        parts.append((f"\n    {printable(finding.why)}", "dim"))
    return Text.assemble(*parts)


def _source(finding: Finding) -> str:
    """The line with a caret below the column, both cut where the line is long; nothing where there is no place."""
    line = _line(Path(finding.path), finding.line)
    if not line.strip("- "):
        return ""
    column = min(max(finding.column, 1), len(line))
    start = max(0, column - 1 - BEFORE) if len(line) > BEFORE + AFTER else 0
    end = start + BEFORE + AFTER
    before = "…" if start else ""
    shown = f"    {before}{printable(line[start:end])}{'…' if end < len(line) else ''}"
    return f"{shown}\n    {' ' * cell_len(before + printable(line[start : column - 1]))}^"


def _line(path: Path, number: int) -> str:
    """The line of that number, from 1; empty where it cannot be read."""
    if number < 1:
        return ""
    try:
        lines = path.read_bytes().decode("utf-8-sig", errors="replace").split("\n")
    except OSError:
        return ""
    return lines[number - 1].rstrip("\r") if number <= len(lines) else ""
