from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Action, Clause, Policy, Rulebook, Ruling
from tests.strategies import PATIENT, policies, rulebooks, rulings


def policy(policy_id: str, *, action: Action = Action.BLOCK, **precedence: tuple[str, ...]) -> Policy:
    clause = Clause(policy=policy_id, id="AA1", title="t", text="x", severity=2, action=action)
    return Policy(id=policy_id, title="t", version="1.0.0", language="en", clauses=(clause,), **precedence)


def ruled(**by_policy: Ruling) -> dict[str, Ruling]:
    return {f"{policy_id}/AA1": ruling for policy_id, ruling in by_policy.items()}


@PATIENT
@given(st.data())
def test_content_is_allowed_only_where_every_clause_is_clear(data):
    book = data.draw(rulebooks())
    found = data.draw(rulings(book))
    clear = all(ruling is Ruling.CLEAR for ruling in found.values())
    assert (book.action(found) is Action.ALLOW) is clear


@PATIENT
@given(st.data())
def test_a_clause_without_a_ruling_is_open(data):
    book = data.draw(rulebooks())
    found = data.draw(rulings(book))
    missing = data.draw(st.sampled_from(sorted(found)))
    assert book.action({key: ruling for key, ruling in found.items() if key != missing}) is book.action(
        {**found, missing: Ruling.OPEN}
    )


@PATIENT
@given(st.data())
def test_without_precedence_the_severest_action_counts(data):
    book = data.draw(rulebooks())
    book = Rulebook(policies=tuple(replace(one, dominates=(), yields_to=()) for one in book.policies))
    found = data.draw(rulings(book))
    actions = {Ruling.CLEAR: lambda _: Action.ALLOW, Ruling.OPEN: lambda _: Action.HOLD}
    wanted = max(actions.get(found[clause.key], lambda one: one.action)(clause) for clause in book.clauses)
    assert book.action(found) is wanted


@PATIENT
@given(st.data())
def test_what_a_violated_policy_dominates_does_not_count(data):
    book = data.draw(rulebooks())
    found = data.draw(rulings(book))
    top = book.policies[0]
    silent = [one.id for one in book.policies if one.id in top.dominates]
    found[top.clauses[0].key] = Ruling.VIOLATED
    changed = {
        key: Ruling.CLEAR if key.split("/")[0] in silent and ruling is Ruling.VIOLATED else ruling
        for key, ruling in found.items()
    }
    below = {other for one in book.policies if one.id in silent for other in one.dominates}
    if not below:  # else clearing a dominated policy would wake the ones it dominates
        assert book.action(found) is book.action(changed)


def test_precedence_works_from_either_side_and_through_others():
    top = policy("a", action=Action.LIMIT)
    downwards = (replace(top, dominates=("b",)), policy("b", dominates=("c",)), policy("c"))
    upwards = (top, policy("b", yields_to=("a",)), policy("c", yields_to=("b",)))
    for book in (Rulebook(policies=downwards), Rulebook(policies=upwards)):
        assert book.action(ruled(a=Ruling.VIOLATED, b=Ruling.CLEAR, c=Ruling.VIOLATED)) is Action.LIMIT
        held = ruled(a=Ruling.VIOLATED, b=Ruling.OPEN, c=Ruling.VIOLATED)
        assert (book.action(held), book.holding(held)) == (Action.HOLD, ("b/AA1",)), "what is open holds"
        assert book.action(ruled(a=Ruling.CLEAR, b=Ruling.VIOLATED, c=Ruling.OPEN)) is Action.BLOCK
        assert book.action(ruled(a=Ruling.OPEN, b=Ruling.VIOLATED, c=Ruling.CLEAR)) is Action.BLOCK


def test_precedence_over_policies_that_are_not_in_force_is_no_matter():
    book = Rulebook(policies=(policy("a", dominates=("gone",), yields_to=("lost",)),))
    assert book.action(ruled(a=Ruling.VIOLATED)) is Action.BLOCK


@pytest.mark.parametrize(
    "circle",
    [
        (policy("a", dominates=("b",)), policy("b", dominates=("a",))),
        (policy("a", dominates=("b",), yields_to=("b",)), policy("b")),
        (policy("a", dominates=("b",)), policy("b", dominates=("c",)), policy("c", dominates=("a",))),
        (policy("a", yields_to=("b",)), policy("b", yields_to=("c",)), policy("c", yields_to=("a",))),
        (policy("a", dominates=("a",)),),
    ],
)
def test_precedence_in_a_circle_is_refused(circle):
    names = ", ".join(one.id for one in circle)
    with pytest.raises(ValueError, match=f"precedence runs in a circle between {names}"):
        Rulebook(policies=circle)


def test_a_rulebook_without_policies_cannot_exist():
    with pytest.raises(ValueError, match="at least one policy"):
        Rulebook(policies=())


@PATIENT
@given(policies())
def test_a_policy_is_in_a_rulebook_once(one):
    with pytest.raises(ValueError, match=f"given twice: {one.id}"):
        Rulebook(policies=(one, one))


@PATIENT
@given(rulebooks())
def test_a_rulebook_is_named_by_its_policies_and_their_order(book):
    assert Rulebook(policies=book.policies).digest == book.digest
    first = replace(book.policies[0], version="9.9.9+changed")
    assert Rulebook(policies=(first, *book.policies[1:])).digest != book.digest
    if len(book.policies) > 1:
        assert Rulebook(policies=book.policies[::-1]).digest != book.digest
        assert Rulebook(policies=book.policies[:-1]).digest != book.digest


@PATIENT
@given(rulebooks())
def test_policies_and_clauses_are_found_by_name(book):
    assert list(book) == list(book.policies)
    assert [book.policy(one.id) for one in book] == list(book.policies)
    assert [book.clause(clause.key) for clause in book.clauses] == list(book.clauses)
    with pytest.raises(KeyError):
        book.policy("not there")
    with pytest.raises(KeyError):
        book.clause("not/there")


@given(data=st.data())
def test_every_hold_names_what_holds_it(data: st.DataObject) -> None:
    rulebook = data.draw(rulebooks())
    found = data.draw(rulings(rulebook))
    holding = rulebook.holding(found)
    if rulebook.action(found) is Action.HOLD:
        assert holding
    for key in holding:
        assert found[key] is not Ruling.CLEAR
