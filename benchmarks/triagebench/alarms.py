"""Whether the drift alarm fires where a certificate was carried to content from elsewhere, and stays silent at home.

`komainu.metrics.psi` and `komainu.metrics.adwin` are looked for when they are needed; a checkout without them says
"not measured".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

import numpy as np

from triagebench.choices import SEED
from triagebench.guarantee import Count
from triagebench.questions import Scores

SIZES = (100, 300)  # contents since the certificate was made
REFERENCE = 1_000  # contents that it was made on
TRIES = 100
LEVEL = 0.01  # p of PSI, and delta of ADWIN, from which on there is an alarm
BEFORE = 500  # contents of a stream from home, before the others come
STREAM = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """How often an alarm fired."""

    shift: str
    alarm: str
    contents: int  # that it had seen from elsewhere
    fired: Count
    falsely: Count  # the same, with contents from home
    delay: float | None  # median contents from elsewhere until it fired; None where it is asked once, or never fired


def alarms(shift: str, home: Scores, elsewhere: Scores) -> Iterator[Alarm]:
    """Each alarm on scores (rows,) of both sources; nothing where this checkout has no drift alarm."""
    home, elsewhere = home[np.isfinite(home)], elsewhere[np.isfinite(elsewhere)]
    psi, adwin = _module("psi"), _module("adwin")
    if psi is not None:
        for size in SIZES:
            yield _of_psi(psi, shift, home, elsewhere, size)
    if adwin is not None:
        yield _of_adwin(adwin, shift, home, elsewhere)


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(f"komainu.metrics.{name}")
    except ModuleNotFoundError:
        return None


def _of_psi(psi: ModuleType, shift: str, home: Scores, elsewhere: Scores, size: int) -> Alarm:
    def fires(source: Scores, generator: np.random.Generator) -> bool:
        samples = generator.choice(home, REFERENCE), generator.choice(source, size)
        return bool(psi.shift(*psi.tally(*samples)).p <= LEVEL)

    return Alarm(
        shift=shift,
        alarm=f"PSI, p ≤ {LEVEL:g}",
        contents=size,
        fired=_count(fires, elsewhere),
        falsely=_count(fires, home),
        delay=None,
    )


def _count(fires: Callable[[Scores, np.random.Generator], bool], source: Scores) -> Count:
    generator = np.random.default_rng(SEED)
    return Count.of(sum(fires(source, generator) for _ in range(TRIES)), TRIES)


def _of_adwin(adwin: ModuleType, shift: str, home: Scores, elsewhere: Scores) -> Alarm:
    def delays(source: Scores) -> list[int]:
        """Of the streams in which it fired: contents since the source changed, negative where it fired before."""
        generator = np.random.default_rng(SEED)
        found = []
        for _ in range(TRIES):
            stream = np.concatenate([generator.choice(home, BEFORE), generator.choice(source, STREAM)])
            watcher = adwin.Adwin(delta=LEVEL)
            place = next((at for at, score in enumerate(stream) if watcher.add(float(score)) is not None), None)
            if place is not None:
                found.append(place + 1 - BEFORE)
        return found

    there, here = delays(elsewhere), delays(home)
    right = [delay for delay in there if delay > 0]
    return Alarm(
        shift=shift,
        alarm=f"ADWIN on the score, delta {LEVEL:g}",
        contents=STREAM,
        fired=Count.of(len(right), TRIES),
        falsely=Count.of(len(here), TRIES),
        delay=float(np.median(right)) if right else None,
    )
