"""Which of the items that wait teach most: those judges are unsure of, or disagree on, and that are new."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from komainu.domain import Content, Decision, Verdict
from komainu.learning.clusters import clusters


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An item whose label would teach something."""

    decision: str  # id
    clause: str  # key of the clause that it would teach most about
    unsure: float  # entropy of the last judge's probability, in bits: 1 at .5
    disagreement: float  # the widest gap between two judges' probabilities on the clause

    @property
    def worth(self) -> float:
        """What the order goes by, 0 to 2."""
        return self.unsure + self.disagreement


def wanted(
    waiting: Sequence[tuple[Decision, Content]], labelled: Sequence[Content] = (), *, clauses: Collection[str] = ()
) -> list[Wanted]:
    """Items worth a person's ruling, most first; of those that nearly repeat each other, or something `labelled`, one.

    Of `clauses` (keys) alone where they are named. An item on which no judge gave a probability teaches as much as the
    least sure one can: nothing is known of it.
    """
    contents = {decision.id: content for decision, content in waiting}
    each = [one for decision, _ in waiting if (one := _of(decision, clauses)) is not None]
    found = sorted(each, key=lambda one: (-one.worth, one.decision))
    texts = [content.text for content in labelled] + [contents[one.decision].text for one in found]
    leaders = clusters(texts)[len(labelled) :]
    return [one for place, one in enumerate(found) if leaders[place] == len(labelled) + place]


def _of(decision: Decision, clauses: Collection[str]) -> Wanted | None:
    """By the clause that waits and teaches most."""
    keys = [key for key in decision.holding if not clauses or key in clauses]
    each = [_on(decision, key) for key in keys]
    return max(each, key=lambda one: one.worth) if each else None


def _on(decision: Decision, key: str) -> Wanted:
    said = [one.probability for one in decision.opinions if isinstance(one, Verdict) and one.clause == key]
    return Wanted(
        decision=decision.id,
        clause=key,
        unsure=_entropy(said[-1]) if said else 1.0,
        disagreement=max(said) - min(said) if said else 0.0,
    )


def _entropy(probability: float) -> float:
    """In bits."""
    return -sum(each * math.log2(each) for each in (probability, 1.0 - probability) if each > 0.0)
