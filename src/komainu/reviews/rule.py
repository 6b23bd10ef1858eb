"""Rule on the clauses of a decision, and combine rulings."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import uuid_utils

from komainu.domain import Action, Decision, Label, Review, Rulebook, Ruling
from komainu.errors import UsageError


def clause_key(decision: Decision, named: str) -> str:
    """The key of the clause of `decision` that is meant: `named` is a key (`spam/SP1`), or an id where that is unique.

    UsageError where the decision has no such clause, or several.
    """
    if named in decision.rulings:
        return named
    matching = [key for key in decision.rulings if key.partition("/")[2] == named]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UsageError(f"{named!r} is a clause of several policies: write {' or '.join(matching)}")
    ids = {key.partition("/")[2]: key for key in decision.rulings} | {key: key for key in decision.rulings}
    close = difflib.get_close_matches(named, ids, n=1)
    hint = f"did you mean {ids[close[0]]}?" if close else f"open are {_listed(decision.open_clauses)}"
    raise UsageError(f"expected a clause that decision {decision.id} ruled on; got {named!r} ({hint})")


def rule(
    decision: Decision,
    *,
    clear: Iterable[str] = (),
    violates: Iterable[str] = (),
    rest_clear: bool = False,
    earlier: Sequence[Review] = (),
    reviewer: str,
    note: str = "",
    at: datetime,
) -> tuple[Review, tuple[Label, ...]]:
    """A review with the rulings given, and one label per clause ruled on.

    Clauses are named as for `clause_key`. With `rest_clear`, every clause that still waits after the `earlier`
    reviews and is not named is clear. UsageError where a clause is named that the decision does not have, where one is
    named as clear and as violated, where there is nothing to rule on, and where nobody is named as reviewer.
    """
    if not reviewer.strip():
        raise UsageError("expected the name of the reviewer; got none")
    cleared = [clause_key(decision, named) for named in clear]
    violated = [clause_key(decision, named) for named in violates]
    if rest_clear:
        named = {*cleared, *violated}
        cleared += [key for key in waiting(decision, earlier) if key not in named]
    rulings = _rulings(cleared=cleared, violated=violated)
    review = Review(
        id=str(uuid_utils.uuid7()),
        decision=decision.id,
        reviewer=reviewer,
        rulings=rulings,
        note=note,
        reviewed_at=at,
    )
    return review, tuple(_label(decision, review, key, ruling) for key, ruling in rulings.items())


def standing(decision: Decision, reviews: Sequence[Review]) -> Mapping[str, Ruling]:
    """How every clause stands now: as the judges ruled, unless a person did; of several people the last counts.

    `reviews` are those of the decision, oldest first.
    """
    rulings = dict(decision.rulings)
    for review in reviews:
        rulings.update(review.rulings)
    return rulings


def open_in(rulings: Mapping[str, Ruling]) -> tuple[str, ...]:
    """Keys of the clauses that nobody has settled."""
    return tuple(key for key, ruling in rulings.items() if ruling is Ruling.OPEN)


def waiting(decision: Decision, reviews: Sequence[Review]) -> tuple[str, ...]:
    """Keys of the clauses that wait for a person: those that are open or hold the content, and no person ruled on."""
    ruled = {key for review in reviews for key in review.rulings}
    return tuple(
        key
        for key, ruling in decision.rulings.items()
        if key not in ruled and (ruling is Ruling.OPEN or key in decision.holding)
    )


def comes_to(decision: Decision, rulings: Mapping[str, Ruling], rulebook: Rulebook | None) -> Action | None:
    """The action that `rulings` come to under the rulebook the decision was made under.

    None where that cannot be said: the actions of clauses and their precedence are known only from that rulebook, and
    `rulebook` is another or not given. Only a content that is clear throughout is allowed whatever the rulebook says.
    """
    if rulebook is not None and rulebook.digest == decision.rulebook:
        return rulebook.action(rulings)
    clear = all(rulings.get(key) is Ruling.CLEAR for key in decision.rulings)
    return Action.ALLOW if clear else None


def _rulings(*, cleared: Collection[str], violated: Collection[str]) -> dict[str, Ruling]:
    if both := [key for key in cleared if key in violated]:
        raise UsageError(f"expected each clause to be clear or violated; got both for {_listed(both)}")
    if not cleared and not violated:
        raise UsageError("expected a ruling on at least one clause; none is named, or none waits any more")
    return dict.fromkeys(violated, Ruling.VIOLATED) | dict.fromkeys(cleared, Ruling.CLEAR)


def _label(decision: Decision, review: Review, key: str, ruling: Ruling) -> Label:
    policy_id = key.partition("/")[0]
    return Label(
        id=str(uuid_utils.uuid7()),
        content=decision.content,
        clause=key,
        policy=next((name for name in decision.policies if name.partition("@")[0] == policy_id), policy_id),
        violates=ruling is Ruling.VIOLATED,
        source=f"review:{review.reviewer}",
        labelled_at=review.reviewed_at,
    )


def _listed(keys: Collection[str]) -> str:
    return ", ".join(keys) or "none"
