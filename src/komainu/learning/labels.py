"""Labels in a file, one JSON object a line: read twice, so that any number of them takes little memory.

The first reading checks every line and keeps a few bytes of each; the second takes up the contents that are wanted.
"""

import difflib
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from komainu.domain import Content, Policy, Role
from komainu.errors import InputError

_SHOWN = 5  # problems named in an error
_TOLD_EVERY = 2_000  # lines between two words of progress


class LabelLine(BaseModel):
    """One line: whether a content violates a clause, and who says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    role: Role = Role.POST
    context: tuple[str, ...] = ()
    clause: str  # policy/clause
    violates: StrictBool
    source: str = Field(pattern=r"\S")
    policy: str = ""  # id@version it was labelled under; empty: the one that is there

    @property
    def content(self) -> Content:
        """What is labelled."""
        return Content(text=self.text, role=self.role, context=self.context)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLabels:
    """The labels of one clause, each content once, in the order of the file."""

    contents: NDArray[np.bytes_]  # (n,) 16 bytes that name the content
    violates: NDArray[np.bool_]  # (n,)
    places: NDArray[np.int64]  # (n,) of the line in the file, in bytes

    def __len__(self) -> int:
        return len(self.violates)

    @property
    def digest(self) -> str:
        """Names the labels, whatever their order: SHA-256 in hex."""
        order = np.argsort(self.contents, kind="stable")
        return sha256(self.contents[order].tobytes() + self.violates[order].tobytes()).hexdigest()

    def some(self, most: int, seed: int = 0) -> "ClauseLabels":
        """At most so many of either kind, drawn at random."""
        chance = np.random.default_rng(seed)
        kept = np.zeros(len(self), bool)
        for kind in (True, False):
            rows = np.flatnonzero(self.violates == kind)
            kept[rows if len(rows) <= most else chance.choice(rows, most, replace=False)] = True
        return self.only(kept)

    def only(self, kept: NDArray[np.bool_]) -> "ClauseLabels":
        """Those that are marked."""
        return ClauseLabels(contents=self.contents[kept], violates=self.violates[kept], places=self.places[kept])


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """All labels of a file that are about the policies it was read for."""

    path: Path
    clauses: Mapping[str, ClauseLabels]  # by clause key; every clause of the policies
    outdated: int  # lines left out, labelled under another version of the policy
    repeated: int  # lines left out that say once more what an earlier one says

    def some(self, most: int, seed: int = 0) -> "LabelFile":
        """At most so many labels of either kind for each clause, drawn at random."""
        return replace(self, clauses={key: labels.some(most, seed) for key, labels in self.clauses.items()})

    def contents(self, places: Sequence[int]) -> Iterator[Content]:
        """The contents of these lines, in this order."""
        try:
            with self.path.open("rb") as file:
                for place in places:
                    file.seek(int(place))
                    yield LabelLine.model_validate_json(file.readline()).content
        except (OSError, ValidationError) as error:
            raise InputError(
                f"{self.path}: the file was changed while it was read; leave it alone meanwhile"
            ) from error


def read_labels(
    path: Path, policies: Sequence[Policy], progress: Callable[[int, int], None] = lambda _done, _total: None
) -> LabelFile:
    """The labels in a file about the clauses of these policies.

    InputError where a line cannot be read, names a clause that none of the policies has, or contradicts another: a
    content that violates a clause by one line and does not by the next. `progress` gets (bytes read, bytes in all).
    """
    reading = _Reading(policies)
    try:
        with path.open("rb") as file:
            total = path.stat().st_size
            for number, (place, line) in enumerate(_lines(file), start=1):
                reading.take(number, place, line)
                if number % _TOLD_EVERY == 0:
                    progress(place, total)
    except OSError as error:
        raise InputError(f"{path}: expected a file of labels that can be read; {error.strerror or error}") from error
    return reading.found(path)


def name_of(content: Content) -> bytes:
    """16 bytes that name a content."""
    return bytes.fromhex(content.digest[:32])


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    place = 0
    for line in file:
        yield place, line
        place += len(line)


class _Reading:
    """What has been read so far."""

    def __init__(self, policies: Sequence[Policy]) -> None:
        self._policy_of = {clause.key: policy.name for policy in policies for clause in policy.clauses}
        self._seen = {key: (bytearray(), array("b"), array("q"), array("q")) for key in self._policy_of}
        self._problems: list[str] = []
        self._wrong = self._outdated = self._repeated = 0

    def take(self, number: int, place: int, line: bytes) -> None:
        """One line of the file; empty ones are passed over."""
        if not line.strip():
            return
        try:
            label = LabelLine.model_validate_json(line)
        except ValidationError as error:
            self._refuse(number, _explained(error))
            return
        if label.clause not in self._policy_of:
            self._refuse(number, self._stranger(label.clause))
            return
        if label.policy and label.policy != self._policy_of[label.clause]:
            self._outdated += 1
            return
        names, violates, places, numbers = self._seen[label.clause]
        names += name_of(label.content)
        violates.append(label.violates)
        places.append(place)
        numbers.append(number)

    def found(self, path: Path) -> LabelFile:
        """All of it; InputError where some of it cannot be used."""
        clauses = {key: self._clause(key) for key in self._seen}
        if self._wrong:
            more = f"\nand {self._wrong - _SHOWN:,} more" if self._wrong > _SHOWN else ""
            raise InputError("\n".join(f"{path}, {problem}" for problem in self._problems) + more)
        if not any(map(len, clauses.values())):
            left = f"; {self._outdated:,} were made under other versions" if self._outdated else ""
            raise InputError(f"{path}: expected labels of {', '.join(sorted(self._policy_of))}; there are none{left}")
        return LabelFile(path=path, clauses=clauses, outdated=self._outdated, repeated=self._repeated)

    def _clause(self, key: str) -> ClauseLabels:
        """Each content once; that one is labelled both ways is a problem."""
        joined, *columns = self._seen[key]
        names = np.frombuffer(bytes(joined), dtype="S16")
        violates, places, numbers = (np.array(column) for column in columns)
        order = np.argsort(names, kind="stable")
        first = np.ones(len(names), bool)
        first[1:] = names[order][1:] != names[order][:-1]
        groups = np.cumsum(first) - 1
        starts = order[first]
        for row in np.flatnonzero(violates[order] != violates[starts][groups]):
            said, other = numbers[starts[groups[row]]], numbers[order[row]]
            self._refuse(int(other), f"contradicts line {said}: one says that the content violates {key}, one that not")
        kept = np.sort(starts)
        self._repeated += len(names) - len(kept)
        return ClauseLabels(contents=names[kept], violates=violates[kept].astype(bool), places=places[kept])

    def _stranger(self, clause: str) -> str:
        close = difflib.get_close_matches(clause, self._policy_of, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(self._policy_of))}"
        return f"expected a clause of the policies named; got {clause!r:.80} ({hint})"

    def _refuse(self, number: int, problem: str) -> None:
        self._wrong += 1
        if len(self._problems) < _SHOWN:
            self._problems.append(f"line {number}: {problem}")


def _explained(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "the line"
    return f"{place}: {first['msg']}; got {first['input']!r:.60}"
