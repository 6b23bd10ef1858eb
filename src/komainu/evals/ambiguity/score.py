"""How often those who should agree on a clause do not."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from komainu.metrics import Figure
from komainu.metrics.wilson import wilson

FEWEST = 10  # contents compared, under which a score says too little
EXAMPLES = 3


class Between(StrEnum):
    """Who is compared."""

    PEOPLE = "people"  # two people on one content
    PERSON_AND_JUDGE = "person and judge"
    CASE_AND_JUDGE = "case and judge"
    JUDGES = "judges"  # two judges of one decision
    REPEAT = "repeat"  # a reasoner with itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A content on which they differ."""

    between: Between
    content: str  # digest, or of a case policy:id
    said: str  # who said what


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """One clause found where another was meant."""

    found: str  # key
    meant: str
    contents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseAmbiguity:
    """How one clause is read."""

    clause: str  # key
    title: str
    score: Figure  # share of pairs that differ, a mean over contents; `n` contents
    by: Mapping[Between, Figure]  # the same for each kind that was compared
    unsure: Figure  # share of verdicts between .4 and .6
    examples: tuple[Example, ...]
    confusions: tuple[Confusion, ...]  # with other clauses, the most frequent first

    @property
    def is_enough(self) -> bool:
        """Whether enough contents were compared for the score to say something."""
        return self.score.n >= FEWEST


@dataclass(slots=True, kw_only=True)
class _Sum:
    contents: int = 0
    differing: float = 0.0  # sum over contents of the share of pairs that differ

    def add(self, differing: int, pairs: int) -> None:
        self.contents += 1
        self.differing += differing / pairs

    @property
    def figure(self) -> Figure:
        return wilson(min(self.differing, self.contents), self.contents)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts what is known of one clause; nothing is kept of contents but a few examples."""

    clause: str
    title: str
    _all: _Sum = field(default_factory=_Sum)
    _by: dict[Between, _Sum] = field(default_factory=dict)
    _verdicts: int = 0
    _unsure: int = 0
    _examples: list[Example] = field(default_factory=list)
    _confused: Counter[str] = field(default_factory=Counter)  # by key of the clause that was found instead, or meant

    def add(self, pairs: Mapping[Between, tuple[int, int]], examples: Sequence[Example] = ()) -> None:
        """One content: for each kind how many pairs differ, and of how many."""
        counted = {kind: pair for kind, pair in pairs.items() if pair[1]}
        if not counted:
            return
        for kind, pair in counted.items():
            self._by.setdefault(kind, _Sum()).add(*pair)
        self._all.add(sum(one for one, _ in counted.values()), sum(every for _, every in counted.values()))
        order = list(Between)
        self._examples = sorted((*self._examples, *examples), key=lambda one: order.index(one.between))[:EXAMPLES]

    def add_verdict(self, probability: float) -> None:
        """A judge's last word."""
        self._verdicts += 1
        self._unsure += 0.4 <= probability < 0.6

    def add_confusion(self, found: str) -> None:
        """That another clause was found on a content that violates this one."""
        self._confused[found] += 1

    @property
    def result(self) -> ClauseAmbiguity:
        """What it comes to."""
        return ClauseAmbiguity(
            clause=self.clause,
            title=self.title,
            score=self._all.figure,
            by={kind: self._by[kind].figure for kind in Between if kind in self._by},
            unsure=wilson(self._unsure, self._verdicts),
            examples=tuple(self._examples),
            confusions=tuple(
                Confusion(found=found, meant=self.clause, contents=contents)
                for found, contents in self._confused.most_common()
            ),
        )
