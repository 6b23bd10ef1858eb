"""Rule on the clauses of a decision, and combine rulings."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import uuid_utils

from komainu.domain import Action, Appeal, Decision, Label, Review, Rulebook, Ruling
from komainu.errors import UsageError
from komainu.reviews.votes import Count, History, ruled_by


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
    earlier: History = (),
    second: Collection[str] = (),
    known: Mapping[str, bool] = MappingProxyType({}),
    reviewer: str,
    note: str = "",
    at: datetime,
) -> tuple[Review, tuple[Label, ...]]:
    """A review with the rulings given, and one label per clause ruled on.

    Clauses are named as for `clause_key`. With `rest_clear`, every clause that still waits for this reviewer after the
    `earlier` reviews and appeals and is not named is clear. On those of `second` one word is not enough, nor is one
    that contradicts what is `known` (by key: whether the content violates the clause). A reviewer who ruled on a clause
    before changes their word. Where an appeal is open the review is made on it, and says what came of it where it
    settles all that is appealed.

    UsageError where a clause is named that the decision does not have, where one is named as clear and as violated,
    where there is nothing to rule on, where nobody is named as reviewer, and where an appeal needs somebody else.
    """
    count = Count(decision, earlier)
    _expect_reviewer(reviewer, earlier, count.appeal)
    cleared = [clause_key(decision, named) for named in clear]
    violated = [clause_key(decision, named) for named in violates]
    if rest_clear:
        named = {*cleared, *violated}
        cleared += [key for key in count.waiting_for(reviewer) if key not in named]
    rulings = _rulings(cleared=cleared, violated=violated)
    review = Review(
        id=str(uuid_utils.uuid7()),
        decision=decision.id,
        reviewer=reviewer,
        rulings=rulings,
        note=note,
        reviewed_at=at,
        second=tuple(key for key in rulings if key in second or _contradicts(rulings[key], known.get(key))),
        appeal=count.appeal.id if count.appeal is not None else "",
    )
    after = Count(decision, (*earlier, review))
    if after.settles_appeal:
        review = replace(review, outcome=after.outcome)
    appealed = count.appeal.clauses if count.appeal is not None else ()
    return review, tuple(_label(decision, review, key, appealed) for key in rulings)


def needs_another(appeal: Appeal | None, reviewer: str, earlier: History) -> str:
    """Why an appeal needs somebody else than this reviewer; empty where it does not, or there is none."""
    if appeal is None:
        return ""
    if reviewer == appeal.by:
        return f"{reviewer} made the appeal"
    before = earlier[: next(place for place, each in enumerate(earlier) if each.id == appeal.id)]
    return f"{reviewer} has ruled on it before" if reviewer in ruled_by(before) else ""


def _contradicts(ruling: Ruling, known: bool | None) -> bool:
    return known is not None and known is not (ruling is Ruling.VIOLATED)


def _expect_reviewer(reviewer: str, earlier: History, appeal: Appeal | None) -> None:
    if not reviewer.strip():
        raise UsageError("expected the name of the reviewer; got none")
    if why := needs_another(appeal, reviewer, earlier):
        raise UsageError(f"expected somebody else to rule on the appeal: {why}")


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


def _label(decision: Decision, review: Review, key: str, appealed: Collection[str]) -> Label:
    policy_id = key.partition("/")[0]
    return Label(
        id=str(uuid_utils.uuid7()),
        content=decision.content,
        clause=key,
        policy=next((name for name in decision.policies if name.partition("@")[0] == policy_id), policy_id),
        violates=review.rulings[key] is Ruling.VIOLATED,
        source=f"{'appeal' if key in appealed else 'review'}:{review.reviewer}",
        labelled_at=review.reviewed_at,
    )


def _listed(keys: Collection[str]) -> str:
    return ", ".join(keys) or "none"
