"""Every mutant of a policy."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from komainu.domain import AllowedClause, Clause, ExactRules, Policy
from komainu.errors import PolicyError
from komainu.policies.mutants.mutant import Mutant, NotMade, Operator
from komainu.policies.mutants.weaken import weakened
from komainu.policies.parse import parse
from komainu.policies.show import render_markdown

# Title and text of a clause that was turned round; title and text of the true one take the braces' place.
_NEGATED = {
    "en": ("Anything but: {}", "Is violated by all content of which the following is not true. {}"),
    "ja": ("「{}」に当たらないもの", "次のことに当てはまらない内容は、すべて違反とする。{}"),
}
_SAYS_NOTHING = {"en": " This is a rule of this policy.", "ja": "これはこのポリシーの規則である。"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The mutants of a policy, and those that could not be made; every mutant is a policy that a file can hold."""

    mutants: tuple[Mutant, ...]
    not_made: tuple[NotMade, ...]


def make(policy: Policy, *, controls: bool = False) -> Made:
    """Each clause dropped, negated, swapped with the next and weakened, each exception dropped and weakened.

    Words, examples and exact rules of a clause go together, so that a mutant means something else and does not
    contradict itself; only a weakened clause keeps its examples. With `controls`, also restatements, which mean the
    same.
    """
    mutants: list[Mutant] = []
    not_made: list[NotMade] = []
    seen = {policy.digest}
    for one in _all(policy, controls=controls):
        made = one if isinstance(one, NotMade) else _checked(one, seen)
        if isinstance(made, NotMade):
            not_made.append(made)
        else:
            seen.add(made.policy.digest)
            mutants.append(made)
    return Made(mutants=tuple(mutants), not_made=tuple(not_made))


def _checked(mutant: Mutant, seen: set[str]) -> Mutant | NotMade:
    if mutant.policy.digest in seen:
        return _refused(mutant, "it says what the policy or another mutant says")
    try:
        same = parse(render_markdown(mutant.policy), path=mutant.policy.id) == mutant.policy
    except PolicyError as error:
        return _refused(mutant, error.problem)
    return mutant if same else _refused(mutant, "a policy file cannot say it")


def _refused(mutant: Mutant, reason: str) -> NotMade:
    return NotMade(operator=mutant.operator, clause=mutant.clause, reason=reason)


def _all(policy: Policy, *, controls: bool) -> Iterator[Mutant | NotMade]:
    for place, clause in enumerate(policy.clauses):
        yield _dropped(policy, clause)
        yield _negated(policy, clause)
        if place + 1 < len(policy.clauses):
            yield _swapped(policy, place)
        yield from _weakened(policy, clause)
        if controls:
            yield _restated(policy, clause)
    for allowed in policy.allowed:
        left = tuple(one for one in policy.allowed if one.id != allowed.id)
        yield Mutant(operator=Operator.DROP, clause=allowed.id, policy=replace(policy, allowed=left))
        yield from _weakened(policy, allowed)
        if controls:
            yield _restated(policy, allowed)


def _dropped(policy: Policy, clause: Clause) -> Mutant | NotMade:
    """Without the clause; exceptions to it alone go too, since without limits they would be exceptions to all."""
    left = tuple(one for one in policy.clauses if one.id != clause.id)
    if not left:
        return NotMade(operator=Operator.DROP, clause=clause.id, reason="a policy has at least one clause")
    allowed = tuple(
        replace(one, limits=tuple(limit for limit in one.limits if limit != clause.id))
        for one in policy.allowed
        if set(one.limits) != {clause.id}
    )
    return Mutant(operator=Operator.DROP, clause=clause.id, policy=replace(policy, clauses=left, allowed=allowed))


def _negated(policy: Policy, clause: Clause) -> Mutant | NotMade:
    """With the clause turned round: its examples are fine now, unless they violate another clause."""
    if policy.language not in _NEGATED:
        reason = f"there are no words to negate a clause in {policy.language!r}"
        return NotMade(operator=Operator.NEGATE, clause=clause.id, reason=reason)
    title, text = _NEGATED[policy.language]
    elsewhere = {example for one in policy.clauses if one.id != clause.id for example in one.examples}
    turned = replace(
        clause,
        title=title.format(clause.title),
        text=text.format(("\n" if "\n" in clause.text else "") + clause.text),
        examples=(),
        rules=ExactRules(),
    )
    fine = tuple(example for example in clause.examples if example not in elsewhere)
    changed = replace(_with(policy, turned), fine=(*policy.fine, *fine))
    return Mutant(operator=Operator.NEGATE, clause=clause.id, policy=changed)


def _swapped(policy: Policy, place: int) -> Mutant:
    """With what a clause and the next one say under each other's ids; severity and action stay with the id."""
    first, second = policy.clauses[place : place + 2]
    here, there = (
        replace(one, title=other.title, text=other.text, examples=other.examples, rules=other.rules)
        for one, other in ((first, second), (second, first))
    )
    clauses = (*policy.clauses[:place], here, there, *policy.clauses[place + 2 :])
    return Mutant(operator=Operator.SWAP, clause=first.id, other=second.id, policy=replace(policy, clauses=clauses))


def _weakened(policy: Policy, clause: Clause | AllowedClause) -> Iterator[Mutant | NotMade]:
    found = weakened(clause.text, policy.language)
    if not found:
        yield NotMade(operator=Operator.WEAKEN, clause=clause.id, reason="its text has one part")
    for one in found:
        yield Mutant(
            operator=Operator.WEAKEN,
            clause=clause.id,
            cut=one.cut,
            policy=_with(policy, replace(clause, text=one.left)),
        )


def _restated(policy: Policy, clause: Clause | AllowedClause) -> Mutant:
    text = clause.text + _SAYS_NOTHING.get(policy.language, _SAYS_NOTHING["en"])
    return Mutant(operator=Operator.RESTATE, clause=clause.id, policy=_with(policy, replace(clause, text=text)))


def restated(policy: Policy, ids: Collection[str]) -> Policy:
    """The policy with a sentence that says nothing added to these clauses: the same policy, in other words."""
    for clause in policy.clauses:
        if clause.id in ids:
            policy = _restated(policy, clause).policy
    return policy


def _with(policy: Policy, clause: Clause | AllowedClause) -> Policy:
    """The policy with this clause in place of the one of its id."""
    if isinstance(clause, Clause):
        return replace(policy, clauses=tuple(clause if one.id == clause.id else one for one in policy.clauses))
    return replace(policy, allowed=tuple(clause if one.id == clause.id else one for one in policy.allowed))
