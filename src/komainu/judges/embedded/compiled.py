"""A rulebook as the embedded judge compares contents with it: read once, kept on disk by digest."""

import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from komainu.domain import Rulebook
from komainu.domain.digest import digest_of
from komainu.judges.embedded.adaptation import Correction
from komainu.judges.embedded.examples import Taught, examples_of, taught
from komainu.judges.embedded.fits import Fits
from komainu.judges.embedded.head import Floats, Looked, Places
from komainu.judges.embedded.parts import Parts, read_parts
from komainu.judges.embedded.readable import foreign
from komainu.judges.embedded.weights import Weights
from komainu.judges.embedded.windows import PIECE
from komainu.judges.embedded.words import ClauseWords, words_of

PIECES = 6  # of one part; a longer one is not read
Arrays = TypeVar("Arrays", Parts, Taught)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A rulebook that was read."""

    read: Parts
    looked: Looked
    rows: dict[str, int]  # clause key -> row
    unread: dict[str, str]  # clause key -> why the judge cannot read the clause
    slope: Floats  # (clauses,): of the calibration, and of what was fitted to the clause
    shift: Floats
    directions: Floats  # (clauses that were fitted, width)
    fitted: Places  # which clauses these are
    fitted_on: list[str]  # of each clause, what its correction was made from; empty where it has none

    @property
    def gates(self) -> Floats:
        """See `Head.gates`."""
        return self.read.gates

    @property
    def first_rules(self) -> Places:
        """For each clause the first piece of its rule."""
        return self.read.rules[self.read.rule_starts]

    def corrected(self, logits: Floats, meaning: Floats) -> Floats:
        """Logits (clauses,) that mean what they say, from those of the head for one content and its meaning."""
        out = self.slope * logits + self.shift
        if self.fitted.size:
            out[self.fitted] += self.directions @ meaning
        return out


def compiled(rulebook: Rulebook, weights: Weights, fits: Fits, cache: Path | None) -> Compiled:
    """The rulebook, read: from `cache` where it was read before, else now, and put there.

    What was fitted to a clause goes before what its examples teach: a fit has seen them too.
    """
    said = [words_of(policy, clause) for policy in rulebook for clause in policy.clauses]
    parts = [weights.parts(words) for words in said]
    short = [[one[:PIECES] for one in clause] for clause in parts]
    read, examples = _kept(rulebook, short, weights, cache)
    slope, shift = weights.calibration.lines([policy.language for policy in rulebook for _ in policy.clauses])
    taught_to = examples.corrections()
    fitted = {row: fit for row, words in enumerate(said) if (fit := fits.of(words))}
    found = taught_to | fitted
    for row, fit in found.items():
        slope[row], shift[row] = slope[row] * fit.slope, shift[row] * fit.slope + fit.shift
    return Compiled(
        read=read,
        looked=read.looked,
        rows={clause.key: row for row, clause in enumerate(rulebook.clauses)},
        unread=dict(_unread(rulebook, said, parts)),
        slope=slope,
        shift=shift,
        directions=np.array([fit.direction for fit in found.values()], np.float32),
        fitted=np.array(list(found), np.intp),
        fitted_on=[
            f"{found[row].labels} {'labels' if row in fitted else 'examples'}" if row in found else ""
            for row in range(len(said))
        ],
    )


def _unread(
    rulebook: Rulebook, said: Sequence[ClauseWords], parts: Sequence[Sequence[Sequence[Any]]]
) -> Iterator[tuple[str, str]]:
    """Clauses that the judge cannot read, and why."""
    languages = {policy.id: policy.language for policy in rulebook}
    for clause, words, pieces in zip(rulebook.clauses, said, parts, strict=True):
        problem = foreign(words.rule, languages[clause.policy])
        if not problem and max(map(len, pieces)) > PIECES:
            problem = f"the clause or one of its exceptions is longer than this judge reads ({PIECE * PIECES} tokens)"
        if problem:
            yield clause.key, problem


def _kept(rulebook: Rulebook, parts: list[list[Any]], weights: Weights, cache: Path | None) -> tuple[Parts, Taught]:
    if cache is None:
        return _read(rulebook, parts, weights)
    sizes = [len(policy.clauses) for policy in rulebook]
    examples = [sorted(examples_of(policy, clause).items()) for policy in rulebook for clause in policy.clauses]
    languages = [policy.language for policy in rulebook]
    path = cache / f"{digest_of('embedded', weights.name, sizes, languages, parts, examples)}.npz"
    kept = _load(path)
    if kept is not None:
        return kept
    made = _read(rulebook, parts, weights)
    _save(path, made)
    return made


def _read(rulebook: Rulebook, parts: list[list[Any]], weights: Weights) -> tuple[Parts, Taught]:
    read = read_parts(parts, [len(policy.clauses) for policy in rulebook], weights)
    learnt: dict[int, Correction] = {}
    start = 0
    for policy in rulebook:
        mine = parts[start : start + len(policy.clauses)]
        if any(clause.examples for clause in policy.clauses):
            alone = read if len(mine) == len(parts) else read_parts(mine, [len(mine)], weights)
            learnt |= {start + row: made for row, made in taught(policy, alone, weights)}
        start += len(policy.clauses)
    return read, Taught.of(learnt, len(weights.head.centre))


def _load(path: Path) -> tuple[Parts, Taught] | None:
    """What a cache file holds; None where there is none that is whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            return _arrays(Parts, kept), _arrays(Taught, kept)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _arrays(kind: type[Arrays], kept: Any) -> Arrays:
    found = {field.name: kept[f"{kind.__name__}.{field.name}"] for field in fields(kind)}
    if not all(bool(np.isfinite(array).all()) for array in found.values() if array.dtype.kind == "f"):
        raise ValueError("a number in it is not finite")
    return kind(**found)


def _save(path: Path, made: tuple[Parts, Taught]) -> None:
    """Write beside, then rename: another process sees all of it or nothing. A cache that cannot be written is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    arrays = {f"{type(one).__name__}.{field.name}": getattr(one, field.name) for one in made for field in fields(one)}
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
