"""What the embedded judge is worth on policies and content it never saw, what it costs, and what else one could run.

    make bench-judge
    python benchmarks/bench_judge.py --corpus DIR --bench DIR --data DIR [--json OUT] [--sets a,b] [--limit N]
                                     [--fp32 DIR] [--no-curve] [--no-speed]
                                     [--no-alternatives]

Quality: the held-out part of the corpus and a bench of policies (`policy.md` + `cases.jsonl`), and public sets, each
under one policy with a clause per label; beside each, the same cases under words that say nothing or something else
(see judgebench/controls.py). Curve: what 8, 32 and 128 labels of a clause add (see judgebench/curve.py). Speed: ratios
to the bare encoder, one thread. Alternatives: a word list and a generative model of 1.5 billion weights, from the
environment that requirements/bench.in describes. Thresholds were fixed beforehand (judgebench/choices.py); what is
chosen on the labels themselves is called optimistic. Seeded: the same files give the same figures, times apart. Needs
`pip install "komainu[evals]"`.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from judgebench.alternatives import profanity_lines, qwen_lines
from judgebench.curve import SETS, curve_lines
from judgebench.figures import Line, lines_of
from judgebench.judging import judged_every_way, make_judge
from judgebench.rows import read_labels
from judgebench.sets import BENCH, LABELS, MODERATION, NAMES, BenchSet, load_set
from judgebench.speed import agreement_lines, speed_lines
from judgebench.table import as_json, show
from rich.console import Console

PROGRESS = Console(stderr=True, highlight=False, markup=False)


def main() -> None:
    given = options().parse_args()
    names = chosen(given.sets)
    expect_folders(given)
    lines: list[Line] = []
    reasons: list[str] = []
    for found in measured(given, names):
        if isinstance(found, Line):
            lines.append(found)
        else:
            reasons.append(found)
    judge = make_judge().judge.name
    show(judge, lines, reasons)
    if given.json:
        given.json.write_text(as_json(judge, lines, reasons) + "\n", "utf-8")


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder of suites; only its held-out part is used")
    parser.add_argument("--bench", type=Path, required=True, help="folder of suites; all are used")
    parser.add_argument("--data", type=Path, required=True, help="folder of public sets with labels.jsonl")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument(
        "--sets", default="", help=f"only these, by comma (a part of the name will do): {', '.join(NAMES)}"
    )
    parser.add_argument("--limit", type=int, default=0, help="about so many rows of each set, drawn by the seed")
    parser.add_argument("--fp32", type=Path, help="weights at full precision, to compare rulings with")
    parser.add_argument("--no-curve", action="store_true", help="without what labels add")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--no-alternatives", action="store_true")
    parser.add_argument(
        "--alternatives", type=Path, default=Path("build/bench/bin/python"), help="Python that has the alternatives"
    )
    parser.add_argument("--items", type=int, default=200, help="that the generative model is asked about")
    return parser


def chosen(asked: str) -> list[str]:
    """The sets asked for, in their usual order; all where none is named."""
    wanted = [one.strip() for one in asked.split(",") if one.strip()]
    for one in wanted:
        if not any(one in name for name in NAMES):
            raise SystemExit(f"there is no set {one!r}; there are: {', '.join(NAMES)}")
    return [name for name in NAMES if not wanted or any(one in name for one in wanted)]


def expect_folders(given: argparse.Namespace) -> None:
    """SystemExit where a folder is missing: to hear of it before anything runs."""
    wanted = {"--corpus": given.corpus, "--bench": given.bench, "--data": given.data / LABELS}
    for option, path in wanted.items():
        if not path.exists():
            raise SystemExit(f"{path} is missing: say with {option} where it is (make bench-judge: see the Makefile)")


def measured(given: argparse.Namespace, names: list[str]) -> Iterator[Line | str]:
    """Every figure, and the reason for each that could not be taken."""
    labels = read_labels(given.data / LABELS)
    sets: list[BenchSet] = []
    for name in names:
        bench = load_set(name, corpus=given.corpus, bench=given.bench, data=given.data, limit=given.limit)
        if bench is None:
            yield f"{name}: the data hold no row of its test split"
            continue
        sets.append(bench)
        PROGRESS.print(f"{bench.name}: {bench.rows:,} rows")
        # A judge for each set: one that remembers what it encoded would keep all of them.
        scores, controls = asyncio.run(judged_every_way(bench, make_judge().judge, labels))
        yield from lines_of(bench, scores, controls)
    if not given.no_curve:
        for name in (name for name in names if name in SETS):
            PROGRESS.print(f"{name}: with labels")
            yield from curve_lines(name, given.data, labels, given.limit)
    if not given.no_speed:
        yield from timed(given)
    if not given.no_alternatives:
        PROGRESS.print("alternatives")
        yield from profanity_lines(sets, given.alternatives)
        yield from qwen_lines([one for one in sets if one.name in (BENCH, MODERATION)], given.alternatives, given.items)


def timed(given: argparse.Namespace) -> Iterator[Line | str]:
    """What the judge costs, on texts of the bench."""
    bench = load_set(BENCH, corpus=given.corpus, bench=given.bench, data=given.data)
    assert bench is not None, "the bench has cases, or it would not have loaded"
    PROGRESS.print("speed")
    yield from speed_lines(bench)
    if given.fp32:
        yield from agreement_lines(bench, given.fp32)
    else:
        yield "int8 against fp32: no weights at full precision (--fp32)"


if __name__ == "__main__":
    sys.exit(main())
