"""What labels of a clause add: the judge fitted as `komainu learn fit` does, on rows that the fit did not see.

Labels come from the set's own train split, where it has a test split, else from the other half of the rows (and the
halves change places). So many are drawn for each clause, at least a quarter of them violating; the figure is the mean
over draws. Clauses with few violating rows are left out. The categories of openai_moderation are then put together:
any category at .5, each fitted on labels drawn as they come.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judgebench.choices import SEED
from judgebench.figures import ANY_F1, AUROC, BOOTSTRAP, Line
from judgebench.resampling import Pairs, mean_figure
from judgebench.rows import Label, Row, read_rows, sampled
from judgebench.sets import MODERATION, SOURCES, BenchSet, labelled_set
from komainu.domain import Ruling
from komainu.evals import Score
from komainu.judges.embedded.adaptation import correction
from komainu.judges.embedded.meanings import meanings
from komainu.judges.embedded.parts import read_parts
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.words import words_of
from komainu.metrics import Figure, Metric, auroc, f1_at

SIZES = (0, 8, 32, 128)
DRAWS = 5
SETS = {  # and the clauses whose curve is shown; none: all with enough violating rows
    MODERATION: (),
    "edos_sexism": ("sexist",),
    "convabuse": ("abusive",),
    "surge_toxicity": ("toxic",),
    "sms_spam": ("spam",),
}
ENOUGH = 40  # violating rows of a clause
MOST = 2_000  # rows of each part
VIOLATING = 0.25  # of the labels drawn, at least


def curve_name(dataset: str) -> str:
    """What the lines of a set's curve stand under."""
    return f"{dataset}, with labels"


def with_labels(count: int) -> str:
    """What a line of the curve is called."""
    return f"{AUROC}, {count} labels"


ANY_WITH_LABELS = f"{ANY_F1}, {SIZES[-1]} labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Rows as the judge reads them, before any label."""

    bench: BenchSet
    ids: list[str]
    logits: NDArray[np.float32]  # (rows, clauses)
    meanings: NDArray[np.float32]  # (rows, width)
    truth: NDArray[np.int8]  # (rows, clauses): 1 violates, 0 does not, -1 unknown
    tested: NDArray[np.bool_]  # (rows,): may be measured on
    half: NDArray[np.int8]  # (rows,): which half each belongs to, where labels and measurements share rows


def curve_lines(dataset: str, data: Path, labels: Sequence[Label], limit: int) -> Iterator[Line]:
    """The lines of a set; none where it has no curve."""
    read = _read(dataset, data, labels, limit)
    clauses = [clause.id for clause in read.bench.suites[0].policy.clauses]
    wanted = SETS[dataset] or [
        name for place, name in enumerate(clauses) if (read.truth[read.tested, place] == 1).sum() >= ENOUGH
    ]
    columns = [clauses.index(name) for name in wanted]
    for size in SIZES:
        lots = [
            Pairs(_scores(read, column, _fitted(read, column, size, draw, VIOLATING)), read.bench.cluster)
            for column in columns
            for draw in range(DRAWS if size else 1)
        ]
        yield Line(set=curve_name(dataset), what=with_labels(size), figure=_mean(auroc, lots))
    if dataset == MODERATION:
        every = range(len(clauses))
        lots = []
        for draw in range(DRAWS):
            found = np.stack([_fitted(read, column, SIZES[-1], draw, 0.0) for column in every], axis=1)
            lots.append(Pairs(_any(read, found), read.bench.cluster))
        yield Line(set=curve_name(dataset), what=ANY_WITH_LABELS, figure=_mean(f1_at(0.5), lots))


def _mean(metric: Metric, lots: Sequence[Pairs]) -> Figure:
    return mean_figure(metric, lots, BOOTSTRAP)


def _read(dataset: str, data: Path, labels: Sequence[Label], limit: int) -> Read:
    source = next(source for source in SOURCES if source.dataset == dataset)
    path = data / f"{dataset}.jsonl.gz"
    most = min(limit, MOST) if limit else MOST
    split, test = read_rows(path, ("test",))
    _, train = read_rows(path, ("train",) if split and dataset != MODERATION else ("none",))
    if not test:
        _, test = read_rows(path)
    rows: list[Row] = [*sampled(test, most), *sampled(train, most)]
    tested = np.arange(len(rows)) < min(most, len(test))
    bench = labelled_set(dataset, source, rows, [label for label in labels if label.dataset == dataset])
    suite = bench.suites[0]
    kept = [place for place, case in enumerate(suite.cases) if not unreadable(case.text)]
    weights = proven()
    parts = [weights.parts(words_of(suite.policy, clause)) for clause in suite.policy.clauses]
    contents = [suite.cases[place].content for place in kept]
    found = list(meanings(contents, read_parts(parts, [len(parts)], weights), weights))
    slope, shift = weights.calibration.lines(["en"] * len(parts))
    truth = np.full((len(kept), len(parts)), -1, np.int8)
    for row, place in enumerate(kept):
        case = suite.cases[place]
        for column, clause in enumerate(suite.policy.clauses):
            if bench.known is None or clause.id in bench.known[case.id]:
                truth[row, column] = clause.id in case.violates
    shared = bool(tested.all())
    half = np.array([random.Random(f"{SEED} {suite.cases[place].id}").randrange(2) for place in kept], np.int8)
    return Read(
        bench=bench,
        ids=[suite.cases[place].id for place in kept],
        logits=slope * np.stack([logits for logits, _ in found]) + shift,
        meanings=np.stack([meaning for _, meaning in found]),
        truth=truth,
        tested=tested[kept],
        half=half if shared else np.where(tested[kept], 0, 1).astype(np.int8),
    )


def _fitted(read: Read, column: int, size: int, draw: int, least: float) -> NDArray[np.float32]:
    """Logits (rows,) of one clause, each row by a fit to the other half; NaN where not measured."""
    out = np.where(read.tested, read.logits[:, column], np.nan).astype(np.float32)
    if not size:
        return out
    for half in np.unique(read.half[read.tested]):
        rows = np.flatnonzero((read.half != half) & (read.truth[:, column] >= 0))
        drawn = _drawn(rows, read.truth[rows, column] == 1, size, random.Random(f"{SEED} {draw} {column}"), least)
        made = correction(read.logits[drawn, column], read.meanings[drawn], (read.truth[drawn, column] == 1).tolist())
        here = read.tested & (read.half == half)
        if made is not None:
            out[here] = made.applied(read.logits[here, column], read.meanings[here])
    return out


def _drawn(
    rows: NDArray[np.intp], violating: NDArray[np.bool_], size: int, chance: random.Random, least: float
) -> NDArray[np.intp]:
    """So many rows, at least that share of them violating, as far as there are any."""
    bad, good = rows[violating].tolist(), rows[~violating].tolist()
    if not least:
        every = [*bad, *good]
        return np.array(chance.sample(every, min(size, len(every))), np.intp)
    wanted = min(len(bad), round(size * max(least, len(bad) / max(1, len(rows)))))
    return np.array(chance.sample(bad, wanted) + chance.sample(good, min(len(good), size - wanted)), np.intp)


def _scores(read: Read, column: int, logits: NDArray[np.float32]) -> list[Score]:
    clause = read.bench.suites[0].policy.clauses[column].id
    return [
        _score(read, row, clause, logits[row], label=bool(read.truth[row, column]))
        for row in np.flatnonzero(read.tested & (read.truth[:, column] >= 0))
    ]


def _any(read: Read, logits: NDArray[np.float32]) -> list[Score]:
    """Whether any known label is true, and the highest probability of all categories."""
    rows = np.flatnonzero(read.tested & (read.truth >= 0).any(axis=1))
    return [_score(read, row, "", logits[row].max(), label=bool((read.truth[row] == 1).any())) for row in rows]


def _score(read: Read, row: int, clause: str, logit: float, *, label: bool) -> Score:
    return Score(
        policy=read.bench.suites[0].policy.id,
        case=read.ids[row],
        clause=clause,
        label=label,
        probability=float(1 / (1 + np.exp(-logit))),
        ruling=Ruling.OPEN,
        language="en",
    )
