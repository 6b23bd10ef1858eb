"""What was fitted to clauses, kept in a folder: one file per policy, each clause named by the words it had."""

import json
import logging
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from komainu.domain.digest import digest_of
from komainu.errors import JudgeError
from komainu.judges.embedded.adaptation import Correction
from komainu.judges.embedded.words import ClauseWords
from komainu.judges.learnt import written_whole

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """Corrections by what their clause says: a clause whose words have changed has none."""

    corrections: Mapping[str, Correction]
    digest: str  # names all of it; empty where there is none
    taught: frozenset[str] = frozenset()  # digests of the contents that they were made from

    @classmethod
    def read(cls, folder: Path | None, judge: str) -> Self:
        """All in a folder that were made for this judge; a warning is logged for each that was made for another.

        JudgeError where a file is damaged: what was fitted must not be lost in silence.
        """
        corrections: dict[str, Correction] = {}
        names: list[str] = []
        taught: set[str] = set()
        for path in sorted(folder.glob("*.npz")) if folder is not None and folder.is_dir() else ():
            made_for, found, contents = _loaded(path)
            if made_for == judge:
                corrections |= found
                taught |= contents
                names += [_named(key, one) for key, one in found.items()]
            else:
                _LOG.warning("%s was made for %s and is not used for %s: fit again", path, made_for, judge)
        return cls(corrections=corrections, digest=digest_of(names) if names else "", taught=frozenset(taught))

    @classmethod
    def none(cls) -> Self:
        """Nothing was fitted."""
        return cls(corrections={}, digest="")

    def of(self, words: ClauseWords) -> Correction | None:
        """What was fitted to a clause that says this."""
        return self.corrections.get(said(words)) if self.corrections else None

    def key(self, words: ClauseWords) -> str:
        """The name under which a correction of such a clause is kept."""
        return said(words)


def said(words: ClauseWords) -> str:
    """Names a clause by what the judge reads of it."""
    return digest_of([text for _, text in words.parts])


def save(path: Path, judge: str, corrections: Mapping[str, Correction], taught: Collection[str]) -> None:
    """Write the corrections of one policy, and the digests of the contents that they were made from, all or nothing.

    UsageError where the file cannot be written.
    """
    order = list(corrections)
    about = {
        "judge": judge,
        "clauses": order,
        "labels": [corrections[key].labels for key in order],
        "taught": sorted(taught),
    }
    numbers = np.array([[corrections[key].slope, corrections[key].shift] for key in order], np.float64)
    directions = np.array([corrections[key].direction for key in order], np.float32)
    with written_whole(path) as file:
        np.savez(file, about=np.array(json.dumps(about)), numbers=numbers, directions=directions)


def _named(key: str, one: Correction) -> str:
    return digest_of(key, one.slope.hex(), one.shift.hex(), one.direction.tobytes().hex())


def _loaded(path: Path) -> tuple[str, dict[str, Correction], set[str]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            about = json.loads(str(kept["about"]))
            numbers, directions = kept["numbers"], kept["directions"]
        made = zip(about["clauses"], numbers, directions, about["labels"], strict=True)
        return about["judge"], {key: _correction(*fields) for key, *fields in made}, set(about["taught"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise JudgeError(
            f"{path} is damaged or was not written by `komainu learn fit` ({type(error).__name__}); "
            "fit the policy again, or take the file away to judge without it"
        ) from error


def _correction(numbers: Sequence[float], direction: np.ndarray, labels: int) -> Correction:
    slope, shift = (float(number) for number in numbers)
    return Correction(slope=slope, shift=shift, direction=direction, labels=labels)
