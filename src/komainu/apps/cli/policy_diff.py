"""`komainu policy diff`: what differs in meaning between two versions of policies."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from komainu.apps.cli.console import counted, print_json, printable, short, stdout
from komainu.apps.cli.options import Json
from komainu.domain import Policy
from komainu.errors import UsageError
from komainu.policies import Case, load, policy_files
from komainu.policies.cases import cases_file, read_cases
from komainu.policies.diff import Change, Edit, Effect, Op, PolicyDiff, compare, warnings

DIFFERENT = 1  # exit code
KEPT = 40  # characters shown on either side of what was reworded
EFFECT = {
    Effect.VERDICT: ("verdict", "bold red"),
    Effect.ACTION: ("action ", "yellow"),
    Effect.NONE: ("neither", "dim"),
}
MARKS = {Op.KEEP: ("", "", ""), Op.CUT: ("[-", "-]", "red"), Op.PUT: ("{+", "+}", "green")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two paths hold: policies that both have, and those that one has alone."""

    both: tuple[tuple[PolicyDiff, tuple[str, ...]], ...]  # each with its warnings
    removed: tuple[str, ...] = ()  # ids
    added: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return not (self.removed or self.added or any(diff.changes for diff, _ in self.both))


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command("diff")(diff_policies)


def diff_policies(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A policy file or folder, or a folder of policies.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same, as it is now.")],
    *,
    json: Json = False,
) -> None:
    """Show what differs between two versions of a policy, or of a folder of policies: by clause and word, not by line.

    Each change is marked by what it can do: `verdict` (other content violates), `action` (the same violates, and
    something else is done about it) or `neither`. Warnings say what to mend: a version that stayed, cases that name a
    clause that is gone.

    The exit code is 0 where both say the same, 1 where they differ, 2 where one cannot be read.
    """
    compared = _compared(old, new)
    if json:
        print_json(_json(compared))
    else:
        _show(compared)
    if not compared.is_same:
        raise typer.Exit(DIFFERENT)


def _compared(old: Path, new: Path) -> Compared:
    was, now = _policies(old), _policies(new)
    if len(was) == len(now) == 1:
        (before,), (after,) = was.values(), now.values()
        return Compared(both=(_one(before, after),))
    return Compared(
        both=tuple(_one(was[one], now[one]) for one in now if one in was),
        removed=tuple(one for one in was if one not in now),
        added=tuple(one for one in now if one not in was),
    )


def _policies(path: Path) -> dict[str, tuple[Policy, Path]]:
    """The policies at a path by id, each with its file; UsageError where two have one id."""
    found: dict[str, tuple[Policy, Path]] = {}
    for file in policy_files(path):
        policy = load(file)
        if policy.id in found:
            raise UsageError(
                f"{file}: expected each policy once; {policy.id!r} is also the id of {found[policy.id][1]}"
            )
        found[policy.id] = (policy, file)
    return found


def _one(was: tuple[Policy, Path], now: tuple[Policy, Path]) -> tuple[PolicyDiff, tuple[str, ...]]:
    diff = compare(was[0], now[0])
    return diff, warnings(diff, _cases(now[1]) or _cases(was[1]))


def _cases(file: Path) -> tuple[Case, ...]:
    """The cases beside a policy as far as they can be read: what is wrong with them is told by lint."""
    path = cases_file(file)
    return read_cases(path, None)[0] if path.is_file() else ()


def _show(compared: Compared) -> None:
    for diff, warned in compared.both:
        if not diff.changes and len(compared.both) > 1:
            continue
        stdout.print(_headline(diff))
        for change in diff.changes:
            for line in _lines(change):
                stdout.print(line, soft_wrap=True)
        for warning in warned:
            stdout.print(Text.assemble(("warning ", "yellow"), printable(warning)), soft_wrap=True)
        stdout.print()
    for what, ids, style in (("removed", compared.removed, "red"), ("added", compared.added, "green")):
        for policy_id in ids:
            stdout.print(Text(f"policy {what}: {printable(policy_id)}", style))
    if compared.is_same:
        stdout.print("No difference in what they say.")


def _headline(diff: PolicyDiff) -> Text:
    counts = (
        f"{counted(len(diff.changes), 'change')}: {diff.count(Effect.VERDICT)} can change a verdict, "
        f"{diff.count(Effect.ACTION)} what is done about it, {diff.count(Effect.NONE)} neither"
    )
    return Text.assemble((printable(f"{diff.old.name} → {diff.new.name}"), "bold"), f"  {counts}")


def _lines(change: Change) -> Iterator[Text]:
    name = " ".join(filter(None, (change.name, change.field)))
    what = f" {printable(name)} {change.kind.value}"
    if change.edits:
        yield Text.assemble(EFFECT[change.effect], what, ": ", *_marked(change.edits))
        return
    if change.out or change.put:
        yield Text.assemble(EFFECT[change.effect], what)
        for op, members in ((Op.CUT, change.out), (Op.PUT, change.put)):
            for member in members:
                start, end, style = MARKS[op]
                yield Text.assemble("        ", (f"{start}{short(member, 110)}{end}", style))
        return
    values = " → ".join(short(one, 110) for one in (change.old, change.new) if one)
    told = values and change.kind.value != "respaced"
    yield Text.assemble(EFFECT[change.effect], what, f": {values}" if told else "")


def _marked(pieces: Sequence[Edit]) -> Iterator[tuple[str, str]]:
    """The text with what was taken out and put in between marks; long stretches that stayed are cut short."""
    for place, piece in enumerate(pieces):
        start, end, style = MARKS[piece.op]
        text = printable(piece.text)
        if piece.op is not Op.KEEP:
            space = " " if text.startswith(" ") else ""
            yield f"{space}{start}{text.strip()}{end}", style
        elif len(text) <= 2 * KEPT:
            yield text, style
        else:
            before = "" if place == 0 else text[:KEPT]
            after = "" if place == len(pieces) - 1 else text[-KEPT:]
            yield f"{before}…{after}", style


def _json(compared: Compared) -> dict[str, object]:
    return {
        "same": compared.is_same,
        "policies": [
            {
                "old": diff.old.name,
                "new": diff.new.name,
                "counts": {effect.value: diff.count(effect) for effect in Effect},
                "changes": [_change(change) for change in diff.changes],
                "warnings": list(warned),
            }
            for diff, warned in compared.both
        ],
        "removed": list(compared.removed),
        "added": list(compared.added),
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind.value,
        "part": change.part.value,
        "effect": change.effect.value,
        "name": change.name,
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "edits": [{"op": edit.op.value, "text": edit.text} for edit in change.edits],
        "out": list(change.out),
        "put": list(change.put),
    }
