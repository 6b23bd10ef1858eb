"""The figures as one table, and as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

from rich.console import Console
from rich.table import Table

from judgebench.choices import RESAMPLES, SEED
from judgebench.figures import Line
from judgebench.goals import Goal, goal_of, outcome
from komainu.metrics import Figure


def show(judge: str, lines: Sequence[Line], left_out: Sequence[str], console: Console | None = None) -> None:
    """Print the table, and what could not be measured."""
    table = Table(box=None, pad_edge=False, header_style="bold", title=judge, title_justify="left")
    for heading in ("set", "figure"):
        table.add_column(heading)
    for heading in ("value", "95 % interval", "n", "positive", "goal"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for name, given in groupby((line for line in lines if line.shown), key=lambda line: line.set):
        for place, line in enumerate(given):
            table.add_row(name if place == 0 else "", *_cells(line))
        table.add_section()
    out = console or Console(width=150)
    out.print(table, highlight=False, markup=False)
    for reason in left_out:
        out.print(f"not measured: {reason}", highlight=False, markup=False)
    out.print(
        f"95 % intervals: {RESAMPLES} resamples of policies (a twin with its base), rows (public sets) or rounds "
        f"(speed), seed {SEED}. Tags, clauses and groups in full: --json.",
        highlight=False,
        markup=False,
    )


def as_json(judge: str, lines: Sequence[Line], left_out: Sequence[str]) -> str:
    """All figures, those not shown as well."""
    return json.dumps(
        {
            "judge": judge,
            "resamples": RESAMPLES,
            "seed": SEED,
            "not_measured": list(left_out),
            "figures": [_as_object(line) for line in lines],
        },
        indent=1,
        ensure_ascii=False,
        allow_nan=False,
    )


def _cells(line: Line) -> tuple[str, ...]:
    goal = goal_of(line)
    figure = line.figure
    return (
        f"{line.what}, {line.group}" if line.group else line.what,
        "-" if figure.value is None else f"{figure.value:.3f}",
        _interval(figure),
        f"{figure.n:,}",
        f"{figure.positives:,}" if figure.positives else "",
        str(goal) if goal else "",
        outcome(line, _distance),
    )


def _interval(figure: Figure) -> str:
    return f"[{figure.low:.3f}, {figure.high:.3f}]" if figure.low is not None and figure.high is not None else ""


def _distance(goal: Goal, value: float) -> str:
    return "reached" if goal.is_reached(value) else f"missed by {abs(value - goal.bound):.3f}"


def _as_object(line: Line) -> dict[str, object]:
    goal = goal_of(line)
    return {
        "set": line.set,
        "what": line.what,
        "group": line.group,
        **asdict(line.figure),
        "goal": str(goal) if goal else None,
        "outcome": outcome(line, _distance) or None,
    }
