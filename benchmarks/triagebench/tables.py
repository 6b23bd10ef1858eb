"""What was found, as tables in Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from triagebench.alarms import BEFORE, REFERENCE, TRIES
from triagebench.choices import ALPHAS, DELTA, DELTAS, LOOP_ALPHA, LOOP_OVER_BLOCK, OVER_BLOCK, PLENTY, RECALIBRATIONS
from triagebench.guarantee import MANY
from triagebench.thresholds import Method, Side

Row = Mapping[str, Any]
Found = Mapping[str, Sequence[Row]]  # rows of each part


def report(found: Found) -> Iterator[str]:
    """The lines of the report."""
    yield "# Certified triage, measured"
    yield from section("Rows", sets(found["sets"]), READ_FROM)
    for side in Side:
        for size in (MANY, "half"):
            rows = [row for row in found["guarantee"] if row["side"] == side and row["size"] == size]
            yield from section(f"The promise: {side}, {LABELS_OF[size]}", kept(rows), KEPT)
    yield from section("Where it breaks", broken(found["breaking"]), BROKEN)
    yield from section("The drift alarm", alarmed(found["drift"]), ALARMED if found["drift"] else NO_ALARM)
    yield from section("The saving", saved(found["saving"], projected=False), SAVED)
    yield from section(f"The saving with {PLENTY} violating labels, projected", saved(found["saving"], projected=True))
    yield from section("Calls to a reasoner per 1,000 items", calls(found["saving"]), CALLS)
    yield from section("The loop", looped(found["loop"]), LOOPED)
    yield from section(
        "Cost", cost(found["cost"]), "Ratios to one pass of the bare encoder over the same rows, one thread."
    )


LABELS_OF = {MANY: f"{PLENTY} labels", "half": "half as many labels as the set has"}
READ_FROM = "Unread rows are those that the judge says nothing of; they are never decided."
KEPT = (
    f"Share of {RECALIBRATIONS:,} calibrations whose true share is above alpha, with its exact 95 % interval; in "
    "brackets the mean true share. `-`: no calibration had a threshold. LTT at delta 5 and 10 %, the others know none."
)
BROKEN = (
    f"Share of {RECALIBRATIONS:,} calibrations by LTT at delta {DELTA:.0%} whose true share is above alpha, with its "
    f"exact 95 % interval; in brackets the mean true share. {PLENTY} violating rows in each on average."
)
ALARMED = (
    f"Of {TRIES} samples each. PSI compares so many contents with {REFERENCE:,} from home; ADWIN reads {BEFORE:,} from "
    "home and then those, and its delay is counted in these."
)
NO_ALARM = "Not measured: this checkout has no drift alarm."
SAVED = (
    f"Share of traffic decided by triage alone, over-block {OVER_BLOCK:.0%}, delta {DELTA:.0%}: mean over calibrations "
    "[2.5th, 97.5th percentile]. `clears in`: the share of calibrations that had enough violating labels to clear "
    "anything, where it is not all of them; `none cleared`: none had."
)
CALLS = f"What triage leaves; 1,000 without it. Projected: with {PLENTY} violating labels."
LOOPED = (
    f"Bounds: {LOOP_ALPHA:.0%} of violating content cleared, {LOOP_OVER_BLOCK:.0%} of other content found violated, "
    f"delta {DELTA:.0%}. Held: share of the day's contents, mean of the last five days [least, most of the months]."
)
COSTS = "Ratios to one pass of the bare encoder over the same rows, one thread."


def section(title: str, table: Sequence[str], words: str = "") -> Iterator[str]:
    """A heading, what the table says, and the table; nothing but the heading's words where it has no rows."""
    yield from ("", f"## {title}", "")
    if words:
        yield from (words, "")
    yield from table


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table; none without rows."""
    if not rows:
        return []
    return [_line(headings), _line(["---"] * len(headings)), *map(_line, rows)]


def sets(rows: Sequence[Row]) -> list[str]:
    """What was read."""
    given = [(row["name"], f"{row['rows']:,}", f"{row['violating']:,}", f"{row['unread']:,}") for row in rows]
    return table(("question", "rows", "violating", "unread"), given)


def kept(rows: Sequence[Row]) -> list[str]:
    """A line for each question, judge and method, a column for each alpha."""
    ways = [(Method.LTT, delta) for delta in DELTAS] + [(Method.CRC, DELTAS[0]), (Method.NAIVE, DELTAS[0])]
    given = []
    for question, judge, labels in dict.fromkeys((row["question"], row["judge"], row["labels"]) for row in rows):
        for method, delta in ways:
            mine = {
                row["alpha"]: row
                for row in rows
                if (row["question"], row["judge"], row["method"], row["delta"]) == (question, judge, method, delta)
            }
            name = f"{method} {delta:.0%}" if method is Method.LTT else str(method)
            given.append((question, judge, f"{labels:,}", name, *(_kept(mine[alpha]) for alpha in ALPHAS)))
    return table(("question", "judge", "labels", "method", *map(_percent, ALPHAS)), given)


def broken(rows: Sequence[Row]) -> list[str]:
    """A line for each question, fault and side, a column for each alpha."""
    given = []
    for question, fault, side in dict.fromkeys((row["question"], row["fault"], row["side"]) for row in rows):
        mine = {
            row["alpha"]: row for row in rows if (row["question"], row["fault"], row["side"]) == (question, fault, side)
        }
        given.append((question, fault, side, *(_kept(mine[alpha]) for alpha in ALPHAS)))
    return table(("certified on", "fault or shift", "side", *map(_percent, ALPHAS)), given)


def alarmed(rows: Sequence[Row]) -> list[str]:
    """How often each alarm fired."""
    given = [
        (
            row["shift"],
            row["alarm"],
            f"{row['contents']:,}",
            _count(row["fired"]),
            _count(row["falsely"]),
            "" if row["delay"] is None else f"{row['delay']:,.0f}",
        )
        for row in rows
    ]
    return table(("shift", "alarm", "contents", "fired", "fired without a shift", "median delay, contents"), given)


def saved(rows: Sequence[Row], *, projected: bool) -> list[str]:
    """A line for each question and judge, a column for each alpha."""
    rows = [row for row in rows if row["projected"] == projected]
    given = []
    for question, judge in dict.fromkeys((row["question"], row["judge"]) for row in rows):
        mine = {row["alpha"]: row for row in rows if (row["question"], row["judge"]) == (question, judge)}
        some = mine[ALPHAS[0]]
        given.append(
            (
                question,
                judge,
                f"{some['labels']:,.0f}",
                f"{some['rows']:,}",
                f"{some['calibrations']:,}",
                *(_saved(mine[alpha]) for alpha in ALPHAS),
            )
        )
    return table(
        ("question", "judge", "violating labels", "rows decided", "calibrations", *map(_percent, ALPHAS)), given
    )


def calls(rows: Sequence[Row]) -> list[str]:
    """A line for each question and judge, a column for each alpha."""
    given = []
    for question, judge, projected in dict.fromkeys((row["question"], row["judge"], row["projected"]) for row in rows):
        left = [
            abs(round(1_000 * (1 - row["cleared"] - row["found"])))
            for row in rows
            if (row["question"], row["judge"], row["projected"]) == (question, judge, projected)
        ]
        name = f"{judge}, projected" if projected else judge
        given.append((question, name, *(f"{one:,.0f}" for one in left)))
    return table(("question", "judge", *map(_percent, ALPHAS)), given)


LOOP_HEADINGS = (
    "question",
    "reviewers",
    "choice",
    "held at the end",
    "labels in a month",
    "hours",
    "first day that clears",
    "labels to held ≤ 75 %",
    "labels to held ≤ 50 %",
    "days claimed",
    "not true on",
)


def looped(rows: Sequence[Row]) -> list[str]:
    """A line for each question, kind of reviewers and way to choose."""
    given = [
        (
            row["question"],
            row["reviewers"],
            row["choice"],
            _spread(row["held_last"]),
            f"{row['labels']:,.0f}",
            f"{row['hours']:.1f}",
            _reached(row["first_clear"]),
            *(_reached(row["labels_to"][goal]) for goal in row["labels_to"]),
            f"{row['claimed']:,}",
            f"{row['broken']:,} ({row['broken_months']} of {row['months']} months)",
        )
        for row in rows
    ]
    return table(LOOP_HEADINGS, given)


def cost(rows: Sequence[Row]) -> list[str]:
    """What took how long."""
    given = [
        (
            row["what"],
            f"{row['ratio']:.2g} [{row['low']:.2g}, {row['high']:.2g}]",
            f"{row['seconds']:,.2f}",
            f"{row['encoder_seconds']:,.1f}",
        )
        for row in rows
    ]
    return table(("work", "over the encoder's pass [least, most of the rounds]", "seconds", "encoder's seconds"), given)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _count(count: Row) -> str:
    return f"{count['hits'] / count['n']:.3f} [{count['low']:.3f}, {count['high']:.3f}]"


def _kept(row: Row) -> str:
    if not row["certified"]:
        return "-"
    return f"{_count(row['broken'])} ({row['mean_wrong']:.3f})"


def _saved(row: Row) -> str:
    decided = row["cleared"] + row["found"]
    if not row["certified"]:
        return f"{decided:.1%}, none cleared"
    some = "" if row["certified"] == 1.0 else f", clears in {row['certified']:.0%}"
    return f"{decided:.1%} [{row['low']:.1%}, {row['high']:.1%}]{some}"


def _spread(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.0%} [{min(values):.0%}, {max(values):.0%}]"


def _reached(values: Sequence[int | None]) -> str:
    """The median of the months that got there, and how many did."""
    there = [value for value in values if value is not None]
    if not there:
        return f"none of {len(values)}"
    return f"{median(there):,.0f} ({len(there)} of {len(values)})"
