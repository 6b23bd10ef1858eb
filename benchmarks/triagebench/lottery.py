"""Which contents people look at, and which of these are a uniform sample of all that came."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from triagebench.choices import AUDIT, COMPARE, FIT

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


class Part(Enum):
    """What the labels of a content are for."""

    FIT = "fit"
    COMPARE = "compare"
    CERTIFY = "certify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is looked at on one day."""

    reviewed: Flags  # (contents,)
    uniform: Flags  # of them, those that whatever was decided on them would have been looked at


def drawn(names: Sequence[str], salt: str) -> Numbers:
    """A number from 0 to 1 for each name, always the same one: (names,)."""
    return np.array([int(sha256(f"{salt} {name}".encode()).hexdigest()[:13], 16) / 16**13 for name in names])


def part_of(numbers: Numbers, part: Part) -> Flags:
    """Whether contents with these numbers belong to the part."""
    bounds = {Part.FIT: (0.0, FIT), Part.COMPARE: (FIT, FIT + COMPARE), Part.CERTIFY: (FIT + COMPARE, 1.0)}
    low, high = bounds[part]
    return (numbers >= low) & (numbers < high)


def audit_rate(decided: float) -> float:
    """How likely a content outside the fit part is looked at that was decided automatically.

    So that AUDIT of all contents are, where this share of them is decided: while little is, nearly all of it.
    """
    return min(1.0, AUDIT / (decided * (1.0 - FIT))) if decided else 1.0


def looked_at(
    held: Flags, teaches: Flags, lots: Numbers, *, capacity: int, rate: float, unsure: Numbers | None = None
) -> Looked:
    """Which contents of a day people look at.

    Of what was decided automatically, the contents outside the fit part (`teaches`) whose lot is under `rate`. Of what
    is held, half of the capacity in the fit part and half outside it, each in the order of their lots; what one half
    leaves over goes to the other. With `unsure` (least is most unsure) the fit part goes by that instead. Outside it,
    a content whose lot is under `rate`, and under those of all that were not looked at, would have been looked at
    whatever was decided on it.
    """
    reviewed = ~held & ~teaches & (lots < rate)
    proof = _first(held & ~teaches, lots)
    lessons = _first(held & teaches, lots if unsure is None else unsure)
    share = max(capacity // 2, capacity - len(lessons))
    reviewed[proof[:share]] = True
    reviewed[lessons[: capacity - min(share, len(proof))]] = True
    bound = min(rate, float(lots[proof[share]]) if len(proof) > share else 1.0)
    return Looked(reviewed=reviewed, uniform=reviewed & ~teaches & (lots < bound))


def _first(chosen: Flags, by: Numbers) -> NDArray[np.intp]:
    places = np.flatnonzero(chosen)
    return places[np.argsort(by[places], kind="stable")]
