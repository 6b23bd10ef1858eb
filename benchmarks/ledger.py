"""How many durable decisions a second the store takes, against bare sqlite3 writing the same bytes as safely.

    python benchmarks/ledger.py [--decisions 1000] [--clauses 50] [--rounds 3] [--json]

Each decision has two judges' opinions on every clause. Bare sqlite3 gets the finished rows of the same decisions, in
tables with the same indexes, WAL and synchronous=FULL: once with as many decisions per commit as the store reached,
once with one per commit. Store and sqlite3 take turns, and medians are compared, since disks and machines drift.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import event

from komainu.domain import Abstention, Action, Content, Decision, Opinion, Reason, Ruling, StageRun, Verdict
from komainu.store import open_store
from komainu.store.sql import SqlStore

TABLES = ("ledger", "decisions", "words", "contents")
CONCURRENCY = (1, 64, 256)

Made = tuple[Decision, Content]
Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Medians over all rounds, in decisions a second."""

    concurrency: int  # callers that wait for their own decision
    decisions: int  # per round
    rounds: int
    per_commit: float  # decisions that the store committed together
    store: float
    sqlite3_same_commits: float  # as many decisions per commit as the store
    sqlite3_single_commits: float
    ratio_same_commits: float  # store over sqlite3
    ratio_single_commits: float


def make(number: int, clauses: int) -> Made:
    """A decision as a cascade of two judges makes it; every 20th is left to a person."""
    content = Content(text=f"An ordinary post, number {number}. " + "Some more words about it. " * 8)
    keys = [f"policy{place // 10}/C{place % 10}" for place in range(clauses)]
    held = number % 20 == 0
    first = [_verdict("embedded@1", key, number + place) for place, key in enumerate(keys)]
    second: list[Opinion] = [_verdict("safeguard@1", key, number * place, "No sale.") for place, key in enumerate(keys)]
    if held:
        second[-1] = Abstention(clause=keys[-1], judge="safeguard@1", reason=Reason.TIMED_OUT, detail="30 s")
    decision = Decision(
        id=str(uuid4()),
        content=content.digest,
        action=Action.HOLD if held else Action.ALLOW,
        rulings={key: Ruling.OPEN if held and key == keys[-1] else Ruling.CLEAR for key in keys},
        opinions=(*first, *second),
        stages=tuple(StageRun(judge=judge, asked=clauses, seconds=0.0123) for judge in ("embedded@1", "safeguard@1")),
        rulebook="0" * 64,
        policies=("policy0@1.0.0",),
        decided_at=datetime.now(UTC),
    )
    return decision, content


def _verdict(judge: str, clause: str, number: int, rationale: str = "") -> Verdict:
    probability = (number * 7919 % 1000003) / 1000003
    return Verdict(clause=clause, judge=judge, probability=probability, rationale=rationale)


async def time_store(file: Path, made: Sequence[Made], concurrency: int) -> tuple[float, int]:
    """Seconds, and commits, to record all of them."""
    store = await open_store(file)
    assert isinstance(store, SqlStore)
    commits: list[object] = []
    event.listen(store._database.writer, "commit", commits.append)
    waiting = iter(made)

    async def work() -> None:
        for one in waiting:
            await store.record(*one)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    seconds = time.perf_counter() - began
    await store.close()
    return seconds, len(commits)


def read_back(file: Path) -> tuple[list[str], Rows]:
    """What the store wrote: how the tables and indexes are made, and their rows in the order written."""
    with sqlite3.connect(file) as source:
        made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index') AND tbl_name IN "
        schema = [row[0] for row in source.execute(f"{made}{TABLES} ORDER BY type DESC")]
        rows = {table: source.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall() for table in TABLES}
    source.close()
    return schema, rows


def time_sqlite3(file: Path, schema: Sequence[str], rows: Rows, per_commit: float) -> float:
    """Seconds to write those rows with so many decisions per commit."""
    target = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *schema):
        target.execute(statement)
    inserts = {
        table: f"INSERT INTO {table} VALUES ({','.join('?' * len(some[0]))})" for table, some in rows.items() if some
    }
    total = len(rows["ledger"])
    commits = max(1, round(total / per_commit))
    began = time.perf_counter()
    for commit in range(commits):
        target.execute("BEGIN IMMEDIATE")
        for table, insert in inserts.items():
            count = len(rows[table])
            target.executemany(insert, rows[table][count * commit // commits : count * (commit + 1) // commits])
        target.execute("COMMIT")
    seconds = time.perf_counter() - began
    target.close()
    return seconds


def measure(concurrency: int, decisions: int, clauses: int, rounds: int) -> Result:
    """Let both write, in turns."""
    speeds: dict[str, list[float]] = {"store": [], "same": [], "single": []}
    together: list[float] = []
    for _ in range(rounds):
        made = [make(number, clauses) for number in range(decisions)]
        with tempfile.TemporaryDirectory(prefix="komainu-ledger-") as folder:
            file = Path(folder) / "store.db"
            seconds, commits = asyncio.run(time_store(file, made, concurrency))
            schema, rows = read_back(file)
            together.append(decisions / commits)
            speeds["store"].append(decisions / seconds)
            for name, per_commit in (("same", together[-1]), ("single", 1.0)):
                seconds = time_sqlite3(Path(folder) / f"{name}.db", schema, rows, per_commit)
                speeds[name].append(decisions / seconds)
    store, same, single = (statistics.median(speeds[name]) for name in ("store", "same", "single"))
    return Result(
        concurrency=concurrency,
        decisions=decisions,
        rounds=rounds,
        per_commit=round(statistics.median(together), 1),
        store=round(store),
        sqlite3_same_commits=round(same),
        sqlite3_single_commits=round(single),
        ratio_same_commits=round(store / same, 2),
        ratio_single_commits=round(store / single, 2),
    )


def main() -> None:
    """Print one line per concurrency."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decisions", type=int, default=1000, help="per round; a fifth of it where one caller waits")
    parser.add_argument("--clauses", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    results = []
    for concurrency in CONCURRENCY:
        decisions = max(options.decisions // 5, 1) if concurrency == 1 else options.decisions
        results.append(measure(concurrency, decisions, options.clauses, options.rounds))
        if not options.json:
            print(line(results[-1]))
    if options.json:
        json.dump({"clauses": options.clauses, "results": [asdict(result) for result in results]}, sys.stdout, indent=2)
        print()


def line(result: Result) -> str:
    """The result in words."""
    return (
        f"{result.concurrency:>3} callers, n={result.rounds}x{result.decisions}: "
        f"store {result.store:.0f} decisions/s, {result.per_commit:g} per commit; "
        f"sqlite3 {result.sqlite3_same_commits:.0f}/s with as many per commit (ratio {result.ratio_same_commits:.2f}), "
        f"{result.sqlite3_single_commits:.0f}/s with one per commit (ratio {result.ratio_single_commits:.2f})"
    )


if __name__ == "__main__":
    main()
