"""How much `komainu batch` costs on top of the encoder it waits for, and how its memory grows.

    python benchmarks/batch.py speed TEXTS.jsonl.gz [MORE.jsonl ...] [--rows 2000] [--rounds 3] [--json]
    python benchmarks/batch.py memory TEXTS.jsonl.gz [MORE.jsonl ...] [--sizes 10000 100000] [--judges rules] [--json]

Speed: rows per second through the starter policies and the default cascade, from the file to the durable ledger and
output, over rows per second of the bare encoder on the same texts, cut into the same windows; in one
process, interleaved, warm, as medians. Memory: the most that a process of its own ever held (VmHWM), startup included.
"""

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path

from komainu.apps.batch.files import open_rows
from komainu.apps.batch.rows import Columns, Row
from komainu.apps.batch.run import begin
from komainu.apps.cli.batch import Job, carry_out
from komainu.apps.settings import Settings
from komainu.domain import Content
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.windows import windows
from komainu.policies import load_rulebook, starter_path

AT_ONCE = 64
CHILD = """
import re, sys
from pathlib import Path
from komainu.apps.cli import main
try:
    main()
finally:
    print("peak", re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1], file=sys.stderr)
"""


def texts_of(paths: Sequence[Path]) -> list[str]:
    """The texts of the files, taken in turn, so that any number from the start is a mixture."""
    by_file = []
    for path in paths:
        texts = []
        with open_rows(path, Columns()) as rows:
            while chunk := rows.next_chunk():
                texts.extend(row.content.text for row in chunk if isinstance(row, Row))
        by_file.append(texts)
    longest = max(map(len, by_file))
    return [texts[row] for row in range(longest) for texts in by_file if row < len(texts)]


def repeated(texts: Sequence[str], count: int) -> Iterator[str]:
    """So many texts: those there are, and when they run out the same again behind a running number."""
    yield from islice(texts, count)
    again = enumerate(islice(cycle(texts), max(0, count - len(texts))))
    yield from (f"{number} {text}" for number, text in again)


def write_input(path: Path, texts: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps({'text': text}, ensure_ascii=False)}\n" for text in texts)


class Speed:
    """The two things compared, each ready to run again."""

    def __init__(self, texts: Sequence[str], folder: Path) -> None:
        self._rows, self._folder, self._round = len(texts), folder, 0
        self._reader = proven().reader
        self.pieces = [ids for text in texts for ids in windows(Content(text=text), self._reader).ids]
        settings = Settings(cache=folder / "cache")
        rulebook = load_rulebook([starter_path()])
        self.clauses = len(rulebook.clauses)
        self._job = Job(settings=settings, rulebook=rulebook, cascade=settings.cascade(), full=False)
        self._input = folder / "in.jsonl"
        write_input(self._input, iter(texts))

    def batch(self) -> float:
        """Rows per second from file to ledger and output."""
        self._round += 1
        out, errors = self._folder / f"{self._round}.out", self._folder / f"{self._round}.errors"
        settings = self._job.settings.model_copy(update={"store": str(self._folder / f"{self._round}.db")})
        job = Job(settings=settings, rulebook=self._job.rulebook, cascade=self._job.cascade, full=False)
        started = time.perf_counter()
        with open_rows(self._input, Columns()) as rows:
            begun = begin(out, errors, job.plan(self._input, Columns(), errors), resume=False)
            output, _ = asyncio.run(carry_out(job, rows, begun, out, errors, resume=False))
        assert output.rows == self._rows, f"expected {self._rows} rows judged; got {output.rows}"
        return self._rows / (time.perf_counter() - started)

    def bare(self) -> float:
        """Rows per second of the encoder alone."""
        started = time.perf_counter()
        for start in range(0, len(self.pieces), AT_ONCE):
            self._reader.states(self.pieces[start : start + AT_ONCE])
        return self._rows / (time.perf_counter() - started)


def speed(arguments: argparse.Namespace) -> dict[str, object]:
    texts = list(repeated(texts_of(arguments.texts), arguments.rows))
    with tempfile.TemporaryDirectory() as folder:
        compared = Speed(texts, Path(folder))
        compared.batch(), compared.bare()  # weights and tables are loaded, the rulebook is compiled
        rounds = [(compared.batch(), compared.bare()) for _ in range(arguments.rounds)]
    batch, bare = (statistics.median(rates) for rates in zip(*rounds, strict=True))
    return {
        "rows": len(texts),
        "windows": len(compared.pieces),
        "clauses": compared.clauses,
        "rounds": arguments.rounds,
        "batch_rows_per_second": round(batch, 1),
        "encoder_rows_per_second": round(bare, 1),
        "ratio": round(batch / bare, 3),
        "ratio_of_each_round": [round(one / other, 3) for one, other in rounds],
        "overhead_ms_per_row": round(1000 / batch - 1000 / bare, 3),
    }


def memory(arguments: argparse.Namespace) -> dict[str, object]:
    texts = texts_of(arguments.texts)
    peaks = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stages = "".join(f'[[stages]]\njudge = "{judge}"\n' for judge in arguments.judges)
        (folder / "komainu.toml").write_text(f'store = "record.db"\ncache = "cache"\n{stages}')
        for size in arguments.sizes:
            write_input(folder / "in.jsonl", repeated(texts, size))
            peaks[size] = peak_mb(folder, size)
    first, last = peaks[arguments.sizes[0]], peaks[arguments.sizes[-1]]
    return {
        "judges": list(arguments.judges),
        **{f"peak_mb_at_{size}_rows": peak for size, peak in peaks.items()},
        "growth": round(last / first - 1, 4),
    }


def peak_mb(folder: Path, size: int) -> float:
    command = [sys.executable, "-c", CHILD, "batch", "in.jsonl", "--out", "out.jsonl"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"peak (\d+)", ran.stderr)
    if ran.returncode or found is None or f"{size:,} rows judged" not in ran.stdout:
        raise SystemExit(f"the run over {size:,} rows failed:\n{ran.stdout}{ran.stderr}")
    for left in (*folder.glob("out*"), *folder.glob("record.db*")):
        left.unlink()
    return round(int(found[1]) / 1024, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = parser.add_subparsers(required=True)
    for measure in (speed, memory):
        kind = kinds.add_parser(measure.__name__)
        kind.set_defaults(measure=measure)
        kind.add_argument("texts", type=Path, nargs="+", help="files of rows with a text")
        kind.add_argument("--json", action="store_true")
        if measure is speed:
            kind.add_argument("--rows", type=int, default=2_000)
            kind.add_argument("--rounds", type=int, default=3)
        else:
            kind.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
            kind.add_argument("--judges", nargs="+", default=["rules", "embedded"])
    arguments = parser.parse_args()
    figures = arguments.measure(arguments)
    if arguments.json:
        print(json.dumps(figures))
    else:
        for name, figure in figures.items():
            print(f"{name.replace('_', ' '):28} {figure}")


if __name__ == "__main__":
    main()
