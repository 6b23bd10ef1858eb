"""Appeals, claims, and what a review may say of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from komainu.domain import Appeal, Claim, Outcome, Review, Ruling

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def appeal(**given: Any) -> Appeal:
    return Appeal(**{"id": "a", "decision": "d", "by": "author", "clauses": ("p/A",), "appealed_at": NOON} | given)


def review(**given: Any) -> Review:
    known = {"id": "r", "decision": "d", "reviewer": "mika", "rulings": {"p/A": Ruling.CLEAR}, "reviewed_at": NOON}
    return Review(**known | given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"by": " "}, "names who appeals"),
        ({"clauses": ()}, "at least one clause"),
        ({"clauses": ("p/A", "p/A")}, "names each once"),
        ({"appealed_at": NOON.replace(tzinfo=None)}, "time zone"),
    ],
)
def test_an_appeal_has_somebody_a_matter_and_a_time(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        appeal(**given)


def test_a_review_wants_another_word_only_on_what_it_rules_on_and_settles_only_an_appeal_it_names() -> None:
    assert review(second=("p/A",), appeal="a", outcome=Outcome.UPHELD).outcome is Outcome.UPHELD
    with pytest.raises(ValueError, match="only on what a review rules on; got p/B"):
        review(second=("p/B",))
    with pytest.raises(ValueError, match="outcome is that of an appeal"):
        review(outcome=Outcome.UPHELD)


def test_a_claim_holds_until_its_lease_is_over_and_not_once_it_was_let_go() -> None:
    claim = Claim(decision="d", reviewer="mika", claimed_at=NOON, expires_at=NOON + MINUTE)
    assert claim.holds(NOON)
    assert claim.holds(NOON - 1000 * MINUTE)  # the clock was set back
    assert not claim.holds(NOON + MINUTE)
    assert not Claim(decision="d", reviewer="mika", claimed_at=NOON, expires_at=NOON).holds(NOON - MINUTE)
    with pytest.raises(ValueError, match="time zone"):
        Claim(decision="d", reviewer="mika", claimed_at=NOON.replace(tzinfo=None), expires_at=NOON)
