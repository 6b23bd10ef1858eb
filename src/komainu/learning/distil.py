"""What a reasoner teaches: verdicts whose reasons passed the audit, weighing less than a person's word."""

from collections.abc import Collection, Iterator

from komainu.domain import Content, Decision, Ruling, Verdict
from komainu.learning.fit import Known

WEIGHT = 0.3  # of a person's label
_REASONER = "safeguard@"


def taught_by(decision: Decision, content: Content, ruled: Collection[str]) -> Iterator[Known]:
    """What the reasoner settled in a decision, but for the clauses (keys) that people ruled on.

    A verdict of its own is on record only where its reasons passed the audit; what it left open teaches nothing.
    """
    for opinion in decision.opinions:
        settled = decision.rulings.get(opinion.clause, Ruling.OPEN)
        if not isinstance(opinion, Verdict) or not opinion.judge.startswith(_REASONER) or opinion.clause in ruled:
            continue
        if settled is Ruling.OPEN or (opinion.probability >= 0.5) is not (settled is Ruling.VIOLATED):
            continue
        yield Known(
            content=content,
            clause=opinion.clause.partition("/")[2],
            violates=settled is Ruling.VIOLATED,
            weight=WEIGHT,
        )
