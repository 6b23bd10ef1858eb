"""How often `komainu drift` cries wolf, and which shifts it finds.

python benchmarks/drift_alarms.py --data DIR [--rows 1500] [--runs 100]

Real scores of the embedded judge on training rows of two sources (sms_spam, convabuse; nothing else is used) under the
starter policies `spam` and `harassment`, laid out in random order as a record of 35 days: 28 of reference, 7 current,
as many a day. Stationary records are of one source; shifts mix contents of the other into the last week, or make
people overrule the judge from day 28 on. Each run draws rows anew; intervals are Clopper and Pearson's, 95 %.
"""

import argparse
import asyncio
import gzip
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from komainu.domain import Action, Content, Decision, Opinion, Review, Ruling, Verdict
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.embedded.meanings import meaning
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED
from komainu.learning.drift import Drift, DriftReport, Recorded, Watch
from komainu.metrics import surges
from komainu.policies import load_rulebook

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("sms_spam", "convabuse")
POLICIES = ("spam", "harassment")
DAYS, REFERENCE = 35, 28
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=3650)
SHARES = (0.05, 0.2, 0.5, 1.0)
TOPIC_SHARES = (0.0, 0.05, 0.1, 0.2)
TOPIC_RUNS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One row, read once."""

    content: Content
    opinions: tuple[Opinion, ...]
    meaning: np.ndarray  # empty where the judge does not read it


async def judged(name: str, data: Path, rows: int) -> list[Judged]:
    """Training rows of a source with the opinions and the meaning that the embedded judge gives them."""
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        given = [row for row in map(json.loads, lines) if row.get("split") == "train"]
    texts = list(dict.fromkeys(row["text"] for row in given))
    random.Random(0).shuffle(texts)
    rulebook = load_rulebook([ROOT / "policies" / policy for policy in POLICIES])
    weights, found = proven(SHIPPED), []
    judge = EmbeddedJudge()
    for text in texts[:rows]:
        content = Content(text=text)
        opinions = await judge.judge(content, rulebook.clauses, rulebook)
        says = meaning(content, weights) if not unreadable(text) else np.empty(0)
        found.append(Judged(content=content, opinions=tuple(opinions), meaning=says))
    return found


def records(
    rows: Sequence[Judged], reviewed: Callable[[float], float] | None = None, seed: int = 0
) -> Iterator[Recorded]:
    """The rows in this order, evenly over the days; `reviewed` says how often people overrule the judge on a day."""
    chance = random.Random(seed)
    for place, row in enumerate(rows):
        day = DAYS * place / len(rows)
        rulings = dict.fromkeys((one.clause for one in row.opinions), Ruling.OPEN)
        made = Decision(
            id=f"d{place}",
            content=row.content.digest,
            action=Action.HOLD,
            rulings=rulings,
            opinions=row.opinions,
            stages=(),
            rulebook="r",
            policies=tuple(f"{policy}@1.0.0" for policy in POLICIES),
            decided_at=START + timedelta(days=day),
        )
        reviews = [] if reviewed is None else _reviews(made, reviewed(day), chance)
        yield Recorded(decision=made, reviews=reviews)


def _reviews(made: Decision, rate: float, chance: random.Random) -> list[Review]:
    verdicts = [one for one in made.opinions if isinstance(one, Verdict)]
    rulings = {}
    for one in verdicts:
        sides = (Ruling.CLEAR, Ruling.VIOLATED) if one.probability < 0.5 else (Ruling.VIOLATED, Ruling.CLEAR)
        rulings[one.clause] = sides[chance.random() < rate]
    if not rulings:
        return []
    return [Review(id=f"{made.id}r", decision=made.id, reviewer="r", rulings=rulings, reviewed_at=NOW)]


def report_of(recorded: Iterator[Recorded], *, nightly: bool = False) -> tuple[DriftReport, bool, bool]:
    """The report at the end; whether PSI, and whether ADWIN, raised an alarm on any night."""
    drift, night, psi, adwin = Drift(Watch(topics=0), now=NOW), REFERENCE + 1, False, False
    for one in recorded:
        if nightly and one.decision.decided_at >= START + timedelta(days=night):
            report, night = drift.report(), night + 1
            psi = psi or any(alarm.test == "psi" for alarm in report.alarms)
            adwin = adwin or any(alarm.test == "adwin" for alarm in report.alarms)
        drift.add(one)
    report = drift.report()
    psi = psi or any(alarm.test == "psi" for alarm in report.alarms)
    adwin = adwin or any(alarm.test == "adwin" for alarm in report.alarms)
    return report, psi, adwin


def share(hits: Sequence[bool]) -> str:
    """A share with its interval."""
    exact = binomtest(sum(hits), len(hits)).proportion_ci(method="exact")
    return f"{np.mean(hits):.3f} [{exact.low:.3f}, {exact.high:.3f}]"


def mixed(own: Sequence[Judged], other: Sequence[Judged], part: float, seed: int) -> list[Judged]:
    """Rows of one source in random order, with a share of the other's among the last week's."""
    chance = random.Random(seed)
    rows = chance.sample(own, len(own))
    week = range(len(rows) * REFERENCE // DAYS, len(rows))
    for place, row in zip(chance.sample(week, round(part * len(week))), chance.sample(other, len(other)), strict=False):
        rows[place] = row
    return rows


def scores(name: str, own: Sequence[Judged], other: Sequence[Judged], runs: int) -> None:
    """Alarms on scores."""
    for nightly in (False, True):
        found = [report_of(records(mixed(own, other, 0.0, run)), nightly=nightly) for run in range(runs)]
        psi, adwin = ([one[kind] for one in found] for kind in (1, 2))
        when = "on any of 7 nights" if nightly else "one look"
        print(f"{name}, stationary, {when}: PSI {share(psi)}, ADWIN {share(adwin)}, n = {runs} runs", flush=True)
    for part in SHARES:
        found = [report_of(records(mixed(own, other, part, run))) for run in range(runs)]
        psi, adwin = ([one[kind] for one in found] for kind in (1, 2))
        either = [a or b for a, b in zip(psi, adwin, strict=True)]
        print(
            f"{name}, {part:.0%} of the other source: PSI {share(psi)}, ADWIN {share(adwin)}, either {share(either)}, "
            f"n = {runs} runs",
            flush=True,
        )


def overrides(name: str, own: Sequence[Judged], runs: int) -> None:
    """Alarms on overrides: 5 % of verdicts are overruled until day 28, and then more."""
    for rate in (0.05, 0.15, 0.3):
        found = []
        for run in range(runs):
            rows = mixed(own, own, 0.0, run)
            report, _, _ = report_of(records(rows, lambda day, rate=rate: 0.05 if day < REFERENCE else rate, seed=run))
            found.append(any(alarm.measure == "override" for alarm in report.alarms))
        print(f"{name}, overruled 5 % -> {rate:.0%}: {share(found)}, n = {runs} runs", flush=True)


def topics(name: str, own: Sequence[Judged], other: Sequence[Judged]) -> None:
    """New topics, in half of the rows as reference and half as current."""
    mine, theirs = ([one.meaning for one in some if one.meaning.size] for some in (own, other))
    size = min(500, len(mine) // 2)
    for part in TOPIC_SHARES:
        hits = []
        for run in range(TOPIC_RUNS):
            chance = random.Random(run)
            drawn, new = chance.sample(mine, 2 * size), chance.sample(theirs, round(part * size))
            current = [*drawn[size : 2 * size - len(new)], *new]
            hits.append(bool(surges(drawn[:size], current, alpha=Watch().each, seed=run)))
        n = f"n = {TOPIC_RUNS} runs of {size} + {size}"
        print(f"{name}, topics, {part:.0%} of the other source: {share(hits)}, {n}", flush=True)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--rows", type=int, default=1_500, help="of each source")
    options.add_argument("--runs", type=int, default=100)
    given = options.parse_args()
    read = {name: asyncio.run(judged(name, given.data, given.rows)) for name in SOURCES}
    for own, other in (SOURCES, SOURCES[::-1]):
        print(f"{own}: {len(read[own]):,} rows, {len(read[own][0].opinions)} clauses", flush=True)
        scores(own, read[own], read[other], given.runs)
        overrides(own, read[own], given.runs // 2)
        topics(own, read[own], read[other])


if __name__ == "__main__":
    main()
