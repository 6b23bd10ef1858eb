"""Rows as the judge reads them, before any label: read once by the code that a fit starts from, and kept.

The judge was trained on train splits. So a set's dev and test splits are read; openai_moderation was never trained on;
sms_spam has no test split, and only rows are read whose text is not among those that training drew.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np
from judgebench.rows import Row, read_labels, read_rows, sampled
from judgebench.sets import LABELS, SOURCES, BenchSet, labelled_set
from numpy.typing import NDArray

from komainu.judges.embedded.meanings import meanings
from komainu.judges.embedded.parts import read_parts
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.words import words_of
from komainu.learning.public import MAX_CHARS, load_public
from triagebench.choices import SHIFTED, TRAINING_SEED, WORDINGS

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which rows are read, under the policy of which set."""

    rows_of: str
    policy_of: str
    splits: frozenset[str] = frozenset()  # empty: every row
    unseen: bool = False  # only rows that training did not draw
    limit: int = 0  # 0: all
    target: str = ""  # the clause that the rows' own labels stand for, where the policy is another set's
    labels: frozenset[str] = frozenset()  # which of them violate it, any of them


HELD_OUT = frozenset({"dev", "test"})
READ = {
    "openai_moderation": Source(rows_of="openai_moderation", policy_of="openai_moderation"),
    "edos_sexism": Source(rows_of="edos_sexism", policy_of="edos_sexism", splits=HELD_OUT),
    "sms_spam": Source(rows_of="sms_spam", policy_of="sms_spam", unseen=True),
    "convabuse": Source(rows_of="convabuse", policy_of="convabuse", splits=HELD_OUT),
    "davidson_offensive under convabuse": Source(
        rows_of="davidson_offensive",
        policy_of="convabuse",
        splits=HELD_OUT,
        limit=SHIFTED,
        target="abusive",
        labels=frozenset({"offensive_language", "hate"}),
    ),
    "edos_sexism under openai_moderation": Source(
        rows_of="edos_sexism",
        policy_of="openai_moderation",
        splits=HELD_OUT,
        limit=SHIFTED,
        target="hate",
        labels=frozenset({"sexist"}),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the judge makes of rows under one policy."""

    name: str
    judge: str
    clauses: tuple[str, ...]
    ids: NDArray[np.str_]  # (rows,)
    texts: NDArray[np.str_]  # (rows,): digests; rows that say the same belong together
    logits: Floats  # (rows, clauses), calibrated; NaN where the judge does not read the text
    meanings: Floats  # (rows, width); 0 there
    truth: NDArray[np.int8]  # (rows, clauses): 1 violates, 0 does not, -1 unknown

    def save(self, path: Path) -> None:
        """Keep it; what was there before is replaced."""
        about = json.dumps({"name": self.name, "judge": self.judge, "clauses": self.clauses})
        given = {key: getattr(self, key) for key in ("ids", "texts", "logits", "meanings", "truth")}
        with path.with_suffix(".part").open("wb") as file:
            np.savez_compressed(file, about=np.array(about), **given)
        path.with_suffix(".part").replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """What was kept."""
        with np.load(path, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            given = {key: kept[key] for key in ("ids", "texts", "logits", "meanings", "truth")}
        return cls(name=about["name"], judge=about["judge"], clauses=tuple(about["clauses"]), **given)


def read(name: str, data: Path, out: Path, tell: Callable[[int, int], None] = lambda _done, _total: None) -> Reading:
    """From `out` where the same judge has read the same rows, else now; `tell` gets (rows read, rows in all)."""
    bench = bench_of(READ[name], data)
    ids = [case.id for case in bench.suites[0].cases]
    path = out / f"{name.replace(' ', '-')}.npz"
    if path.exists():
        kept = Reading.load(path)
        if kept.judge == proven().name and kept.ids.tolist() == ids:
            return kept
    made = _read(name, bench, tell)
    made.save(path)
    return made


def bench_of(source: Source, data: Path) -> BenchSet:
    """The rows as cases under the policy, each known under the clauses that its labels speak of."""
    labels = [label for label in read_labels(data / LABELS) if label.dataset == source.policy_of]
    rows = [_renamed(row, source) for row in _rows(source, data)]
    judged = next(one for one in SOURCES if one.dataset == source.policy_of)
    return labelled_set(source.policy_of, judged, rows, labels)


def _rows(source: Source, data: Path) -> list[Row]:
    _, rows = read_rows(data / f"{source.rows_of}.jsonl.gz")
    if source.splits:
        rows = [row for row in rows if row["split"] in source.splits]
    if source.unseen:
        seen = _drawn(data)[source.rows_of]
        rows = [row for row in rows if row["text"][:MAX_CHARS] not in seen]
    return sampled(rows, source.limit)


@cache
def _drawn(data: Path) -> dict[str, frozenset[str]]:
    """Texts that the shipped judge was trained on, by set."""
    sets = load_public(data, WORDINGS, TRAINING_SEED)
    return {one.name: frozenset(row.content.text for row in one.rows) for one in sets}


def _renamed(row: Row, source: Source) -> Row:
    if not source.target:
        return row
    violates = any(row["labels"].get(label, 0) for label in source.labels)
    return {**row, "labels": {source.target: int(violates)}, "meta": {}}


def _read(name: str, bench: BenchSet, tell: Callable[[int, int], None]) -> Reading:
    weights, suite = proven(), bench.suites[0]
    parts = [weights.parts(words_of(suite.policy, clause)) for clause in suite.policy.clauses]
    kept = [place for place, case in enumerate(suite.cases) if not unreadable(case.text)]
    given = meanings([suite.cases[place].content for place in kept], read_parts(parts, [len(parts)], weights), weights)
    found = list(_told(given, len(kept), tell))
    slope, shift = weights.calibration.lines([suite.policy.language] * len(parts))
    logits = np.full((len(suite.cases), len(parts)), np.nan, np.float32)
    vectors = np.zeros((len(suite.cases), len(found[0][1])), np.float32)
    logits[kept] = slope * np.stack([one for one, _ in found]) + shift
    vectors[kept] = np.stack([one for _, one in found])
    return Reading(
        name=name,
        judge=weights.name,
        clauses=tuple(clause.id for clause in suite.policy.clauses),
        ids=np.array([case.id for case in suite.cases]),
        texts=np.array([sha256(case.text.casefold().encode()).hexdigest()[:16] for case in suite.cases]),
        logits=logits,
        meanings=vectors,
        truth=_truth(bench),
    )


def _told(
    given: Iterator[tuple[Floats, Floats]], total: int, tell: Callable[[int, int], None]
) -> Iterator[tuple[Floats, Floats]]:
    for done, one in enumerate(given, start=1):
        if done % 200 == 0 or done == total:
            tell(done, total)
        yield one


def _truth(bench: BenchSet) -> NDArray[np.int8]:
    suite = bench.suites[0]
    rows: list[Sequence[int]] = []
    for case in suite.cases:
        known = bench.known[case.id] if bench.known is not None else frozenset()
        rows.append([int(one.id in case.violates) if one.id in known else -1 for one in suite.policy.clauses])
    return np.array(rows, np.int8)
