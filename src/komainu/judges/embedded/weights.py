"""What the embedded judge is made of: reader, head and calibration, checked before they serve."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from komainu.errors import JudgeError
from komainu.judges.embedded.calibration import Calibration
from komainu.judges.embedded.head import Head, Looked
from komainu.judges.embedded.windows import PIECE, framed
from komainu.judges.embedded.words import ClauseWords
from komainu.models.reader import OnnxReader, Reader, checked

SHIPPED = Path(str(files("komainu.judges.embedded"))) / "weights"
HEAD, CALIBRATION, ORDINARY = "head.npz", "calibration.json", "ordinary.npz"


@dataclass(frozen=True, kw_only=True)
class Weights:
    """One trained judge."""

    name: str  # changes with every weight
    reader: Reader
    head: Head
    calibration: Calibration
    ordinary: Looked  # texts of every kind that people write: what likeness is measured against

    def parts(self, words: ClauseWords) -> list[list[tuple[int, ...]]]:
        """The rule of a clause and its exceptions, each in pieces; notes are not compared."""
        return [self.part(text) for kind, text in words.parts if kind < 2]

    def part(self, text: str) -> list[tuple[int, ...]]:
        """A rule or an exception in pieces that the reader takes."""
        ids = self.reader.tokens(text).ids or (0,)
        size = PIECE - 2
        return [framed(ids[start : start + size]) for start in range(0, len(ids), size)]


def read_ordinary(reader: Reader, head: Head) -> Looked:
    """What `ordinary.npz` holds: the English and Japanese lines of `ordinary.txt`, read as posts."""
    lines = files("komainu.judges.embedded").joinpath("ordinary.txt").read_text("utf-8").splitlines()
    texts = [framed(reader.tokens(f"post: {line}").ids) for line in lines if line]
    return head.look(reader.states(texts), parts=False)


@cache
def weights_in(folder: Path = SHIPPED) -> Weights:
    """The trained judge in a folder, once per process; JudgeError where a file is missing, damaged or another's."""
    manifest = checked(folder)
    try:
        with np.load(folder / HEAD, allow_pickle=False) as kept:
            head = Head.of(dict(kept))
        with np.load(folder / ORDINARY, allow_pickle=False) as kept:
            ordinary = Looked(**kept)
        calibration = Calibration.of(json.loads((folder / CALIBRATION).read_text("utf-8")))
        return Weights(
            name=str(manifest["name"]),
            reader=OnnxReader(folder),
            head=head,
            calibration=calibration,
            ordinary=ordinary,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JudgeError(
            f"the weights in {folder} are not those of this judge: {error!r}; install Komainu again"
        ) from error
