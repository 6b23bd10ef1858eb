"""The plots, as PNG and SVG; none where matplotlib is not installed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from triagebench.breaking import FAULTS
from triagebench.choices import ALPHAS, DELTA, LOOP_ALPHA, OVER_BLOCK, PLENTY, RECALIBRATIONS
from triagebench.guarantee import FROZEN, MANY
from triagebench.loops import SECOND
from triagebench.saving import BEST, ORACLE
from triagebench.thresholds import Method, Side

Row = Mapping[str, Any]
Found = Mapping[str, Sequence[Row]]
# The colours of Okabe and Ito (2008), told apart by every kind of sight; with a marker each, for print without colour.
BLUE, ORANGE, GREEN, GREY, RED = "#0072B2", "#E69F00", "#009E73", "#666666", "#D55E00"
LOOKS = {
    Method.LTT: (BLUE, "o"),
    Method.CRC: (ORANGE, "s"),
    Method.NAIVE: (RED, "^"),
    FROZEN: (ORANGE, "s"),
    "with labels": (BLUE, "o"),
    BEST: (GREEN, "^"),
    ORACLE: (GREY, "D"),
    "random": (ORANGE, "s"),
    "active": (BLUE, "o"),
}
METHODS = {Method.LTT: "Learn-then-Test", Method.CRC: "conformal risk control", Method.NAIVE: "naive threshold"}
DOTS = 160  # to the inch
SHOWN = 0.05  # alpha of the plot of faults
SHIFT = "other content than certified on"


def draw(found: Found, out: Path) -> Iterator[Path]:
    """Every plot that there are figures for; nothing without matplotlib."""
    try:
        matplotlib = import_module("matplotlib")
    except ModuleNotFoundError:
        return
    matplotlib.use("Agg")
    matplotlib.rcParams.update(
        {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "komainu"}
    )
    pyplot = import_module("matplotlib.pyplot")
    plots: dict[str, tuple[str, Callable[[Any, Sequence[Row]], Any]]] = {
        "promise": ("guarantee", promise),
        "faults": ("breaking", faults),
        "saving": ("saving", saving),
        "held": ("loop", held),
        "missed": ("loop", missed),
        "hours": ("loop", hours),
    }
    for name, (part, plot) in plots.items():
        if not found[part]:
            continue
        figure = plot(pyplot, found[part])
        for kind in ("png", "svg"):
            path = out / f"{name}.{kind}"
            figure.savefig(path, dpi=DOTS, metadata={"Date": None} if kind == "svg" else None)
            yield path
        pyplot.close(figure)


def promise(pyplot: Any, rows: Sequence[Row]) -> Any:
    """How often alpha is exceeded, by method."""
    rows = [
        row
        for row in rows
        if (row["side"], row["size"], row["delta"], row["judge"]) == (Side.MISS, MANY, DELTA, FROZEN)
    ]
    names = _mains(rows)
    figure, axes = _panels(pyplot, names, "Calibrations whose true miss rate exceeds alpha")
    for axis, name in zip(axes, names, strict=True):
        for shift, method in enumerate(reversed(Method)):  # what ships is drawn last, on top
            mine = [row for row in rows if row["question"] == name and row["method"] == method]
            shares, spread = _shares(mine)
            colour, marker = LOOKS[method]
            places = [place + 0.1 * (shift - 1) for place in range(len(ALPHAS))]
            axis.errorbar(places, shares, spread, color=colour, marker=marker, capsize=3, label=METHODS[method])
        axis.axhline(100 * DELTA, color=GREY, linestyle="--", linewidth=1)
        axis.set_ylim(-2, 65)
        _by_alpha(axis)
    axes[0].set_ylabel("share of calibrations (%)")
    axes[-1].annotate(f"delta = {DELTA:.0%}", (len(ALPHAS) - 1, 100 * DELTA), ha="right", va="bottom", color=GREY)
    note = f"{RECALIBRATIONS:,} calibrations with {PLENTY} violating labels each; bars: exact 95 % intervals"
    return _finished(figure, axes, note)


def faults(pyplot: Any, rows: Sequence[Row]) -> Any:
    """How often the promise is broken under faults and shifts, at alpha 5 %."""
    rows = [row for row in rows if row["side"] == Side.MISS and row["alpha"] == SHOWN]
    names = list(dict.fromkeys(_where(row) for row in rows))
    figure, axis = pyplot.subplots(figsize=(8, 0.55 * len(names) + 1.8), layout="constrained")
    figure.suptitle(f"Certificates at alpha {SHOWN:.0%} that do not hold, by what is wrong", fontsize=11)
    faults = [*FAULTS, SHIFT]
    for place, fault in enumerate(faults):
        mine = [row for row in rows if (SHIFT if "→" in row["fault"] else row["fault"]) == fault]
        heights = [names.index(_where(row)) + (0.0 if fault == SHIFT else 0.2 * (place - 1)) for row in mine]
        shares, spread = _shares(mine)
        colour, marker = ((BLUE, "o"), (GREEN, "D"), (ORANGE, "s"), (RED, "^"))[place]
        axis.errorbar(shares, heights, xerr=spread, color=colour, marker=marker, linestyle="", capsize=3, label=fault)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.axvline(100 * DELTA, color=GREY, linestyle="--", linewidth=1)
    axis.annotate(f" delta = {DELTA:.0%}", (100 * DELTA, -0.35), color=GREY)
    axis.set_xlim(-2, 102)
    axis.set_xlabel("share of calibrations (%)")
    return _finished(figure, [axis], f"{RECALIBRATIONS:,} calibrations; bars: exact 95 % intervals", columns=2)


def _where(row: Row) -> str:
    name: str = row["fault"] if "→" in row["fault"] else row["question"]
    return name.replace(" → ", "\n→ ")


def _shares(rows: Sequence[Row]) -> tuple[list[float], list[list[float]]]:
    """In percent, and how far the intervals reach to either side."""
    counts = [row["broken"] for row in rows]
    shares = [100 * count["hits"] / count["n"] for count in counts]
    both = list(zip(shares, counts, strict=True))
    return shares, [
        [share - 100 * count["low"] for share, count in both],
        [100 * count["high"] - share for share, count in both],
    ]


def saving(pyplot: Any, rows: Sequence[Row]) -> Any:
    """Traffic decided by triage alone, by judge."""
    rows = [row for row in rows if not row["projected"]]
    names = _mains(rows)
    figure, axes = _panels(pyplot, names, "Traffic decided without a reasoner or a person")
    for axis, name in zip(axes, names, strict=True):
        for judge in dict.fromkeys(row["judge"] for row in rows):
            mine = [row for row in rows if (row["question"], row["judge"]) == (name, judge)]
            colour, marker = LOOKS[judge]
            decided = [100 * (row["cleared"] + row["found"]) for row in mine]
            axis.plot(range(len(mine)), decided, color=colour, marker=marker, label=judge)
        axis.set_ylim(-3, 103)
        _by_alpha(axis)
    axes[0].set_ylabel("share of traffic (%)")
    return _finished(figure, axes, f"over-block {OVER_BLOCK:.0%}, delta {DELTA:.0%}; means over calibrations")


def held(pyplot: Any, rows: Sequence[Row]) -> Any:
    """What is held, by day."""
    title, unit = "Traffic held, by day", "share of the day's contents (%)"
    return _by_day(pyplot, rows, "held", title=title, unit=unit, scale=100, top=103)


def missed(pyplot: Any, rows: Sequence[Row]) -> Any:
    """What the certificate in force clears of what violates, by day."""
    title, unit = "Violating content cleared unseen, by day", "true share under the certificate (%)"
    figure = _by_day(pyplot, rows, "missed", title=title, unit=unit, scale=100, top=100 * LOOP_ALPHA + 2)
    for axis in figure.axes:
        axis.axhline(100 * LOOP_ALPHA, color=GREY, linestyle="--", linewidth=1)
    figure.axes[0].annotate(f"alpha = {LOOP_ALPHA:.0%}", (1, 100 * LOOP_ALPHA), va="bottom", color=GREY)
    return figure


def hours(pyplot: Any, rows: Sequence[Row]) -> Any:
    """What reviewers work, by day."""
    return _by_day(pyplot, rows, "hours", title="Reviewers' work, by day", unit="hours of all reviewers", scale=1)


def _by_day(
    pyplot: Any, rows: Sequence[Row], what: str, *, title: str, unit: str, scale: float, top: float = 0.0
) -> Any:
    """A panel for each set, on one scale where `top` is given: else each on its own, from 0."""
    names = _mains(rows)
    figure, axes = _panels(pyplot, names, title, shared=bool(top))
    for axis, name in zip(axes, names, strict=True):
        for row in (row for row in rows if row["question"] == name):
            colour, _ = LOOKS[row["choice"]]
            line = {SECOND.name: "-", "without errors": ":"}.get(row["reviewers"], "--")
            days = [day["day"] for day in row["days"]]
            values = [scale * day[what] for day in row["days"]]
            axis.plot(days, values, color=colour, linestyle=line, label=f"{row['choice']}, {row['reviewers']}")
        axis.set_xlabel("day")
        axis.set_ylim(0, top or 1.15 * axis.get_ylim()[1])
    axes[0].set_ylabel(unit)
    return _finished(figure, axes, f"means of {rows[0]['months']} months")


def _mains(rows: Sequence[Row]) -> list[str]:
    """The main question of each set: categories by themselves are in the tables."""
    names = list(dict.fromkeys(row["question"] for row in rows))
    return names[:4]


def _panels(pyplot: Any, names: Sequence[str], title: str, *, shared: bool = True) -> tuple[Any, Sequence[Any]]:
    figure, axes = pyplot.subplots(1, len(names), figsize=(11, 3.6), sharey=shared, squeeze=False, layout="constrained")
    figure.suptitle(title, fontsize=11)
    for axis, name in zip(axes[0], names, strict=True):
        axis.set_title(name, fontsize=9)
    return figure, axes[0]


def _by_alpha(axis: Any) -> None:
    axis.set_xticks(range(len(ALPHAS)), [f"{100 * alpha:g}" for alpha in ALPHAS])
    axis.set_xlabel("alpha (%)")


def _finished(figure: Any, axes: Sequence[Any], note: str, columns: int = 0) -> Any:
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=columns or len(labels), frameon=False, title=note)
    return figure
