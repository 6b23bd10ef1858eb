"""Fit the embedded judge's calibration on labelled policies, and say what it is worth on policies it never saw.

    python benchmarks/calibrate_embedded.py CORPUS [--write src/komainu/judges/embedded/calibration.json]

CORPUS is a folder of `policy.md` + `cases.jsonl` folders. A policy and its twin fall on one side: fitted on where
sha256(id without -twin) mod 10 is below 7, measured on the rest. Each content is judged under its own policy and under
three others, whose clauses it is taken not to violate: most of what a clause sees in use is about something else.
Half of a policy's cases stand in for its examples in one pass, none in another. Deterministic; about two minutes.
"""

import argparse
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from komainu.domain import Policy, Rulebook
from komainu.judges.embedded.calibration import FEATURES, features_of
from komainu.judges.embedded.compiled import compiled
from komainu.judges.embedded.windows import unreadable, windows
from komainu.models.use import UniversalSentenceEncoder
from komainu.policies import Case, load, load_cases, policy_files

SEED = 20261125
OTHERS = 3  # foreign policies per content
Suite = tuple[Policy, tuple[Case, ...]]


class Remembering:
    """An encoder that encodes each text once."""

    def __init__(self) -> None:
        self._encoder = UniversalSentenceEncoder()
        self.name, self.dimensions = self._encoder.name, self._encoder.dimensions
        self._kept: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        for start in range(0, len(new), 256):
            batch = new[start : start + 256]
            self._kept.update(zip(batch, self._encoder.encode(batch), strict=True))
        return np.stack([self._kept[text] for text in texts])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("corpus", type=Path)
    options.add_argument("--write", type=Path)
    given = options.parse_args()
    suites = [(load(path), load_cases(path.parent)) for path in policy_files(given.corpus)]
    fitted = [suite for suite in suites if not held_out(suite[0].id)]
    unseen = [suite for suite in suites if held_out(suite[0].id)]
    encoder = Remembering()
    x, y, within = pairs(fitted, encoder)
    scale = x.std(axis=0) + 1e-6
    model = LogisticRegression(C=1.0, max_iter=5_000).fit(x / scale, y)
    weights, intercept = model.coef_[0] / scale, float(model.intercept_[0])
    report = {"fit": figures(x, y, within, weights, intercept), "held_out": None}
    x, y, within = pairs(unseen, encoder)
    report["held_out"] = figures(x, y, within, weights, intercept)
    print(json.dumps({**report, "weights": dict(zip(FEATURES, weights.round(4).tolist(), strict=True))}, indent=2))
    if given.write:
        kept = {
            "encoder": encoder.name,
            "features": FEATURES,
            "weights": [round(float(weight), 5) for weight in weights],
            "intercept": round(intercept, 5),
            "fitted_on": {"policies": len(fitted), "seed": SEED, **report["fit"]},
            "held_out": {"policies": len(unseen), **report["held_out"]},
        }
        given.write.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


def held_out(policy_id: str) -> bool:
    return int(hashlib.sha256(base(policy_id).encode()).hexdigest(), 16) % 10 >= 7


def base(policy_id: str) -> str:
    return re.sub(r"-twin$", "", policy_id)


def pairs(suites: Sequence[Suite], encoder: Remembering) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, labels, and whether the pair is within the content's own policy."""
    chance = random.Random(SEED)
    rows = [row for with_examples in (True, False) for row in _pairs(suites, encoder, chance, with_examples)]
    return (
        np.concatenate([features for features, _, _ in rows]),
        np.concatenate([labels for _, labels, _ in rows]),
        np.concatenate([own for _, _, own in rows]),
    )


def _pairs(
    suites: Sequence[Suite], encoder: Remembering, chance: random.Random, with_examples: bool
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    ready = [_prepared(policy, cases, chance, with_examples) for policy, cases in suites]
    for policy, cases in ready:
        foreign = [other for other, _ in ready if base(other.id) != base(policy.id)]
        for case in cases:
            if unreadable(case.text):
                continue
            rulebook = Rulebook(policies=(policy, *chance.sample(foreign, OTHERS)))
            vectors = compiled(rulebook, encoder, None)
            texts = [span.of(case.text) for span in windows(case.text)]
            features = features_of(encoder.encode(texts) @ vectors.vectors.T, vectors)
            closest = features[:, :, 0].argmax(axis=0)
            features = features[closest, np.arange(len(closest))]
            own = np.array([clause.policy == policy.id for clause in rulebook.clauses])
            labels = np.array([clause.id in case.violates for clause in rulebook.clauses]) & own
            yield features, labels, own


def _prepared(policy: Policy, cases: Sequence[Case], chance: random.Random, with_examples: bool) -> Suite:
    if not with_examples:
        return policy, tuple(cases)
    mixed = chance.sample(list(cases), len(cases))
    shown, kept = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
    clauses = tuple(
        replace(clause, examples=tuple(case.text for case in shown if clause.id in case.violates))
        for clause in policy.clauses
    )
    fine = tuple(case.text for case in shown if not case.violates)
    return replace(policy, clauses=clauses, fine=fine), tuple(kept)


def figures(
    x: np.ndarray, y: np.ndarray, within: np.ndarray, weights: np.ndarray, intercept: float
) -> dict[str, float | int]:
    p = 1 / (1 + np.exp(-(x @ weights + intercept)))
    edges = np.quantile(p, np.linspace(0, 1, 11))
    place = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, 9)
    error = sum(abs(p[place == i].mean() - y[place == i].mean()) * (place == i).mean() for i in range(10))
    missed = {f"cleared_at_{t}": round(float((p < t).mean()), 4) for t in (0.01, 0.02, 0.03)}
    missed |= {f"violations_cleared_at_{t}": round(float((p[y] < t).mean()), 4) for t in (0.01, 0.02, 0.03)}
    return {
        "pairs": len(y),
        "violating": int(y.sum()),
        "auroc_within_policy": round(float(roc_auc_score(y[within], p[within])), 4),
        "auroc_all_pairs": round(float(roc_auc_score(y, p)), 4),
        "calibration_error_10_bins": round(float(error), 4),
        "highest_probability": round(float(p.max()), 4),
        **missed,
    }


if __name__ == "__main__":
    main()
