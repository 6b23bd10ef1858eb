"""What the embedded judge costs by number of clauses, over one bare encoder forward of the same text in the same run.

    python benchmarks/clauses.py [--json]

Needs nothing else. Each round times one forward and one judgement per rulebook size, interleaved; medians of the
per-round ratios, with their 5th and 95th percentile. The rulebooks are compiled before.
"""

import argparse
import asyncio
import json
import time

import numpy as np
from threadpoolctl import threadpool_limits

from komainu.domain import Action, Clause, Content, Policy, Rulebook
from komainu.judges.embedded import EmbeddedJudge
from komainu.models.use import UniversalSentenceEncoder

SIZES = (1, 10, 100, 1_000)
ROUNDS = 200
TEXTS = {
    "short": "Buy 5,000 followers today, message me for prices!",
    "paragraph": "We walked along the coast path in the rain and had soup in the harbour. The owner told us about the "
    "storm that took the roof of the chapel, and how the whole village came to put it back before Christmas. ",
}


def rulebook(size: int) -> Rulebook:
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


async def measured() -> dict[str, dict[str, object]]:
    encoder = UniversalSentenceEncoder()
    judge = EmbeddedJudge(encoder=encoder)
    rulebooks = {size: rulebook(size) for size in SIZES}
    result: dict[str, dict[str, object]] = {}
    for name, text in TEXTS.items():
        content = Content(text=text)
        for each in rulebooks.values():
            await judge.judge(content, each.clauses, each)
        seconds: dict[int, list[float]] = {size: [] for size in (0, *SIZES)}
        for _ in range(ROUNDS):
            started = time.perf_counter()
            encoder.encode([text])
            seconds[0].append(time.perf_counter() - started)
            for size, each in rulebooks.items():
                started = time.perf_counter()
                await judge.judge(content, each.clauses, each)
                seconds[size].append(time.perf_counter() - started)
        bare = np.array(seconds[0])
        result[name] = {"forward_ms": round(float(np.median(bare)) * 1e3, 3), "n": ROUNDS}
        for size in SIZES:
            ratios = np.array(seconds[size]) / bare
            low, middle, high = np.quantile(ratios, (0.05, 0.5, 0.95))
            result[name][f"{size} clauses"] = {
                "ratio": round(float(middle), 3),
                "low": round(float(low), 3),
                "high": round(float(high), 3),
            }
    return result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with threadpool_limits(limits=1):
        result = asyncio.run(measured())
    if given.json:
        print(json.dumps(result, indent=2))
        return
    for name, row in result.items():
        print(f"{name}: one forward {row['forward_ms']} ms (n={row['n']})")
        for size in SIZES:
            ratio = row[f"{size} clauses"]
            spread = f"5th to 95th percentile {ratio['low']} to {ratio['high']}"
            print(f"  {size:>5} clauses: {ratio['ratio']:.2f}x  ({spread})")


if __name__ == "__main__":
    main()
