"""Fitting a policy: from what it says itself and what people labelled, clause by clause."""

from collections.abc import Sequence
from dataclasses import replace

from komainu.domain import Content, Policy
from komainu.judges.embedded.fits import said
from komainu.judges.embedded.selftest import proven
from komainu.judges.embedded.words import words_of
from komainu.learning.fit import ClauseFit, Known, corrections, fit_policy, known_of
from komainu.policies import parse
from tests.cli.conftest import HOUSE
from tests.evals.makers import case

POLICY = parse(HOUSE, path="policy.md")
WEIGHTS = proven()


def known(policy: Policy, texts: Sequence[str], violates: bool, clause: str = "HR1") -> list[Known]:
    return [Known(content=Content(text=text), clause=clause, violates=violates) for text in texts]


SELLING = [f"I sell {count} followers for {price} coins" for count in (10, 50, 900) for price in (1, 2, 7, 40)]
BOATS = [
    f"The {kind} boat left at {hour} with nets on board" for kind in ("old", "red", "long") for hour in (6, 7, 8, 9)
]


def by_clause(fits: Sequence[ClauseFit]) -> dict[str, ClauseFit]:
    return {one.clause: one for one in fits}


def test_a_policy_knows_its_examples_and_its_cases_under_every_clause() -> None:
    cases = (case("1", "Buy followers, cheap", "HR1"), case("2", "The soup was lovely"))
    found = {(one.clause, one.content.text): one.violates for one in known_of(POLICY, cases)}
    assert found["HR1", "Buy followers here, ten for a coin"] is True
    assert found["HR1", 'Somebody wrote me "buy followers", beware'] is False  # an exception to HR1
    assert ("HR2", 'Somebody wrote me "buy followers", beware') not in found  # and to no other
    assert found["HR3", "The soup was lovely"] is False
    assert [found[clause.id, "Buy followers, cheap"] for clause in POLICY.clauses] == [True, False, False]


def test_labels_make_the_judge_surer_of_what_they_say() -> None:
    given = known(POLICY, SELLING, True) + known(POLICY, BOATS, False)
    fitted = by_clause(fit_policy(POLICY, given, WEIGHTS))["HR1"]
    assert fitted.labels == 24 and fitted.violating == 12
    assert fitted.loss_before is not None and fitted.loss_after is not None
    assert fitted.loss_after < fitted.loss_before


def test_a_clause_with_labels_of_one_kind_or_none_is_not_fitted() -> None:
    fits = by_clause(fit_policy(POLICY, known(POLICY, SELLING, True), WEIGHTS))
    assert fits["HR1"].correction is None and fits["HR1"].labels == 12
    assert fits["HR2"].correction is None and fits["HR2"].labels == 0
    assert fits["HR2"].loss_before is None and fits["HR1"].loss_after is None
    assert corrections(POLICY, list(fits.values())) == {}


def test_a_later_label_of_the_same_content_counts() -> None:
    first = known(POLICY, SELLING, False) + known(POLICY, BOATS, False)
    fitted = by_clause(fit_policy(POLICY, [*first, *known(POLICY, SELLING, True)], WEIGHTS))["HR1"]
    assert fitted.labels == 24 and fitted.violating == 12


def test_text_that_the_judge_does_not_read_teaches_nothing() -> None:
    given = known(POLICY, [*SELLING, "b u y  f o l l o w e r s"], True) + known(POLICY, BOATS, False)
    assert by_clause(fit_policy(POLICY, given, WEIGHTS))["HR1"].labels == 24


def test_corrections_are_named_by_the_words_of_their_clause() -> None:
    fits = fit_policy(POLICY, known(POLICY, SELLING, True) + known(POLICY, BOATS, False), WEIGHTS)
    (name,) = corrections(POLICY, fits)
    assert name == said(words_of(POLICY, POLICY.clauses[0]))
    reworded = replace(POLICY.clauses[0], text="Other words.")
    assert name != said(words_of(POLICY, reworded))


def test_progress_is_told() -> None:
    seen: list[tuple[int, int]] = []
    fit_policy(POLICY, known(POLICY, SELLING, True), WEIGHTS, lambda done, total: seen.append((done, total)))
    assert seen == [(number, 12) for number in range(1, 13)]
