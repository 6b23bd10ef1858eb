"""From logits to probabilities that mean what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from komainu.judges.embedded.head import Floats

LANGUAGES = ("en", "ja")  # that the judge reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Slope and shift of the logits by language of the policy (Platt, 1999), fitted on policies not trained on."""

    slope: Mapping[str, float]
    shift: Mapping[str, float]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """From what `training/calibrate.py` wrote; ValueError or KeyError where that is something else."""
        made = cls(slope=dict(kept["slope"]), shift=dict(kept["shift"]))
        if set(made.slope) != set(LANGUAGES) or set(made.shift) != set(LANGUAGES):
            raise ValueError(f"a calibration has a slope and a shift for {', '.join(LANGUAGES)}; got {kept}")
        return made

    def lines(self, languages: Sequence[str]) -> tuple[Floats, Floats]:
        """Slope and shift of each clause (clauses,), given the language of each; English for one not covered."""
        known = [language if language in LANGUAGES else LANGUAGES[0] for language in languages]
        slope, shift = ([side[one] for one in known] for side in (self.slope, self.shift))
        return np.array(slope, np.float32), np.array(shift, np.float32)


def shares(logits: Floats) -> Floats:
    """Probabilities from logits."""
    out: Floats = np.float32(1.0) / (np.float32(1.0) + np.exp(-np.clip(logits, -30, 30)))
    return out
