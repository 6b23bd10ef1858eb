"""The parts of the benchmark: each gives rows of figures, which are kept in a file of its own."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from triagebench.alarms import alarms
from triagebench.breaking import under_faults, under_shift
from triagebench.cost import costs
from triagebench.guarantee import ADAPTED, FROZEN, kept_by, worlds
from triagebench.loops import loops
from triagebench.questions import MAIN, Question, main_question, question, questions
from triagebench.reading import READ, Reading
from triagebench.saving import savings

Readings = Mapping[str, Reading]
Row = Mapping[str, Any]
# Where a certificate of one clause is carried to rows of another source: what it is called, its own set and clause, and
# the reading of the other rows.
SHIFTS = {
    "convabuse → davidson_offensive": ("convabuse", "abusive", "davidson_offensive under convabuse"),
    "openai_moderation hate → edos_sexism": ("openai_moderation", "hate", "edos_sexism under openai_moderation"),
}


def guarantee(readings: Readings, _data: Path) -> Iterator[object]:
    """How LTT, CRC and the naive threshold keep alpha."""
    for one in questions(readings):
        for judge in (FROZEN, ADAPTED):
            yield from kept_by(one.name, judge, worlds(one, judge))


def breaking(readings: Readings, _data: Path) -> Iterator[object]:
    """How wrong labels and shifts break the promise."""
    for name in MAIN:
        one = main_question(readings[name])
        yield from under_faults(one.name, worlds(one, FROZEN)[0])
    for shift, (home, elsewhere) in _shifted(readings).items():
        yield from under_shift(home.name, shift, worlds(home, FROZEN)[0], worlds(elsewhere, FROZEN)[0])


def drift(readings: Readings, _data: Path) -> Iterator[object]:
    """How often the drift alarm fires under these shifts, and without them."""
    for shift, (home, elsewhere) in _shifted(readings).items():
        yield from alarms(shift, home.scores(), elsewhere.scores())


def saving(readings: Readings, _data: Path) -> Iterator[object]:
    """What is decided without a reasoner or a person."""
    for name in MAIN:
        yield from savings(main_question(readings[name]))


def loop(readings: Readings, _data: Path) -> Iterator[object]:
    """What a month of learning comes to."""
    for name in MAIN:
        yield from loops(main_question(readings[name]))


def cost(_readings: Readings, data: Path) -> Iterator[object]:
    """What certifying and refitting take."""
    yield from costs(data)


def _shifted(readings: Readings) -> dict[str, tuple[Question, Question]]:
    return {
        shift: (question(readings[home], [clause], f"{home}, {clause}"), question(readings[other], [clause], shift))
        for shift, (home, clause, other) in SHIFTS.items()
    }


PARTS: Mapping[str, Callable[[Readings, Path], Iterator[object]]] = {
    "guarantee": guarantee,
    "breaking": breaking,
    "drift": drift,
    "saving": saving,
    "loop": loop,
    "cost": cost,
}


def sets(readings: Readings) -> list[Row]:
    """What was read of each set, and what the questions are."""
    rows: list[Row] = [
        {"name": one.name, "rows": len(one), "violating": int(one.violates.sum()), "unread": _unread(one)}
        for one in questions(readings)
    ]
    return rows + [
        {"name": shift, "rows": len(other), "violating": int(other.violates.sum()), "unread": _unread(other)}
        for shift, (_, other) in _shifted(readings).items()
    ]


def _unread(one: Question) -> int:
    return int((~(one.scores() >= 0.0)).sum())


def keep(rows: Iterator[object], path: Path) -> None:
    """Write the rows of a part as JSON, all or nothing."""
    given = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else row for row in rows]
    path.with_suffix(".part").write_text(json.dumps(given, indent=1, allow_nan=False) + "\n", "utf-8")
    path.with_suffix(".part").replace(path)


def kept(path: Path) -> list[Row]:
    """The rows of a part; none where it was never run."""
    rows: list[Row] = json.loads(path.read_text("utf-8")) if path.exists() else []
    return rows


def needed() -> tuple[str, ...]:
    """The readings that the parts take."""
    return tuple(READ)
