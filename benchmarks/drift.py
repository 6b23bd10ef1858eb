"""Whether the embedded judge is worse on contents that lie far from those it was trained on.

python benchmarks/drift.py --corpus DIR --data DIR [--limit 700]

How far a content lies: the larger of two distances of its meaning from those of training contents, in standard
deviations of held-out ones: Mahalanobis' (Ledoit-Wolf covariance) and to the five nearest of 512. Pairs of held-out
sets are put into four groups by it; if a drift score were worth an abstention, the farthest would be judged worst.
"""

import argparse
import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from judgebench.choices import RESAMPLES, SEED
from judgebench.judging import make_judge, scores_of
from judgebench.sets import CORPUS, load_set
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf

from komainu.domain import Content
from komainu.evals import is_held_out, load_suites
from komainu.judges.embedded.meanings import meaning
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.weights import SHIPPED
from komainu.learning.public import load_public
from komainu.metrics import Bootstrap, Sample, auroc, figure

ROOT = Path(__file__).resolve().parent.parent
SETS = (CORPUS, "openai_moderation", "surge_toxicity")
TRAINED, NEAREST, CORE = 1_500, 5, 512
SHARES = (0.5, 0.8, 0.95)  # of pairs, nearest first, where groups end
Floats = NDArray[np.float32]


class Distance:
    """How far contents lie from what was trained on."""

    def __init__(self, trained: Floats, held_out: Floats) -> None:
        self._shape = LedoitWolf().fit(trained)
        self._core = trained[np.random.default_rng(SEED).permutation(len(trained))[:CORE]]
        raw = self._raw(held_out)
        self._mean, self._deviation = raw.mean(axis=1, keepdims=True), raw.std(axis=1, keepdims=True)

    def of(self, meanings: Floats) -> Floats:
        """In standard deviations of held-out contents."""
        found: Floats = ((self._raw(meanings) - self._mean) / self._deviation).max(axis=0)
        return found

    def _raw(self, meanings: Floats) -> Floats:
        near = np.sort(meanings @ self._core.T, axis=1)[:, -NEAREST:].mean(axis=1)
        return np.stack([self._shape.mahalanobis(meanings), -near])


def meanings(contents: Sequence[Content]) -> dict[Content, Floats]:
    """Of the contents that the judge reads, by their first windows."""
    weights = proven(SHIPPED)
    return {content: meaning(content, weights) for content in contents if not unreadable(content.text)}


def trained_on(corpus: Path, data: Path) -> tuple[list[Content], list[Content]]:
    """Contents of training rows and cases, and of held-out policies."""
    suites = load_suites([corpus])
    cases = {
        held: [case.content for suite in suites if is_held_out(suite.policy.id) is held for case in suite.cases]
        for held in (False, True)
    }
    public = [row.content for one in load_public(data, ROOT / "training" / "wordings", SEED) for row in one.rows]
    chance = random.Random(SEED)
    return chance.sample(cases[False], TRAINED) + chance.sample(public, TRAINED), chance.sample(cases[True], 600)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, required=True)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--limit", type=int, default=700, help="rows of each set")
    given = options.parse_args()
    trained, held_out = (np.stack(list(meanings(some).values())) for some in trained_on(given.corpus, given.data))
    distance = Distance(trained, held_out)
    for name in SETS:
        bench = load_set(name, corpus=given.corpus, bench=given.corpus, data=given.data, limit=given.limit)
        if bench is None:
            raise SystemExit(f"{name}: expected rows; there are none")
        found = meanings([case.content for suite in bench.suites for case in suite.cases])
        far = dict(zip((one.digest for one in found), distance.of(np.stack(list(found.values()))), strict=True))
        scores = asyncio.run(scores_of(bench, make_judge(remembering=False).judge))
        judged = [s for s in scores if s.probability is not None and s.content in far and bench.is_known(s)]
        ends = np.quantile([far[score.content] for score in judged], SHARES)
        for group in range(len(SHARES) + 1):
            some = [score for score in judged if np.searchsorted(ends, far[score.content]) == group]
            sample = Sample(
                [score.label for score in some],
                [score.probability or 0.0 for score in some],
                [bench.cluster(score) for score in some],
            )
            rank = figure(auroc, sample, Bootstrap(resamples=RESAMPLES, seed=SEED))
            said = np.clip(sample.scores, 1e-4, 1 - 1e-4)
            loss = -np.where(sample.labels, np.log(said), np.log(1 - said)).mean()
            shown = "-" if rank.value is None else f"{rank.value:.3f} [{rank.low or 0:.3f}, {rank.high or 0:.3f}]"
            print(f"{name:20} group {group + 1}: AUROC {shown}, loss {loss:.3f}, n = {len(some):,}", flush=True)


if __name__ == "__main__":
    main()
