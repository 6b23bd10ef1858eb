"""What the judge costs over one bare forward of its own encoder, on one thread, in one run.

Rounds time both, interleaved, on texts that nobody has seen; a figure is the median of the rounds' ratios with a 95 %
bootstrap interval over rounds. The rulebooks are compiled before.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from judgebench.choices import RESAMPLES, SEED
from judgebench.figures import BOOTSTRAP, Line
from judgebench.judging import Made, make_judge, scores_of
from judgebench.sets import BenchSet
from komainu.domain import Action, Clause, Content, Policy, Rulebook
from komainu.judges.embedded.windows import framed
from komainu.metrics import Figure, share

SPEED = "speed, one thread"
HUNDRED, THOUSAND = "1 text x 100 clauses, over a bare forward", "1 text x 1,000 clauses, over a bare forward"
BATCH, AGREEMENT = "batch of 32, of the bare encoder's throughput", "int8 and fp32 rule alike"
ROUNDS, BATCH_ROUNDS = 100, 15
AT_ONCE = 32
SHORT = range(40, 250)  # characters: one stretch for any encoder


def speed_lines(bench: BenchSet) -> Iterator[Line]:
    """Ratios on texts of the set."""
    made = make_judge(remembering=False)
    texts = [case.text for suite in bench.suites for case in suite.cases if len(case.text) in SHORT]
    with threadpool_limits(limits=1):
        alone = asyncio.run(_alone(made, texts[:ROUNDS]))
        bare, judged = asyncio.run(_together(made, _batches(texts)))
    for what, ratios in zip((HUNDRED, THOUSAND), alone, strict=True):
        yield Line(set=SPEED, what=what, figure=median(ratios))
    yield Line(set=SPEED, what=BATCH, figure=median(bare / judged))
    yield Line(set=SPEED, what="batch of 32, texts/s on this machine", figure=median(AT_ONCE / judged))


def agreement_lines(bench: BenchSet, weights: Path) -> Iterator[Line]:
    """How often the shipped weights and those in `weights` settle a pair alike, by the default thresholds."""
    ours, other = (asyncio.run(scores_of(bench, make_judge(weights=given).judge)) for given in (None, weights))
    alike = [one.ruling is two.ruling for one, two in zip(ours, other, strict=True)]
    yield Line(set=SPEED, what=AGREEMENT, figure=share(alike, [bench.cluster(score) for score in ours], BOOTSTRAP))


def median(values: np.ndarray) -> Figure:
    """The median, with its bootstrap interval."""
    drawn = np.random.default_rng(SEED).choice(values, (RESAMPLES, len(values)))
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    return Figure(value=float(np.median(values)), n=len(values), positives=0, low=float(low), high=float(high))


async def _alone(made: Made, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Per text, the judge's time over the encoder's, at 100 and at 1,000 clauses."""
    books = (rulebook(100), rulebook(1_000))
    for book in books:
        await _judge(made, texts[:1], book)
    _bare(made, texts[:1])
    ratios = []
    for text in texts:
        started = time.perf_counter()
        _bare(made, [text])
        bare = time.perf_counter() - started
        ratios.append([await _judge(made, [text], book) / bare for book in books])
    return tuple(np.array(ratios).T)  # type: ignore[return-value]


async def _together(made: Made, batches: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray]:
    """Per batch, seconds of the bare encoder and of the judge with 100 clauses."""
    book = rulebook(100)
    await _judge(made, batches[0], book)
    seconds = []
    for batch in batches:
        started = time.perf_counter()
        _bare(made, batch)
        bare = time.perf_counter() - started
        seconds.append((bare, await _judge(made, batch, book)))
    bare_seconds, judged = np.array(seconds).T
    return bare_seconds, judged


def rulebook(size: int) -> Rulebook:
    """So many clauses about different things, ten to a policy."""
    policies = []
    for start in range(0, size, 10):
        policy = f"policy-{start}"
        clauses = tuple(
            Clause(
                policy=policy,
                id=f"CL{number}",
                title=f"Rule {number}",
                text=f"Offering article {number} for sale, or asking where article {number} may be bought.",
                severity=2,
                action=Action.BLOCK,
            )
            for number in range(start, min(start + 10, size))
        )
        policies.append(Policy(id=policy, title=policy, version="1.0.0", language="en", clauses=clauses))
    return Rulebook(policies=tuple(policies))


async def _judge(made: Made, texts: Sequence[str], book: Rulebook) -> float:
    """Seconds to judge the texts at once."""
    started = time.perf_counter()
    await asyncio.gather(*(made.judge.judge(Content(text=text), book.clauses, book) for text in texts))
    return time.perf_counter() - started


def _bare(made: Made, texts: Sequence[str]) -> None:
    """What any use of the encoder takes: its tokens and one forward."""
    made.reader.states([framed(made.reader.tokens(f"post: {text}").ids) for text in texts])


def _batches(texts: Sequence[str]) -> list[Sequence[str]]:
    """Batches of all texts in turn, again from the start where there are too few."""
    again = [texts[place % len(texts)] for place in range(AT_ONCE * BATCH_ROUNDS)]
    return [again[start : start + AT_ONCE] for start in range(0, len(again), AT_ONCE)]
