"""From similarities to a probability that means what it says."""

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from komainu.domain.digest import digest_of
from komainu.judges.embedded.compiled import Compiled, Floats

FEATURES = (
    "clause",  # similarity to the clause's own words
    "over_rivals",  # how much closer than to its policy's other clauses and exceptions
    "examples",  # similarity to the closest violating example; 0 without examples
    "over_counterexamples",  # how much closer than to the closest example that does not violate; 0 without both
    "has_examples",  # 1 or 0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A logistic regression over FEATURES, fitted on labelled cases by `benchmarks/calibrate_embedded.py`."""

    encoder: str  # the encoder it was fitted with
    weights: tuple[float, ...]
    intercept: float

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise ValueError(f"a calibration needs {len(FEATURES)} weights; got {len(self.weights)}")

    @property
    def digest(self) -> str:
        """Names the calibration."""
        return digest_of(self.encoder, [repr(weight) for weight in self.weights], repr(self.intercept))

    def probabilities(self, features: Floats) -> Floats:
        """Of violation, shape (texts, clauses), from features of shape (texts, clauses, FEATURES)."""
        logits = features @ np.array(self.weights, dtype=np.float32) + np.float32(self.intercept)
        shares: Floats = 1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30)))
        return shares


def shipped_calibration() -> Calibration:
    """The calibration that comes with Komainu."""
    kept = json.loads(files("komainu.judges.embedded").joinpath("calibration.json").read_text("utf-8"))
    return Calibration(encoder=kept["encoder"], weights=tuple(kept["weights"]), intercept=kept["intercept"])


def features_of(similarities: Floats, rulebook: Compiled) -> Floats:
    """What the calibration weighs, shape (texts, clauses, FEATURES), from raw similarities (texts, columns)."""
    above = (similarities - rulebook.mean) / rulebook.scale
    clause = above[:, rulebook.clause]
    rivals = np.where(rulebook.rivals.empty, 0.0, clause - rulebook.rivals.best(above))
    examples = rulebook.examples.best(above)
    both = ~(rulebook.examples.empty | rulebook.counterexamples.empty)
    over = np.where(both, examples - rulebook.counterexamples.best(above), 0.0)
    has = np.broadcast_to(~rulebook.examples.empty, clause.shape)
    return np.stack([clause, rivals, examples, over, has], axis=-1).astype(np.float32)
