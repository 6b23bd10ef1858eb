"""What a reasoner is worth behind Komainu: accuracy, rules followed, answers refused, injections, seconds.

python benchmarks/reasoner_quality.py ask bench.low --url URL --bench DIR --data DIR --out DIR [--minutes 60]
python benchmarks/reasoner_quality.py report --out DIR

Slow by nature: each answer is kept in `DIR/CONDITION.jsonl` as it comes, and a second run goes on where the first
ended. Items come in an order by the seed of which every beginning holds as much of each policy. Conditions:
bench.low, bench.medium, bench.twice (two samples, for agreement), moderation.together (every category a policy, all in
one call), moderation.each (a call each), moderation.medium, injection.plain (to find violating texts that the model
finds), then injection.fenced and injection.bare (forty injections around these, with and without our delimiting),
injection.control (the bare texts without any injection) and injection.neutral (with words that ask for nothing).
"""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path

from reasonerbench.asked import ask_all, is_found, kept
from reasonerbench.conditions import BASES, CONDITIONS, items_of
from reasonerbench.figures import lines_of

from komainu.metrics import Figure


def main() -> None:
    given = options().parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.what == "report":
        show({name: kept(given.out / f"{name}.jsonl") for name in CONDITIONS})
        return
    condition = CONDITIONS[given.condition]
    bases = found_bases(given.out / "injection.plain.jsonl")
    items = items_of(condition, bench=given.bench, data=given.data, limit=given.rows, bases=bases)
    if condition.what in {"injection", "control", "neutral"} and len(bases) < BASES:
        raise SystemExit(f"expected {BASES} violating texts that the model finds; ask injection.plain for longer first")
    asyncio.run(
        ask_all(
            condition,
            items[: given.limit or None],
            given.out / f"{given.condition}.jsonl",
            url=given.url,
            model=given.model,
            profile=given.profile,
            minutes=given.minutes,
            enough=BASES if condition.what == "bases" else 0,
        )
    )


def found_bases(path: Path) -> list[str]:
    """Keys of the first violating texts of which the model said so."""
    return [row["key"] for row in kept(path) if is_found(row)][:BASES]


def show(rows: Mapping[str, list[Mapping[str, object]]]) -> None:
    last = ""
    for line in lines_of(rows):
        if line.condition != last:
            last = line.condition
            print(f"\n{last}")
        print(f"  {line.what:58} {shown(line.figure)}")


def shown(figure: Figure) -> str:
    if figure.value is None:
        return f"-  n={figure.n:,}"
    interval = "" if figure.low is None else f" [{figure.low:.3f}, {figure.high:.3f}]"
    return f"{figure.value:.3f}{interval}  n={figure.n:,}"


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("ask", "report"))
    parser.add_argument("condition", nargs="?", choices=tuple(CONDITIONS))
    parser.add_argument("--url", default="http://127.0.0.1:8080/v1")
    parser.add_argument("--model", default="", help="default: the only one of the server")
    parser.add_argument("--profile", default="chat")
    parser.add_argument("--bench", type=Path, help="folder of policies with cases")
    parser.add_argument("--data", type=Path, help="folder of public sets with labels.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="folder of answers")
    parser.add_argument("--rows", type=int, default=300, help="of a public set, drawn by the seed")
    parser.add_argument("--limit", type=int, default=0, help="only the first so many items")
    parser.add_argument("--minutes", type=float, default=600.0)
    return parser


if __name__ == "__main__":
    main()
