"""Where the command line writes, and how its nouns look there."""

from collections.abc import Iterable, Sequence

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from komainu.apps.cli.wire import dumped
from komainu.domain import Abstention, Action, Content, Decision, Opinion, Reason, Ruling, Verdict

stdout = Console()
stderr = Console(stderr=True)

ACTION_STYLE = {
    Action.ALLOW: "green",
    Action.LIMIT: "yellow",
    Action.HOLD: "cyan",
    Action.BLOCK: "bold red",
}


def printable(text: str) -> str:
    """The text on one line, fit for any terminal: what cannot be shown is escaped."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return " " if character in "\n\t\r" else character.encode("unicode_escape").decode("ascii")


def short(text: str, width: int) -> str:
    """The text on one line, cut to `width` characters."""
    line = printable(text[: width * 2])
    return line if len(line) <= width and len(text) <= width * 2 else line[: width - 1] + "…"


def lines(text: str) -> str:
    """The text with its line breaks, fit for any terminal."""
    return "\n".join(printable(line) for line in text.splitlines())


def first_words(content: Content | None, width: int) -> str:
    """The start of the content on one line, or that there is none any more."""
    return short(content.text, width) if content is not None else "(forgotten)"


def counted(number: int, noun: str) -> str:
    """The number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_json(value: object) -> None:
    """The value as indented JSON: UTF-8 whatever the encoding of the terminal, since JSON has no other."""
    typer.echo(dumped(value, indent=2).encode("utf-8"))


def action_text(action: Action) -> Text:
    """The action in its colour."""
    return Text(action.label.upper(), style=ACTION_STYLE[action])


def deciding(decision: Decision) -> Opinion | None:
    """The opinion to show first: of a violated clause, else a failure, else the most worrying one of an open clause."""
    for key in decision.violated_clauses:
        for opinion in reversed(decision.opinions):
            if opinion.clause == key and isinstance(opinion, Verdict):
                return opinion
    if failed := failures(decision):
        return failed[0]
    still_open = set(decision.open_clauses)
    verdicts = [o for o in decision.opinions if isinstance(o, Verdict) and o.clause in still_open]
    if verdicts:
        return max(verdicts, key=lambda verdict: verdict.probability)
    abstained = [o for o in decision.opinions if isinstance(o, Abstention) and o.clause in still_open]
    return abstained[-1] if abstained else None


def failures(decision: Decision) -> list[Abstention]:
    """How judges failed on clauses that are open still: whatever others said of them, that is what keeps them so."""
    return [
        opinion
        for opinion in decision.opinions
        if isinstance(opinion, Abstention) and opinion.is_failure and decision.rulings[opinion.clause] is Ruling.OPEN
    ]


def waiting_clauses(decision: Decision) -> int:
    """How many clauses hold the content and wait for a judge that is asked later."""
    held = decision.open_clauses if decision.action is Action.HOLD else ()
    later = [one for one in decision.opinions if isinstance(one, Abstention) and one.reason is Reason.LATER]
    return len({one.clause for one in later}.intersection(held))


def why(decision: Decision, content: Content | None) -> str:
    """One line: what decided, in the judge's words."""
    opinion = deciding(decision)
    if opinion is None:
        return "every clause is clear" if decision.action is Action.ALLOW else "no judge was asked"
    waits = waiting_clauses(decision)
    if waits and not failures(decision):
        return f"{waits} open, to be asked later"
    if isinstance(opinion, Abstention):
        return f"not judged: {opinion.detail or opinion.reason.value}"
    if decision.rulings[opinion.clause] is Ruling.OPEN:
        return f"{len(decision.open_clauses)} open, closest p={opinion.probability:.2f}"
    return opinion.rationale or quoted(opinion, content)


def quoted(verdict: Verdict, content: Content | None) -> str:
    """The first piece of evidence, in quotation marks."""
    if content is None or not verdict.evidence:
        return ""
    return f"“{short(verdict.evidence[0].of(content.text), 60)}”"


def record_table(rows: Sequence[tuple[str, str, Action, str, str]]) -> Table:
    """One line per decision on record: id, when, action, what is not clear, and as much of the item as fits."""
    left = max(32, stdout.width - 48)  # of the terminal, behind the first three columns
    wide = min(left // 2, max((cell_len(not_clear) for _, _, _, not_clear, _ in rows), default=0))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("id", width=18, no_wrap=True)
    table.add_column("when (UTC)", width=16, no_wrap=True)
    table.add_column("action", width=6, no_wrap=True)
    table.add_column("not clear", width=max(wide, 9), no_wrap=True)
    table.add_column("item", width=left - max(wide, 9), no_wrap=True)
    for name, time, action, not_clear, item in rows:
        table.add_row(Text(name), Text(time), action_text(action), Text(printable(not_clear)), Text(item))
    return table


def decision_table(rows: Iterable[tuple[str, Decision, Content | None]]) -> Table:
    """One line per decision: item, action, clause, why, which judge."""
    width = min(46, max(16, stdout.width - 64))  # what the other columns need on 80 columns
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("item", width=width, no_wrap=True)
    table.add_column("action", width=6, no_wrap=True)
    table.add_column("clause", no_wrap=True)
    table.add_column("why", overflow="fold", min_width=16)
    table.add_column("judge", width=8, no_wrap=True)
    for item, decision, content in rows:
        opinion = deciding(decision)
        table.add_row(
            Text(short(item, 46)),
            action_text(decision.action),
            Text(opinion.clause if isinstance(opinion, Verdict) else ""),  # an abstention here is on all open clauses
            Text(short(why(decision, content), 90)),
            Text(opinion.judge.split("@")[0] if opinion else ""),
        )
    return table
