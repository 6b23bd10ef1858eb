"""What has drifted, as tables for a person and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from komainu.apps.cli.console import counted, first_words, printable, stdout
from komainu.apps.cli.held import when
from komainu.apps.cli.lookup import SHORT_ID
from komainu.apps.cli.wire import item_json
from komainu.domain import Content
from komainu.learning.alarms import PSI, moment
from komainu.learning.drift import Alarm, DriftReport, Watch, Watched
from komainu.learning.streams import Measure
from komainu.learning.topics import Topic

Contents = Mapping[str, Content | None]
Topics = Sequence[Topic] | None
_SAID = {
    Measure.SCORE: "mean score",
    Measure.SILENCE: "share it cannot say",
    Measure.FAILURE: "share of failures",
    Measure.OVERRIDE: "share overruled by people",
}


def show(report: DriftReport, topics: Topics, contents: Contents, watch: Watch, *, every: bool) -> None:
    """Print it for a person: alarms first, then what was watched."""
    for alarm in report.alarms:
        _show_alarm(alarm, contents)
    for topic in topics or ():
        _show_topic(topic, contents)
    if every and report.watched:
        stdout.print(_table(report.watched))
    short = [one for one in report.watched if one.needs]
    said = f"{counted(report.decisions, 'decision')}"
    said += f" up to {when(report.until)}" if report.until is not None else ""
    said += f"; {counted(len(report.watched), 'stream')} watched (a judge under a clause), {report.ended} ended"
    stdout.print(said, highlight=False, markup=False)
    if short:
        stdout.print(f"{counted(len(short), 'stream')} not compared: {_needs(short)}", highlight=False, markup=False)
    if watch.topics and topics is None:
        what = f"needs {watch.needed} that can be read in the reference and in the current window"
        stdout.print(f"Topics not compared: {what}.", highlight=False, markup=False)
    if not report.alarms and not topics:
        stdout.print("No alarm.")


def drift_json(report: DriftReport, topics: Topics, contents: Contents) -> dict[str, Any]:
    """As documented in docs/reference/json.md."""
    return {
        "decisions": report.decisions,
        "until": report.until.isoformat() if report.until is not None else None,
        "ended": report.ended,
        "alarms": [_alarm_json(alarm, contents) for alarm in report.alarms],
        "topics": None
        if topics is None
        else [asdict(topic) | {"examples": [_example(one, contents) for one in topic.examples]} for topic in topics],
        "watched": [_watched_json(one) for one in report.watched],
    }


def _show_alarm(alarm: Alarm, contents: Contents) -> None:
    arrow = {1: "rose", -1: "fell", 0: "moved"}[alarm.direction]
    who = f"  {printable(f'{alarm.judge}, {alarm.policy}')}"
    stdout.print(Text.assemble(("ALARM ", "bold red"), (printable(alarm.clause), "bold"), who))
    figures = f"{alarm.before:.4g} -> {alarm.after:.4g} (n {alarm.n_before:,} -> {alarm.n_after:,}), p {_p(alarm.p)}"
    said = f"  {_SAID[alarm.measure]} {arrow}: {figures}, since {when(alarm.since)}"
    if alarm.shift is not None:
        said += f"; PSI {alarm.shift.psi:.3f}, by chance {alarm.shift.expected:.3f}"
    stdout.print(f"{said} ({alarm.test.upper()})", highlight=False, markup=False)
    if alarm.rulebooks > 1:
        note = f"  Asked under {alarm.rulebooks} rulebooks: another policy changed, or this one without a new version."
        stdout.print(note, style="yellow", highlight=False, markup=False)
    for one in alarm.examples:
        shown = f"{one.decision[:SHORT_ID]}  {one.value:.4g}  {first_words(contents.get(one.content), 80)}"
        stdout.print(f"    {printable(shown)}", highlight=False, markup=False)


def _show_topic(topic: Topic, contents: Contents) -> None:
    near = f"nearest to {printable(topic.clause)}" if topic.clause else "near no clause"
    stdout.print(Text.assemble(("NEW TOPIC ", "bold red"), near))
    share = f"{topic.current} of {topic.of_current} contents, before {topic.reference} of {topic.of_reference}"
    stdout.print(f"  {share}, p {_p(topic.p)}", highlight=False, markup=False)
    for one in topic.examples:
        shown = f"{one.decision[:SHORT_ID]}  {first_words(contents.get(one.content), 80)}"
        stdout.print(f"    {printable(shown)}", highlight=False, markup=False)


def _table(watched: Sequence[Watched]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("clause", overflow="fold")
    table.add_column("judge", overflow="fold")
    for heading in ("verdicts", "score", "PSI", "chance", "p", "cannot say", "failed", "overruled"):
        table.add_column(heading, justify="right")
    for one in watched:
        score, moved = one.measures[Measure.SCORE], one.shift
        figures = (f"{moved.psi:.3f}", f"{moved.expected:.3f}", _p(one.p)) if moved is not None else ("", "", "")
        table.add_row(
            Text(printable(one.key.clause)),
            Text(printable(one.key.judge)),
            f"{score.n_reference:,} -> {score.n_current:,}",
            _both(score.reference, score.current, ".3g"),
            *figures,
            *(_rate(one, measure) for measure in (Measure.SILENCE, Measure.FAILURE, Measure.OVERRIDE)),
        )
    return table


def _rate(one: Watched, measure: Measure) -> str:
    measured = one.measures[measure]
    return _both(measured.reference, measured.current, ".0%")


def _both(before: float | None, after: float | None, form: str) -> str:
    said = [format(value, form) if value is not None else "-" for value in (before, after)]
    return " -> ".join(said)


def _needs(short: Sequence[Watched]) -> str:
    """The need that is met last of all, as an example of them."""
    return short[0].needs if len({one.needs for one in short}) == 1 else f"{short[0].needs}, and others"


def _p(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.2g}" if value >= 0.0001 else "< .0001"


def _alarm_json(alarm: Alarm, contents: Contents) -> dict[str, Any]:
    said: dict[str, Any] = {
        "clause": alarm.clause,
        "judge": alarm.judge,
        "policy": alarm.policy,
        "measure": alarm.measure.value,
        "test": alarm.test,
        "direction": alarm.direction,
        "before": alarm.before,
        "after": alarm.after,
        "n_before": alarm.n_before,
        "n_after": alarm.n_after,
        "p": alarm.p,
        "since": alarm.since.isoformat(),
        "rulebooks": alarm.rulebooks,
        "examples": [_example(one, contents) | {"value": one.value} for one in alarm.examples],
    }
    return said | ({"shift": asdict(alarm.shift)} if alarm.test == PSI and alarm.shift is not None else {})


def _example(one: Any, contents: Contents) -> dict[str, Any]:
    return {"decision": one.decision, "content": one.content, "item": item_json(contents.get(one.content))}


def _watched_json(one: Watched) -> dict[str, Any]:
    return {
        "clause": one.key.clause,
        "judge": one.key.judge,
        "policy": one.key.policy,
        "since": one.since.isoformat(),
        "reference_until": one.reference_until.isoformat(),
        "rulebooks": one.rulebooks,
        "shift": asdict(one.shift) if one.shift is not None else None,
        "p": one.p,
        "needs": one.needs,
        "measures": {
            measure.value: asdict(found) | {"changes": [_change(asdict(change)) for change in found.changes]}
            for measure, found in one.measures.items()
        },
    }


def _change(change: dict[str, Any]) -> dict[str, Any]:
    times: dict[str, datetime] = {name: moment(change[name]) for name in ("since", "found")}
    return change | {name: time.isoformat() for name, time in times.items()}
