"""A rulebook as vectors: encoded once, kept on disk by digest."""

import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from komainu.domain import AllowedClause, Clause, Policy, Rulebook
from komainu.domain.digest import digest_of
from komainu.models.encoder import Encoder, Vectors

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A rulebook as columns of one matrix, and which columns speak for and against each clause.

    Columns are standardised: a content's similarity to a column counts in standard deviations above that of ordinary
    texts, since some clauses lie closer to everything than others.
    """

    vectors: Vectors  # (columns, dimensions)
    mean: Floats  # (columns,): similarity of ordinary texts
    scale: Floats  # (columns,): its standard deviation
    keys: dict[str, int]  # clause key -> row below
    clause: NDArray[np.intp]  # (clauses,): the column of the clause's own words
    rivals: "Groups"  # the words of the other clauses and of the exceptions of its policy
    examples: "Groups"  # texts that violate it
    counterexamples: "Groups"  # texts of its policy that do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """For each clause a group of columns, possibly empty."""

    columns: NDArray[np.intp]  # all groups, one behind the other
    starts: NDArray[np.intp]  # (clauses,): where each begins
    empty: NDArray[np.bool_]  # (clauses,)

    def best(self, similarities: Floats) -> Floats:
        """The highest similarity in each group, shape (texts, clauses); 0 where a group is empty."""
        if not self.columns.size:
            return np.zeros((similarities.shape[0], self.starts.size), dtype=np.float32)
        padded = np.concatenate([similarities[:, self.columns], np.zeros((len(similarities), 1), np.float32)], axis=1)
        highest: Floats = np.maximum.reduceat(padded, self.starts, axis=1)
        highest[:, self.empty] = 0.0
        return highest


def ordinary_texts() -> tuple[str, ...]:
    """Texts of every kind that people write, English and Japanese: what similarities are measured against."""
    lines = files("komainu.judges.embedded").joinpath("ordinary.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line)


def compiled(rulebook: Rulebook, encoder: Encoder, cache: Path | None) -> Compiled:
    """The rulebook as vectors: from `cache` where it was compiled before, else encoded now and put there."""
    texts = _texts(rulebook)
    ordinary = ordinary_texts()
    wanted = list(dict.fromkeys((*texts, *ordinary)))
    vectors = _vectors(wanted, encoder, cache)
    row_of = {text: row for row, text in enumerate(wanted)}
    column_of = {text: column for column, text in enumerate(dict.fromkeys(texts))}
    columns = vectors[: len(column_of)]
    placed = [(policy, clause) for policy in rulebook for clause in policy.clauses]
    usual = vectors[[row_of[text] for text in ordinary]] @ columns.T
    return Compiled(
        vectors=columns,
        mean=usual.mean(axis=0),
        scale=usual.std(axis=0) + np.float32(0.02),
        keys={clause.key: row for row, (_, clause) in enumerate(placed)},
        clause=np.array([column_of[clause_text(clause)] for _, clause in placed], dtype=np.intp),
        rivals=_grouped([_rivals(policy, clause) for policy, clause in placed], column_of),
        examples=_grouped([clause.examples for _, clause in placed], column_of),
        counterexamples=_grouped([_counterexamples(policy, clause) for policy, clause in placed], column_of),
    )


def clause_text(clause: Clause | AllowedClause) -> str:
    """The words that stand for a clause."""
    return f"{clause.title}. {clause.text}"


def _texts(rulebook: Rulebook) -> list[str]:
    texts: list[str] = []
    for policy in rulebook:
        for clause in policy.every_clause:
            texts.extend((clause_text(clause), *clause.examples))
        texts.extend(policy.fine)
    return texts


def _rivals(policy: Policy, clause: Clause) -> list[str]:
    others = [clause_text(other) for other in policy.clauses if other.id != clause.id]
    return others + [clause_text(allowed) for allowed in policy.exceptions_to(clause)]


def _counterexamples(policy: Policy, clause: Clause) -> list[str]:
    allowed = [example for allowed in policy.exceptions_to(clause) for example in allowed.examples]
    return [*allowed, *policy.fine]


def _grouped(groups: Sequence[Sequence[str]], column_of: dict[str, int]) -> Groups:
    columns = [column_of[text] for group in groups for text in group]
    lengths = np.array([len(group) for group in groups])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.intp)
    return Groups(columns=np.array(columns, dtype=np.intp), starts=starts, empty=lengths == 0)


def _vectors(texts: Sequence[str], encoder: Encoder, cache: Path | None) -> Vectors:
    """The vectors of `texts`; the file is named by what it holds, so it is never out of date."""
    if cache is None:
        return encoder.encode(texts)
    path = cache / f"{digest_of(encoder.name, list(texts))}.npz"
    kept = _read(path, (len(texts), encoder.dimensions))
    if kept is not None:
        return kept
    vectors = encoder.encode(texts)
    _write(path, vectors)
    return vectors


def _read(path: Path, shape: tuple[int, int]) -> Vectors | None:
    """The vectors in a cache file; None where there is none that is whole."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            vectors = kept["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    whole = vectors.shape == shape and vectors.dtype == np.float32 and bool(np.isfinite(vectors).all())
    return vectors if whole else None


def _write(path: Path, vectors: Vectors) -> None:
    """Write beside, then rename: another process sees all of it or nothing. A cache that cannot be written is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, vectors=vectors)
        Path(beside).replace(path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
