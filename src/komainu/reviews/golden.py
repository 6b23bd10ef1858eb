"""Golden items: contents whose answers are known, handed to reviewers among all others.

A golden item is a decision on record that only its entry in the ledger knows to be one. It waits, is claimed and is
ruled on like any other; its reviews make no labels, and it is counted nowhere that real decisions are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import uuid_utils

from komainu.domain import Action, Decision, Label
from komainu.errors import UsageError
from komainu.reviews.rule import clause_key

SOURCE = "golden:"  # begins the source of a label that is a known answer


def answers(
    decision: Decision,
    *,
    clear: Iterable[str] = (),
    violates: Iterable[str] = (),
    known: Mapping[str, bool],
    by: str,
    at: datetime,
) -> tuple[Label, ...]:
    """Labels with the answers that are not `known` yet, for a decision that may serve as a golden item.

    UsageError where nobody vouches for them; where the judges settle the content, so that nobody would be asked about
    it; where no answer is on a clause that waits; and where an answer contradicts another or what is known.
    """
    if not by.strip():
        raise UsageError("expected the name of who vouches for the answers; got none")
    if decision.action is not Action.HOLD:
        raise UsageError(
            f"the judges settle this content ({decision.action.label}), and nobody is asked about such: among what "
            "reviewers see it would stand out. Take one that is held"
        )
    given: dict[str, bool] = {}
    for names, violated in ((clear, False), (violates, True)):
        for key in (clause_key(decision, named) for named in names):
            if given.get(key, known.get(key, violated)) is not violated:
                raise UsageError(f"{key}: the answer contradicts one that is given or on record")
            given[key] = violated
    if not set(given).intersection(decision.holding):
        raise UsageError(f"expected an answer on a clause that waits: {', '.join(decision.holding)}")
    return tuple(_label(decision, key, violated, by, at) for key, violated in given.items() if key not in known)


def known_of(labels: Iterable[Label]) -> dict[str, bool]:
    """The known answers on one content, by clause; of several the last."""
    return {label.clause: label.violates for label in labels if label.source.startswith(SOURCE)}


def copy_of(decision: Decision, at: datetime) -> Decision:
    """The same decision under an id of its own, so that another reviewer can be handed the item."""
    return replace(decision, id=str(uuid_utils.uuid7()), decided_at=at)


def _label(decision: Decision, key: str, violated: bool, by: str, at: datetime) -> Label:
    policy_id = key.partition("/")[0]
    return Label(
        id=str(uuid_utils.uuid7()),
        content=decision.content,
        clause=key,
        policy=next((name for name in decision.policies if name.partition("@")[0] == policy_id), policy_id),
        violates=violated,
        source=f"{SOURCE}{by}",
        labelled_at=at,
    )
