"""What certifying and refitting cost, over one pass of the bare encoder over the same rows, in one run, one thread.

Certifying 20,000 labels is measured on a sample, from a file of labels to certificates: reading and judging grow with
the rows, and are scaled; the proofs are timed at full size and put on top.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from judgebench.judging import TIMEOUT_SECONDS
from judgebench.speed import rulebook
from numpy.typing import NDArray

from komainu.cascade import Stage
from komainu.domain import Content, Rulebook
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.adaptation import correction
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.windows import windows
from komainu.learning.certify import Aim, certify, evidence
from komainu.learning.certifying import certified
from komainu.learning.fit import Known, fit_policy
from komainu.learning.labels import read_labels
from triagebench.choices import SEED
from triagebench.reading import READ, bench_of

Work = Callable[[], object]
Seconds = NDArray[np.float64]  # (ROUNDS,)
CLAUSES, LABELS, REFITTED = 50, 20_000, 200
SAMPLE = 400
ROUNDS = 5
BATCH = 64  # texts that the encoder reads at once, as the judge's own batches
VIOLATING = 5  # one label in so many


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """How long something took."""

    what: str
    ratio: float  # to the encoder's pass: median of the rounds
    low: float  # least and most of them
    high: float
    seconds: float
    encoder_seconds: float


def costs(data: Path) -> Iterator[Cost]:
    """Certifying, its proofs alone, refitting, and its equations alone."""
    texts = list(dict.fromkeys(case.text for case in bench_of(READ["edos_sexism"], data).suites[0].cases))
    book = rulebook(CLAUSES)
    with _certifying(texts[:SAMPLE], book) as work:
        whole, bare = _rounds(work, lambda: _encode(texts[:SAMPLE]), LABELS / SAMPLE)
    proofs = np.array([_seconds(lambda: _prove(book)) for _ in range(ROUNDS)])
    yield _cost(f"certify {CLAUSES} clauses on {LABELS:,} labels", whole + proofs, bare)
    yield _cost(f"the proofs of these {CLAUSES} certificates alone", proofs, bare)
    few = texts[:REFITTED]
    fitted, bare = _rounds(lambda: _refit(few, book), lambda: _encode(few))
    yield _cost(f"refit on {REFITTED} labels", fitted, bare)
    yield _cost("its equations alone", np.array([_seconds(_solve) for _ in range(ROUNDS)]), bare)


def _rounds(work: Work, bare: Work, scale: float = 1.0) -> tuple[Seconds, Seconds]:
    """Seconds of both in each round, one after the other: what slows the machine slows both."""
    work()
    taken = np.array([(_seconds(work), _seconds(bare)) for _ in range(ROUNDS)]) * scale
    return taken[:, 0], taken[:, 1]


def _cost(what: str, seconds: Seconds, bare: Seconds) -> Cost:
    ratios = seconds / bare
    return Cost(
        what=what,
        ratio=float(np.median(ratios)),
        low=float(ratios.min()),
        high=float(ratios.max()),
        seconds=float(np.median(seconds)),
        encoder_seconds=float(np.median(bare)),
    )


def _seconds(work: Work) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _encode(texts: Sequence[str]) -> None:
    """Tokens and one forward of every window."""
    reader = proven().reader
    for start in range(0, len(texts), BATCH):
        reader.states([ids for text in texts[start : start + BATCH] for ids in windows(Content(text=text), reader).ids])


@contextmanager
def _certifying(texts: Sequence[str], book: Rulebook) -> Iterator[Work]:
    """From the file of labels to the certificates of all policies."""
    keys = [clause.key for clause in book.clauses]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.jsonl"
        lines = (
            {
                "text": text,
                "clause": keys[row % len(keys)],
                "violates": row // len(keys) % VIOLATING == 0,
                "source": "b",
            }
            for row, text in enumerate(texts)
        )
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        stage = Stage(judge=EmbeddedJudge(), timeout_seconds=TIMEOUT_SECONDS)
        yield lambda: asyncio.run(_certify(path, book, stage))


async def _certify(path: Path, book: Rulebook, stage: Stage) -> None:
    policies = list(book)
    labels = read_labels(path, policies)
    for policy in policies:
        await certified(stage, policy, labels, aim=Aim(), at=datetime.now(UTC))


def _prove(book: Rulebook) -> None:
    """Each clause certified from scores that are there, all labels at once."""
    generator = np.random.default_rng(SEED)
    for policy in book:
        for clause in policy.clauses:
            each = LABELS // CLAUSES
            scores, violates = generator.random(each), np.arange(each) % VIOLATING == 0
            said = evidence(scores, violates, "0" * 64)
            certify(clause.key, policy, "judge@1", said, aim=Aim(), at=datetime.now(UTC))


def _refit(texts: Sequence[str], book: Rulebook) -> None:
    policy = next(iter(book))
    clause = policy.clauses[0].id
    known = [
        Known(content=Content(text=text), clause=clause, violates=row % VIOLATING == 0)
        for row, text in enumerate(texts)
    ]
    fit_policy(policy, known, proven())


def _solve() -> None:
    generator = np.random.default_rng(SEED)
    vectors = generator.normal(size=(REFITTED, proven().head.centre.size)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    logits = generator.normal(size=REFITTED).astype(np.float32)
    correction(logits, vectors, [row % VIOLATING == 0 for row in range(REFITTED)])
