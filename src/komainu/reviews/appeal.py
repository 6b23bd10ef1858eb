"""Appeal against a decision."""

from collections.abc import Iterable
from datetime import datetime

import uuid_utils

from komainu.domain import Appeal, Decision, Ruling
from komainu.errors import UsageError
from komainu.reviews.rule import clause_key
from komainu.reviews.votes import Count, History, open_in


def appeal(
    decision: Decision, *, clauses: Iterable[str] = (), history: History, by: str, why: str = "", at: datetime
) -> Appeal:
    """An appeal about these clauses, named as for `clause_key`; about every violated one where none is named.

    It is also about what nobody was asked about, since the action was settled without it: where the decision is
    overturned, that has to be ruled on.

    UsageError where nobody appeals, another appeal is open, nothing is violated and no clause named, and where one
    still waits for a person: it is not decided yet.
    """
    count = Count(decision, history)
    if not by.strip():
        raise UsageError("expected the name of who appeals; got none")
    if count.appeal is not None:
        raise UsageError(f"{count.appeal.by} has appealed already: wait for the outcome of appeal {count.appeal.id}")
    keys = [clause_key(decision, named) for named in clauses]
    keys = keys or [key for key, ruling in count.standing.items() if ruling is Ruling.VIOLATED]
    if not keys:
        raise UsageError(f"nothing is violated in decision {decision.id}: name with --clause what should be")
    if undecided := [key for key in keys if key in count.waiting and count.is_waiting]:
        raise UsageError(f"{', '.join(undecided)}: a person has still to rule on it; appeal when that is done")
    keys += [key for key in open_in(count.standing) if not count.is_waiting]
    return Appeal(
        id=str(uuid_utils.uuid7()),
        decision=decision.id,
        by=by,
        clauses=tuple(dict.fromkeys(keys)),
        why=why,
        appealed_at=at,
    )
