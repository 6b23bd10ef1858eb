"""Rulings of people on a decision, and what they come to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Action, Clause, Decision, Policy, Review, Rulebook, Ruling
from komainu.errors import UsageError
from komainu.reviews import clause_key, comes_to, open_in, rule, standing, waiting

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)


def policy(policy_id: str, *clauses: tuple[str, Action]) -> Policy:
    return Policy(
        id=policy_id,
        title=policy_id,
        version="1.0.0",
        language="en",
        clauses=tuple(
            Clause(policy=policy_id, id=name, title=name, text="…", severity=2, action=action)
            for name, action in clauses
        ),
    )


RULEBOOK = Rulebook(
    policies=(
        policy("house", ("H1", Action.BLOCK), ("H2", Action.LIMIT), ("X1", Action.LIMIT)),
        policy("shop", ("S1", Action.HOLD), ("X1", Action.BLOCK)),
    )
)
KEYS = tuple(clause.key for clause in RULEBOOK.clauses)


def decision(**rulings: Ruling) -> Decision:
    """A hold: every clause is open, unless given as house_H1=…."""
    given_rulings = dict.fromkeys(KEYS, Ruling.OPEN) | {key.replace("_", "/"): r for key, r in rulings.items()}
    return Decision(
        id="d-1",
        content="c" * 64,
        action=RULEBOOK.action(given_rulings),
        rulings=given_rulings,
        opinions=(),
        stages=(),
        rulebook=RULEBOOK.digest,
        policies=RULEBOOK.names,
        decided_at=NOW,
    )


def test_a_review_rules_on_what_is_named_and_makes_a_label_of_each_ruling() -> None:
    review, labels = rule(decision(), clear=["H2"], violates=["shop/S1"], reviewer="tamako", note="seen", at=NOW)
    assert review.rulings == {"house/H2": Ruling.CLEAR, "shop/S1": Ruling.VIOLATED}
    assert (review.decision, review.reviewer, review.note, review.reviewed_at) == ("d-1", "tamako", "seen", NOW)
    assert {(label.clause, label.violates, label.policy, label.source) for label in labels} == {
        ("house/H2", False, "house@1.0.0", "review:tamako"),
        ("shop/S1", True, "shop@1.0.0", "review:tamako"),
    }
    assert {label.content for label in labels} == {"c" * 64}
    assert len({review.id, *(label.id for label in labels)}) == 3


def test_the_rest_is_clear_leaves_out_what_was_ruled_before_and_what_is_violated_now() -> None:
    first, _ = rule(decision(), violates=["H1"], reviewer="a", at=NOW)
    second, _ = rule(decision(), violates=["S1"], rest_clear=True, earlier=[first], reviewer="b", at=NOW)
    assert second.rulings == {
        "shop/S1": Ruling.VIOLATED,
        "house/H2": Ruling.CLEAR,
        "house/X1": Ruling.CLEAR,
        "shop/X1": Ruling.CLEAR,
    }


@pytest.mark.parametrize(
    ("clear", "violates", "message"),
    [
        (["H1"], ["house/H1"], "expected each clause to be clear or violated; got both for house/H1"),
        ([], [], "expected a ruling on at least one clause"),
        (["X1"], [], "'X1' is a clause of several policies: write house/X1 or shop/X1"),
        (["shop/S9"], [], "did you mean shop/S1?"),
        (["zzzzz"], [], "open are house/H1, house/H2, house/X1, shop/S1, shop/X1"),
        ([""], [], "expected a clause that decision d-1 ruled on; got ''"),
    ],
)
def test_what_cannot_be_ruled_is_refused(clear: list[str], violates: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        rule(decision(), clear=clear, violates=violates, reviewer="tamako", at=NOW)
    assert message in str(caught.value)


def test_a_review_needs_a_name() -> None:
    with pytest.raises(UsageError, match="name of the reviewer"):
        rule(decision(), clear=["H1"], reviewer="  ", at=NOW)


def test_there_is_no_rest_once_all_is_settled() -> None:
    first, _ = rule(decision(), rest_clear=True, reviewer="a", at=NOW)
    with pytest.raises(UsageError, match="none waits any more"):
        rule(decision(), rest_clear=True, earlier=[first], reviewer="b", at=NOW)


def test_the_last_ruling_of_a_person_counts_also_against_a_judge() -> None:
    judged = decision(house_H1=Ruling.VIOLATED)
    first, _ = rule(judged, clear=["H1"], violates=["H2"], reviewer="a", at=NOW)
    second, _ = rule(judged, clear=["H2"], earlier=[first], reviewer="a", at=NOW + timedelta(hours=1))
    rulings = standing(judged, [first, second])
    assert (rulings["house/H1"], rulings["house/H2"]) == (Ruling.CLEAR, Ruling.CLEAR)
    assert open_in(rulings) == ("house/X1", "shop/S1", "shop/X1")


def test_a_violated_clause_that_holds_waits_for_a_person() -> None:
    held = decision(
        **dict.fromkeys(["house_H1", "house_H2", "house_X1", "shop_X1"], Ruling.CLEAR), shop_S1=Ruling.VIOLATED
    )
    assert held.action is Action.HOLD
    assert waiting(held, ()) == ("shop/S1",)
    review, _ = rule(held, rest_clear=True, reviewer="a", at=NOW)
    assert review.rulings == {"shop/S1": Ruling.CLEAR}
    assert waiting(held, (review,)) == ()


def test_a_key_wins_over_an_id() -> None:
    assert clause_key(decision(), "shop/X1") == "shop/X1"
    assert clause_key(decision(), "S1") == "shop/S1"


def test_without_the_rulebook_only_a_clear_content_has_a_known_action() -> None:
    other = Rulebook(policies=RULEBOOK.policies[:1])
    clear, violated = (
        dict.fromkeys(KEYS, Ruling.CLEAR),
        dict.fromkeys(KEYS, Ruling.CLEAR) | {"house/H2": Ruling.VIOLATED},
    )
    assert comes_to(decision(), clear, None) is comes_to(decision(), clear, other) is Action.ALLOW
    assert comes_to(decision(), violated, None) is comes_to(decision(), violated, other) is None
    assert comes_to(decision(), violated, RULEBOOK) is Action.LIMIT


reviews = st.lists(
    st.dictionaries(st.sampled_from(KEYS), st.sampled_from([Ruling.CLEAR, Ruling.VIOLATED]), min_size=1).map(
        lambda rulings: Review(id="r", decision="d-1", reviewer="a", rulings=rulings, reviewed_at=NOW)
    ),
    max_size=4,
)


@given(reviews)
def test_nothing_is_allowed_that_a_person_left_open_or_found_violated(given_reviews: list[Review]) -> None:
    rulings = standing(decision(), given_reviews)
    action = comes_to(decision(), rulings, RULEBOOK)
    assert (action is Action.ALLOW) == all(ruling is Ruling.CLEAR for ruling in rulings.values())
    assert set(rulings) == set(KEYS)
    if open_in(rulings):
        assert action in {Action.HOLD, Action.BLOCK}
