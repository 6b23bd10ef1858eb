"""A candidate beside the live judge: what it learnt from never compares, and a worse one does not get on."""

from dataclasses import replace

import pytest

from komainu.domain import Content
from komainu.judges.embedded.fits import Fits
from komainu.judges.embedded.selftest import proven
from komainu.learning.fit import Known, known_of
from komainu.learning.parts import Part
from komainu.learning.refit import Comparison, Outcome, Refit, is_acceptable, refit
from komainu.metrics import Figure
from komainu.policies import parse
from tests.cli.conftest import HOUSE

POLICY = parse(HOUSE, path="policy.md")
WEIGHTS = proven()
LIVE = Fits.none()
NOUNS = ("lamp", "boat", "kettle", "ladder", "violin", "carpet", "mirror", "barrel", "saddle", "anchor")
VERBS = ("paint", "carry", "repair", "borrow", "clean", "measure", "wrap", "sketch", "polish", "move")


def labels(violating: str, fine: str, *, weight: float = 1.0) -> list[Known]:
    """A hundred of either kind that differ by more than a number."""
    pairs = [(noun, verb, NOUNS[row - column]) for row, noun in enumerate(NOUNS) for column, verb in enumerate(VERBS)]
    return [
        Known(
            content=Content(text=text.format(noun=noun, verb=verb, other=other)),
            clause="HR1",
            violates=violates,
            weight=weight,
        )
        for noun, verb, other in pairs
        for text, violates in ((violating, True), (fine, False))
    ]


PLAIN = labels("{noun} {verb} followers {other}", "{other} {verb} garden {noun}")


def test_labels_make_a_candidate_that_is_better_on_what_it_did_not_see() -> None:
    found = refit(POLICY, list(known_of(POLICY, ())), PLAIN, WEIGHTS, LIVE)
    first = found.comparisons[0]
    assert first.clause == "house/HR1"
    assert first.labels == found.used[Part.COMPARE] >= 10
    assert first.candidate_loss is not None and first.live_loss is not None
    assert first.candidate_loss < first.live_loss
    assert first.outcome is Outcome.BETTER
    assert found.comparisons[1].outcome is Outcome.UNKNOWN, "nobody labelled it"
    good, why = is_acceptable([found])
    assert good, why
    assert found.used[Part.FIT] == sum(one.content.digest in found.taught for one in PLAIN)
    assert 0 < found.used[Part.CERTIFY] < found.used[Part.FIT]


def test_labels_that_say_the_opposite_of_what_is_compared_do_not_get_on() -> None:
    """The part that is learnt from is turned round; the live judge is right on the other."""
    right = refit(POLICY, list(known_of(POLICY, ())), PLAIN, WEIGHTS, LIVE)
    turned = [replace(one, violates=one.violates is not (one.content.digest in right.taught)) for one in PLAIN]
    found = refit(POLICY, list(known_of(POLICY, ())), turned, WEIGHTS, LIVE)
    assert found.comparisons[0].outcome is Outcome.WORSE
    good, why = is_acceptable([found])
    assert not good
    assert "worse beyond its interval on house/HR1" in why


def test_a_reasoner_teaches_and_never_compares() -> None:
    found = refit(POLICY, list(known_of(POLICY, ())), [replace(one, weight=0.3) for one in PLAIN], WEIGHTS, LIVE)
    assert found.comparisons[0].labels == 0
    assert found.fits[0].correction is not None
    assert is_acceptable([found]) == (False, "no clause has 10 labels of either part to compare on")


def test_a_clause_without_new_labels_keeps_what_was_live() -> None:
    first = refit(POLICY, list(known_of(POLICY, ())), PLAIN, WEIGHTS, LIVE)
    live = Fits(corrections=first.corrections, digest="some")
    again = refit(POLICY, (), (), WEIGHTS, live)
    assert again.corrections == first.corrections
    assert all(fit.correction is None for fit in again.fits)


def compared(value: float, low: float, high: float, labels: int = 40) -> Comparison:
    change = Figure(value=value, n=labels, positives=0, low=low, high=high)
    return Comparison(clause="a/A1", labels=labels, live_loss=1.0, candidate_loss=1.0 + value, change=change)


def made(*comparisons: Comparison) -> Refit:
    return Refit(policy=POLICY, fits=(), corrections={}, comparisons=comparisons, taught=frozenset(), used={})


@pytest.mark.parametrize(
    ("comparisons", "good", "why"),
    [
        ((compared(-0.2, -0.3, -0.1),), True, "better by 0.2000 nats per label over 40 labels of 1 clauses"),
        ((compared(-0.2, -0.3, -0.1), compared(0.1, -0.1, 0.3)), True, "none worse"),
        ((compared(-0.9, -1.0, -0.8), compared(0.1, 0.01, 0.3)), False, "worse beyond its interval"),
        ((compared(0.0, -0.1, 0.1),), False, "no better"),
        ((compared(-0.1, -0.2, -0.01, labels=10), compared(0.1, -0.1, 0.3, labels=90)), False, "no better"),
        ((), False, "to compare on"),
    ],
)
def test_what_may_go_on(comparisons: tuple[Comparison, ...], good: bool, why: str) -> None:
    found = is_acceptable([made(*comparisons)])
    assert found[0] is good
    assert why in found[1]
