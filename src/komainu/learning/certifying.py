"""Ask a judge about labelled contents, and certify it on every clause of a policy."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from komainu.cascade import Stage
from komainu.domain import Certificate, Content, Policy
from komainu.errors import InputError
from komainu.judges.protocol import Taught
from komainu.learning.certify import Aim, Said, asked, certify, evidence, shown_in
from komainu.learning.labels import ClauseLabels, name_of


class Labelled(Protocol):
    """Labels by clause, and the contents that they are on."""

    @property
    def clauses(self) -> Mapping[str, ClauseLabels]:
        """By clause key."""

    def contents(self, places: Sequence[int]) -> Iterator[Content]:
        """The contents at these places, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """What came of the labels of one clause."""

    certificate: Certificate
    unanswered: int  # labels that the judge failed on
    known: int  # labels that it learnt from, or reads in the policy: they prove nothing


async def certified(
    stage: Stage,
    policy: Policy,
    labelled: Labelled,
    *,
    aim: Aim,
    at: datetime,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Certified]:
    """A certificate of the stage's judge on each clause of the policy that has labels, in its order.

    A label whose content the judge learnt from, or reads in the policy as an example, is left out; so is one that it
    failed on. `tell` gets (contents judged, contents in all).
    """
    keys = [clause.key for clause in policy.clauses]
    mine = {key: labels for key in keys if (labels := labelled.clauses.get(key)) is not None and len(labels)}
    if not mine:
        return []
    names, first = np.unique(np.concatenate([one.contents for one in mine.values()]), return_index=True)
    places = np.concatenate([one.places for one in mine.values()])[first]
    order = np.argsort(places)
    names, places = names[order], places[order]
    reads, shown = _Knowing(stage), shown_in(policy)
    known = np.zeros(len(names), bool)

    def contents() -> Iterator[Content]:
        for number, content in enumerate(labelled.contents([int(place) for place in places])):
            if name_of(content).rstrip(b"\0") != names[number]:  # as NumPy gives it back
                raise InputError("the labels were changed while they were read; leave the file alone meanwhile")
            known[number] = content.text in shown or reads.knows(content)
            yield content

    said = await asked(stage, policy, contents(), tell=lambda done: tell(done, len(names)))
    rows = _Rows(names=names, known=known, said=said)
    return [
        _of_clause(policy, row, mine[clause.key], rows, stage.judge.name, aim=aim, at=at)
        for row, clause in enumerate(policy.clauses)
        if clause.key in mine
    ]


class _Knowing:
    """What a judge learnt from, where it says so."""

    def __init__(self, stage: Stage) -> None:
        self._judge = stage.judge

    def knows(self, content: Content) -> bool:
        return isinstance(self._judge, Taught) and self._judge.was_taught(content.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What was said on the contents of these names."""

    names: NDArray[np.bytes_]  # (n,)
    known: NDArray[np.bool_]  # (n,)
    said: Said

    def of(self, names: NDArray[np.bytes_]) -> NDArray[np.intp]:
        order = np.argsort(self.names)
        places: NDArray[np.intp] = order[np.searchsorted(self.names, names, sorter=order)]
        return places


def _of_clause(
    policy: Policy, row: int, labels: ClauseLabels, rows: _Rows, judge: str, *, aim: Aim, at: datetime
) -> Certified:
    places = rows.of(labels.contents)
    new, failed = ~rows.known[places], rows.said.failed[places, row]
    used = new & ~failed
    given = evidence(rows.said.probabilities[places, row][used], labels.violates[used], labels.only(used).digest)
    return Certified(
        certificate=certify(policy.clauses[row].key, policy, judge, given, aim=aim, at=at),
        unanswered=int((failed & new).sum()),
        known=int((~new).sum()),
    )
