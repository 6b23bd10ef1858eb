from dataclasses import replace
from datetime import timedelta

import pytest

from komainu.domain import Lapse, Warrants
from komainu.store.samples import NOON, sample_certificate

MADE = sample_certificate("first")
LATER = NOON + timedelta(days=1)
DIGEST, JUDGE, CLAUSE = MADE.policy_digest, MADE.judge, MADE.clause


def warrants(*certificates: object, judge: str = JUDGE, only: bool = False) -> Warrants:
    made = Warrants(judge, only=only)
    made.renew(certificates)  # type: ignore[arg-type]
    return made


def test_it_counts_for_its_judge_and_policy_until_it_expires() -> None:
    assert MADE.why_not(judge=JUDGE, policy_digest=DIGEST, at=LATER) == ""
    assert "judge" in MADE.why_not(judge="sample@2", policy_digest=DIGEST, at=LATER)
    assert "policy" in MADE.why_not(judge=JUDGE, policy_digest="other", at=LATER)
    assert "expired" in MADE.why_not(judge=JUDGE, policy_digest=DIGEST, at=MADE.expires_at)
    assert "backwards" in MADE.why_not(judge=JUDGE, policy_digest=DIGEST, at=NOON - timedelta(seconds=1))
    taken = replace(MADE, lapsed_at=NOON, lapsed_why="drift")
    assert "drift" in taken.why_not(judge=JUDGE, policy_digest=DIGEST, at=LATER)


@pytest.mark.parametrize(
    "wrong",
    [
        {"clear_below": 0.6},
        {"clear_below": -0.1},
        {"violated_from": 0.5},
        {"alpha": 0.0},
        {"delta": 1.0},
        {"expires_at": NOON},
        {"certified_at": NOON.replace(tzinfo=None)},
    ],
)
def test_what_proves_nothing_is_no_certificate(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"certificate|shares|time zone"):
        replace(MADE, **wrong)


def test_until_they_are_read_every_clause_is_bound_and_none_is_certified() -> None:
    unread = Warrants(JUDGE)
    assert unread.binds("any/AN1")
    assert unread.certificate(CLAUSE, DIGEST, LATER) is None


def test_a_clause_that_was_certified_once_is_bound_whatever_became_of_it() -> None:
    assert not warrants().binds(CLAUSE)
    assert warrants(only=True).binds("any/AN1")
    for one in (MADE, replace(MADE, judge="sample@0"), replace(MADE, policy_digest="old")):
        found = warrants(one)
        assert found.binds(CLAUSE)
        assert not found.binds("spam/SP2")
        assert found.certificate(CLAUSE, DIGEST, LATER) == (one if one is MADE else None)
    assert not warrants(replace(MADE, judge="another@1")).binds(CLAUSE), "of another judge"
    assert warrants(MADE).certificate(CLAUSE, DIGEST, MADE.expires_at) is None


def test_the_newest_counts_also_where_it_proves_less() -> None:
    nothing = replace(MADE, id="second", clear_below=0.0)
    assert warrants(MADE, nothing).certificate(CLAUSE, DIGEST, LATER) is nothing
    taken = replace(nothing, lapsed_at=NOON, lapsed_why="drift")
    assert warrants(MADE, taken).certificate(CLAUSE, DIGEST, LATER) is None, "the one before does not come back"


def test_one_of_many_reads_them_anew_when_it_is_time() -> None:
    first, second = object(), object()
    made = Warrants(JUDGE)
    assert made.is_due(first, now=0.0, after_seconds=10)
    assert made.is_due(first, now=0.0, after_seconds=10), "nobody goes on before they were read once"
    made.renew([MADE], first, now=5.0)
    assert not made.is_due(first, now=14.9, after_seconds=10)
    assert made.is_due(second, now=6.0, after_seconds=10), "those of another record do not count here"
    assert made.is_due(first, now=15.0, after_seconds=10)
    assert not made.is_due(first, now=15.0, after_seconds=10)


def test_a_lapse_says_why() -> None:
    with pytest.raises(ValueError, match="says why"):
        Lapse(id="lapse", certificate="first", why=" ", lapsed_at=NOON)
