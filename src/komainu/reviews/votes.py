"""What people's words on a decision come to: how its clauses stand, and which wait for another word.

On a clause each person has one word, the last they gave. It is settled when more people say one thing than the other,
and at least two where one of them said that one word is not enough. An appeal starts the count anew on the clauses it
is about. `komainu.store.waiting` counts in the same way, in SQL.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from komainu.domain import Action, Appeal, Decision, Outcome, Review, Ruling

History = Sequence[Review | Appeal]  # about one decision, in the order recorded


@dataclass(slots=True)
class Votes:
    """The words on one clause since the last appeal about it."""

    words: dict[str, Ruling] = field(default_factory=dict)  # by reviewer
    second: set[str] = field(default_factory=set)  # whose word is not enough alone

    def add(self, reviewer: str, ruling: Ruling, *, second: bool) -> None:
        """Take a word, in place of the one that the reviewer gave before."""
        self.words[reviewer] = ruling
        (self.second.add if second else self.second.discard)(reviewer)

    @property
    def settled(self) -> Ruling | None:
        """What they come to; None where they are too few, or as many on either side."""
        violated = sum(word is Ruling.VIOLATED for word in self.words.values())
        clear = len(self.words) - violated
        if violated == clear or max(violated, clear) < (2 if self.second else 1):
            return None
        return Ruling.VIOLATED if violated > clear else Ruling.CLEAR

    @property
    def is_tie(self) -> bool:
        """Whether people disagree, as many on either side."""
        violated = sum(word is Ruling.VIOLATED for word in self.words.values())
        return 0 < 2 * violated == len(self.words)


class Count:
    """The words on a decision, counted."""

    def __init__(self, decision: Decision, history: History = ()) -> None:
        self.appeal: Appeal | None = None  # the one that is open
        self.votes: dict[str, Votes] = {}
        self._decision, self._base = decision, dict(decision.rulings)  # how it stands without those votes
        for each in history:
            if isinstance(each, Appeal):
                self._start_anew(each)
            else:
                self._add(each)

    @property
    def standing(self) -> Mapping[str, Ruling]:
        """How every clause stands now."""
        return {key: self._stands(key) for key in self._decision.rulings}

    @property
    def settles_appeal(self) -> bool:
        """Whether the open appeal is settled: what was decided before is, and where that changed, all the rest.

        The rest is what nobody had been asked about, since the action was settled without it.
        """
        if self.appeal is None:
            return False
        needed = self._decided if self.outcome is Outcome.UPHELD else self.appeal.clauses
        return all(self._is_settled(key) for key in needed)

    @property
    def outcome(self) -> Outcome:
        """What the open appeal comes to as things stand now."""
        changed = any(self._is_settled(key) and self._stands(key) is not self._base[key] for key in self._decided)
        return Outcome.OVERTURNED if changed else Outcome.UPHELD

    @property
    def _decided(self) -> Sequence[str]:
        """Of the clauses of the open appeal, those that were settled before it; all, where none was."""
        appealed = self.appeal.clauses if self.appeal is not None else ()
        return [key for key in appealed if self._base[key] is not Ruling.OPEN] or appealed

    @property
    def waiting(self) -> tuple[str, ...]:
        """Keys of the clauses that wait for a person: nobody or too few settled them, people disagree, or an appeal."""
        return tuple(key for key in self._decision.rulings if self._waits(key))

    @property
    def is_waiting(self) -> bool:
        """Whether the decision is in the queue, unless it is superseded."""
        held = self._decision.action is Action.HOLD and not all(map(self._is_settled, self._decision.holding))
        drawn = self._decision.is_drawn and not all(map(self._is_settled, self._decision.rulings))
        return held or drawn or self.appeal is not None or any(votes.settled is None for votes in self.votes.values())

    def waiting_for(self, reviewer: str) -> tuple[str, ...]:
        """Of the clauses that wait, those on which this person has no word yet."""
        return tuple(key for key in self.waiting if key not in self.votes or reviewer not in self.votes[key].words)

    def _waits(self, key: str) -> bool:
        if self._is_settled(key):
            return False
        appealed = self.appeal is not None and key in self.appeal.clauses
        unsettled = self._decision.rulings[key] is Ruling.OPEN or key in self._decision.holding
        return appealed or key in self.votes or unsettled or self._decision.is_drawn

    def _is_settled(self, key: str) -> bool:
        return key in self.votes and self.votes[key].settled is not None

    def _stands(self, key: str) -> Ruling:
        """As people settled it; until they have, as it stood before them, except that nothing is clear in doubt."""
        base = self._base[key]
        if key not in self.votes:
            return base
        in_doubt = Ruling.VIOLATED if base is Ruling.VIOLATED else Ruling.OPEN
        return self.votes[key].settled or in_doubt

    def _start_anew(self, appeal: Appeal) -> None:
        self.appeal = appeal
        stood = {key: self._stands(key) for key in appeal.clauses}
        self._base.update(stood)
        for key in appeal.clauses:
            self.votes.pop(key, None)

    def _add(self, review: Review) -> None:
        for key, ruling in review.rulings.items():
            self.votes.setdefault(key, Votes()).add(review.reviewer, ruling, second=key in review.second)
        if review.outcome is not None:
            self.appeal = None


def standing(decision: Decision, history: History) -> Mapping[str, Ruling]:
    """How every clause stands now: as the judges ruled, unless people settled it.

    Where people have ruled and not settled it, a violated clause stays violated, and any other is open.
    """
    return Count(decision, history).standing


def settled(decision: Decision, history: History) -> Mapping[str, Ruling]:
    """What people settled: clauses on which they ruled and agree as far as they must."""
    votes = Count(decision, history).votes
    return {key: found for key, each in votes.items() if (found := each.settled) is not None}


def waiting(decision: Decision, history: History) -> tuple[str, ...]:
    """Keys of the clauses that wait for a person.

    Those are open or holding ones that people have not settled, those on which they disagree or too few have ruled,
    and those of an open appeal.
    """
    return Count(decision, history).waiting


def open_in(rulings: Mapping[str, Ruling]) -> tuple[str, ...]:
    """Keys of the clauses that nobody has settled."""
    return tuple(key for key, ruling in rulings.items() if ruling is Ruling.OPEN)


def ruled_by(history: Iterable[Review | Appeal]) -> frozenset[str]:
    """Who has ruled."""
    return frozenset(each.reviewer for each in history if isinstance(each, Review))
