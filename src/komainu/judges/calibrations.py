"""What labels say of a reasoner's probabilities, kept in a folder: one file per policy.

A calibration moves the logit of a probability: `slope * logit + shift` (Platt 1999). It changes how sure an opinion is,
and never what was said: a verdict of violation stays at .5 or above, one of none at .5 or below.
"""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from komainu.domain.digest import digest_of
from komainu.errors import JudgeError
from komainu.judges.learnt import written_whole

ENDING = ".reasoner.json"
_LOG = logging.getLogger(__name__)
_EDGE = 1e-6  # probabilities of 0 and 1 have no logit


class Calibration(BaseModel):
    """Of one judge under one policy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    judge: str  # name@version, as it is without any calibration
    policy: str  # id@version that the labels were made under
    slope: FiniteFloat = Field(ge=0.0)
    shift: FiniteFloat
    labels: int
    violating: int
    loss_before: FiniteFloat  # cross-entropy in nats per label
    loss_after: FiniteFloat  # the same by cross-validation over contents

    def applied(self, probability: float, *, violated: bool) -> float:
        """The calibrated probability, on the side of .5 that was said; .5 itself, which says nothing, stays."""
        if probability == 0.5:
            return probability
        moved = 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, self.slope * logit(probability) + self.shift))))
        return max(moved, 0.5) if violated else min(moved, 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrations:
    """All that were made for one judge."""

    by_policy: Mapping[str, Calibration]  # by id
    digest: str  # names all of them; empty where there is none

    @classmethod
    def read(cls, folder: Path | None, judge: str) -> Self:
        """Those in a folder that were made for this judge; a warning is logged for each that was made for another.

        JudgeError where a file is damaged: what was learnt must not be lost in silence.
        """
        found: dict[str, Calibration] = {}
        others: dict[str, tuple[Path, Calibration]] = {}
        for path in sorted(folder.glob(f"*{ENDING}")) if folder is not None and folder.is_dir() else ():
            one = _read(path)
            policy = one.policy.partition("@")[0]
            if one.judge != judge:
                others[policy] = (path, one)
            elif policy in found:
                raise JudgeError(f"{path}: expected one calibration of {judge} under {policy}; take one of them away")
            else:
                found[policy] = one
        for policy, (path, one) in others.items():
            if policy not in found:
                _LOG.warning("%s was made for %s and is not used for %s: calibrate again", path, one.judge, judge)
        names = [(policy, one.slope.hex(), one.shift.hex()) for policy, one in found.items()]
        return cls(by_policy=found, digest=digest_of(names) if names else "")

    def applied(self, policy: str, probability: float, *, violated: bool) -> float:
        """The probability of a clause of that policy (id); as it is where nothing was learnt."""
        one = self.by_policy.get(policy)
        return probability if one is None else one.applied(probability, violated=violated)


def logit(probability: float) -> float:
    """Of 0 and 1: of a number just beside them."""
    inside = min(max(probability, _EDGE), 1.0 - _EDGE)
    return math.log(inside / (1.0 - inside))


def path_of(folder: Path, policy: str, judge: str) -> Path:
    """Where the calibration of that judge under that policy (id) is kept."""
    return folder / f"{policy}.{digest_of(judge)[:8]}{ENDING}"


def save(path: Path, calibration: Calibration) -> None:
    """Write it, all or nothing; UsageError where the file cannot be written."""
    with written_whole(path) as file:
        file.write(f"{calibration.model_dump_json(indent=2)}\n".encode())


def _read(path: Path) -> Calibration:
    try:
        return Calibration.model_validate_json(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise JudgeError(
            f"{path} is damaged or was not written by `komainu learn calibrate` ({type(error).__name__}); "
            "calibrate the policy again, or take the file away to judge without it"
        ) from error
