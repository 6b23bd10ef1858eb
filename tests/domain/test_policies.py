from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Action, Clause, ExactRules, Policy, Targets
from tests.strategies import PATIENT, clauses, exact_rules, policies, targets


@PATIENT
@given(policies())
def test_a_policy_is_named_by_what_it_says(policy):
    assert replace(policy).digest == policy.digest
    assert replace(policy, purpose=policy.purpose + "x").digest != policy.digest
    assert replace(policy, clauses=policy.clauses[::-1]).digest != policy.digest or len(policy.clauses) == 1
    first, *rest = policy.clauses
    changed = replace(first, severity=first.severity % 4 + 1)
    assert replace(policy, clauses=(changed, *rest)).digest != policy.digest
    examples = replace(first, examples=(*first.examples, "one more"))
    assert replace(policy, clauses=(examples, *rest)).digest != policy.digest
    rules = replace(first, rules=ExactRules(phrases=(*first.rules.phrases, "one more")))
    assert replace(policy, clauses=(rules, *rest)).digest != policy.digest


@PATIENT
@given(policies(), targets())
def test_targets_are_not_part_of_what_a_policy_says(policy, wanted):
    assert replace(policy, targets=wanted).digest == replace(policy, targets=Targets()).digest


@PATIENT
@given(policies())
def test_the_exceptions_to_a_clause_are_those_that_name_it_or_none(policy):
    for clause in policy.clauses:
        found = policy.exceptions_to(clause)
        for allowed in policy.allowed:
            assert (allowed in found) is (clause.id in allowed.limits or allowed.limits == ())


def test_a_policy_without_clauses_cannot_exist():
    with pytest.raises(ValueError, match="has no clause"):
        Policy(id="p", title="t", version="1", language="en", clauses=())


@given(clauses())
def test_a_clause_id_is_used_once(clause):
    with pytest.raises(ValueError, match=f"uses a clause id twice: {clause.id}"):
        Policy(id="spam", title="t", version="1", language="en", clauses=(clause, clause))


@given(clauses("other"))
def test_a_policy_holds_its_own_clauses_only(clause):
    with pytest.raises(ValueError, match="holds clauses of another policy: other"):
        Policy(id="spam", title="t", version="1", language="en", clauses=(clause,))


@given(clauses(), st.integers())
def test_severity_is_one_to_four(clause, severity):
    if 1 <= severity <= 4:
        assert replace(clause, severity=severity).severity == severity
    else:
        with pytest.raises(ValueError, match="severity is 1 to 4"):
            replace(clause, severity=severity)


@given(clauses())
def test_a_violation_is_never_allowed(clause):
    with pytest.raises(ValueError, match="never allowed"):
        replace(clause, action=Action.ALLOW)


def test_a_clause_is_named_by_policy_and_id():
    clause = Clause(policy="spam", id="SP1", title="t", text="x", severity=2, action=Action.BLOCK)
    assert clause.key == "spam/SP1"


@given(exact_rules())
def test_rules_are_true_where_there_is_one(rules):
    assert bool(rules) is (rules != ExactRules())
