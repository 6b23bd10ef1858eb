from dataclasses import FrozenInstanceError, replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Action, Ruling, Verdict
from tests.strategies import PATIENT, abstentions, decisions, labels, opinions, reviews, verdicts

NAIVE = datetime(2026, 1, 1)


@given(st.floats())
def test_a_probability_is_zero_to_one(probability):
    if 0.0 <= probability <= 1.0:
        assert Verdict(clause="a/A1", judge="j@1", probability=probability).probability == probability
    else:
        with pytest.raises(ValueError, match="a/A1: a probability is 0 to 1"):
            Verdict(clause="a/A1", judge="j@1", probability=probability)


@PATIENT
@given(decisions())
def test_a_decision_that_allows_has_every_clause_clear(decision):
    if decision.action is Action.ALLOW:
        assert set(decision.rulings.values()) == {Ruling.CLEAR}
    elif any(ruling is not Ruling.CLEAR for ruling in decision.rulings.values()):
        with pytest.raises(ValueError, match="allowed only when every clause is clear"):
            replace(decision, action=Action.ALLOW)


@PATIENT
@given(decisions())
def test_clauses_of_a_decision_are_open_violated_or_clear(decision):
    clear = [key for key, ruling in decision.rulings.items() if ruling is Ruling.CLEAR]
    assert sorted((*decision.open_clauses, *decision.violated_clauses, *clear)) == sorted(decision.rulings)


@PATIENT
@given(decisions())
def test_a_decision_rules_on_something_at_a_known_moment(decision):
    with pytest.raises(ValueError, match="at least one clause"):
        replace(decision, rulings={})
    with pytest.raises(ValueError, match="time zone"):
        replace(decision, decided_at=NAIVE)


@PATIENT
@given(decisions(), reviews())
def test_a_record_cannot_be_edited(decision, review):
    for record in (decision, review):
        key = next(iter(record.rulings))
        with pytest.raises(TypeError):
            record.rulings[key] = Ruling.CLEAR
    with pytest.raises(FrozenInstanceError):
        decision.action = Action.ALLOW


@PATIENT
@given(decisions())
def test_a_record_does_not_follow_the_mapping_it_was_made_from(decision):
    given_rulings = dict(decision.rulings)
    copy = replace(decision, rulings=given_rulings)
    given_rulings.clear()
    assert copy == decision


@PATIENT
@given(reviews())
def test_a_review_settles_what_it_names(review):
    key = next(iter(review.rulings))
    with pytest.raises(ValueError, match="clear or violated"):
        replace(review, rulings={**review.rulings, key: Ruling.OPEN})
    with pytest.raises(ValueError, match="at least one clause"):
        replace(review, rulings={})
    with pytest.raises(ValueError, match="names its reviewer"):
        replace(review, reviewer=" ")
    with pytest.raises(ValueError, match="time zone"):
        replace(review, reviewed_at=NAIVE)


@given(labels())
def test_a_label_names_its_source_and_moment(label):
    with pytest.raises(ValueError, match="source"):
        replace(label, source="")
    with pytest.raises(ValueError, match="time zone"):
        replace(label, labelled_at=NAIVE)


@given(verdicts(), abstentions(), opinions())
def test_opinions_are_values(verdict, abstention, opinion):
    assert {verdict, replace(verdict)} == {verdict}
    assert {abstention, replace(abstention)} == {abstention}
    assert opinion == replace(opinion) != verdict or opinion == verdict
