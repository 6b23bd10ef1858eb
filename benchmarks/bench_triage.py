"""What certified triage is worth: whether its promise holds, where it breaks, what it saves, what the loop learns.

    make bench-triage
    python benchmarks/bench_triage.py --data DIR [--out build/triage] [--parts guarantee,saving]

`--data` is the folder of public sets with `labels.jsonl`. The rows are read by the embedded judge once, which takes
minutes to half an hour, and kept in `--out`; each part keeps its figures there too, and `--parts` takes some of them
anew. `report.md` and `report.json` hold what all parts found; plots come as PNG and SVG, where matplotlib is installed
(the version in requirements/bench.in), and are left out with a message where it is not. Seeded: the same rows give the
same figures, times apart. Needs `pip install "komainu[evals]"`.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from judgebench.sets import LABELS
from rich.console import Console
from threadpoolctl import threadpool_limits
from triagebench.parts import PARTS, keep, needed, sets
from triagebench.reading import Reading, read
from triagebench.report import write

PROGRESS = Console(stderr=True, highlight=False, markup=False)


def main() -> None:
    given = options().parse_args()
    wanted = chosen(given.parts)
    if not (given.data / LABELS).exists():
        raise SystemExit(f"{given.data / LABELS} is missing: say with --data where the public sets are")
    given.out.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(limits=1):  # products this small are slower on several
        readings = read_all(given.data, given.out)
        keep(iter(sets(readings)), given.out / "sets.json")
        for name in wanted:
            PROGRESS.print(name)
            keep(PARTS[name](readings, given.data), given.out / f"{name}.json")
    for line in write(given.out):
        print(line)


def chosen(asked: str) -> list[str]:
    """The parts asked for, in their usual order; all where none is named, none for "none"."""
    wanted = [one.strip() for one in asked.split(",") if one.strip()]
    unknown = [one for one in wanted if one not in PARTS and one != "none"]
    if unknown:
        raise SystemExit(f"there is no part {unknown[0]!r}; there are: {', '.join(PARTS)}, none")
    return [name for name in PARTS if not wanted or name in wanted]


def read_all(data: Path, out: Path) -> Mapping[str, Reading]:
    """What the judge makes of every row."""

    def tell(name: str, done: int, total: int) -> None:
        PROGRESS.print(f"reading {name}: {done:,} of {total:,}")

    return {name: read(name, data, out, lambda done, total, name=name: tell(name, done, total)) for name in needed()}


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of public sets with labels.jsonl")
    parser.add_argument("--out", type=Path, default=Path("build/triage"), help="folder for readings, figures and plots")
    parser.add_argument("--parts", default="", help=f"only these, by comma: {', '.join(PARTS)}; none: report alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
