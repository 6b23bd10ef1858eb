"""The cascade: nothing fails open."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komainu import moderation
from komainu.cascade import Canary, Cascade, Stage, Thresholds
from komainu.domain import (
    Abstention,
    Action,
    Certificate,
    Clause,
    Content,
    Decision,
    Lapse,
    Opinion,
    Reason,
    Rulebook,
    Ruling,
    Verdict,
    Warrants,
)
from komainu.errors import StoreError
from komainu.judges.checks import sample_rulebook
from komainu.judges.later import LaterJudge
from komainu.moderation import moderate
from komainu.store import open_store
from komainu.store.samples import NOON, sample_certificate
from tests import strategies
from tests.cascade.judges import FAILING, GARBLED, Answering, Hanging, NotAsync, clearing, verdict
from tests.store.tampering import direct, rewrite

RULEBOOK = sample_rulebook()
CONTENT = Content(text="Hello there, how is the weather?")
SURE = Thresholds(clear_below=0.1, violated_from=0.9)


def probability(value: float, name: str = "odd@1") -> Answering:
    return Answering(lambda content, clauses: [verdict(clause, value, name) for clause in clauses], name)


def stage(judge: Any, **more: Any) -> Stage:
    return Stage(judge=judge, thresholds=SURE, **more)


async def decided(*stages: Stage, **more: Any) -> Decision:
    return await Cascade(stages=stages, **more).decide(CONTENT, RULEBOOK)


async def test_a_content_that_every_clause_clears_is_allowed() -> None:
    decision = await decided(stage(probability(0.0)))
    assert decision.action is Action.ALLOW
    assert set(decision.rulings) == {clause.key for clause in RULEBOOK.clauses}


async def test_what_no_judge_settles_is_held_and_stays_open() -> None:
    decision = await decided(stage(probability(0.5)), stage(probability(0.6, "next@1")))
    assert decision.action is Action.HOLD
    assert set(decision.open_clauses) == set(decision.rulings)
    assert [run.judge for run in decision.stages] == ["odd@1", "next@1"]


@pytest.mark.parametrize("answer", GARBLED.values(), ids=GARBLED.keys())
async def test_an_answer_that_cannot_be_used_is_an_abstention(answer: Any) -> None:
    decision = await decided(stage(Answering(answer)))
    assert decision.action is Action.HOLD
    garbled = [opinion for opinion in decision.opinions if isinstance(opinion, Abstention)]
    assert garbled and all(opinion.reason is Reason.GARBLED for opinion in garbled)
    assert all(decision.rulings[opinion.clause] is Ruling.OPEN for opinion in garbled)


@pytest.mark.parametrize("answer", FAILING.values(), ids=FAILING.keys())
async def test_a_judge_that_fails_abstains(answer: Any) -> None:
    decision = await decided(stage(Answering(answer)))
    assert decision.action is Action.HOLD
    assert {opinion.reason for opinion in decision.opinions if isinstance(opinion, Abstention)} == {Reason.FAILED}
    assert len(decision.opinions) == len(RULEBOOK.clauses)


async def test_a_judge_that_is_not_async_abstains() -> None:
    decision = await decided(stage(NotAsync()))
    assert decision.action is Action.HOLD
    assert {opinion.reason for opinion in decision.opinions if isinstance(opinion, Abstention)} == {Reason.FAILED}


async def test_a_judge_that_hangs_and_refuses_cancellation_is_not_waited_for() -> None:
    judge = Hanging()
    try:
        async with asyncio.timeout(5):
            decision = await decided(stage(judge, timeout_seconds=0.05), stage(probability(0.0, "next@1")))
    finally:
        judge.released.set()
        await asyncio.sleep(0.01)
    overdue = decision.opinions[0]
    assert isinstance(overdue, Abstention) and overdue.reason is Reason.TIMED_OUT
    assert [run.judge for run in decision.stages] == ["hanging@1", "next@1"]
    assert decision.action is Action.HOLD


@pytest.mark.parametrize("answer", [FAILING["an error"], GARBLED["too few"], GARBLED["not a number"]])
async def test_what_a_judge_failed_on_no_later_one_clears(answer: Any) -> None:
    decision = await decided(stage(Answering(answer)), stage(probability(0.0, "next@1")))
    assert decision.action is Action.HOLD
    assert set(decision.open_clauses) == set(decision.rulings)
    found = await decided(stage(Answering(answer)), stage(probability(1.0, "next@1")))
    assert found.action is Action.BLOCK, "a violation counts whoever failed before"


async def test_giving_up_a_decision_gives_up_its_judge() -> None:
    cancelled = asyncio.Event()

    async def judge(*_: object) -> Sequence[Opinion]:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return []

    waiting = Answering(clearing)
    waiting.judge = judge  # type: ignore[method-assign]
    deciding = asyncio.ensure_future(decided(stage(waiting)))
    await asyncio.sleep(0.01)
    deciding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await deciding
    await asyncio.sleep(0)
    assert cancelled.is_set()


async def test_later_stages_are_asked_about_open_clauses_only() -> None:
    seen: list[list[str]] = []

    def second(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
        seen.append([clause.key for clause in clauses])
        return [verdict(clause, 0.0, "next@1") for clause in clauses]

    def first(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
        return [verdict(clause, 0.5 if clause.id == "ME1" else 0.0) for clause in clauses]

    decision = await decided(stage(Answering(first)), stage(Answering(second, "next@1")))
    assert seen == [["meeting/ME1"]]
    assert decision.action is Action.ALLOW


async def test_no_stage_is_asked_when_nothing_is_open() -> None:
    def never(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
        raise AssertionError("asked about nothing")

    decision = await decided(stage(probability(0.0)), stage(Answering(never, "next@1")))
    assert [run.judge for run in decision.stages] == ["odd@1"]


def blocking_first(content: Content, clauses: Sequence[Clause]) -> list[Opinion]:
    return [verdict(clause, 1.0 if clause.id == "FO1" else 0.5) for clause in clauses]


async def test_it_stops_early_when_the_severest_action_is_settled() -> None:
    decision = await decided(stage(Answering(blocking_first)), stage(probability(0.0, "next@1")))
    assert decision.action is Action.BLOCK
    assert [run.judge for run in decision.stages] == ["odd@1"]
    assert "meeting/ME1" in decision.open_clauses, "what was not asked stays visibly open"


async def test_stopping_early_can_be_turned_off() -> None:
    stages = (stage(Answering(blocking_first)), stage(probability(0.0, "next@1")))
    decision = await decided(*stages, stops_early=False)
    assert decision.action is Action.BLOCK
    assert not decision.open_clauses


async def test_a_clause_can_have_thresholds_of_its_own() -> None:
    strict = MappingProxyType({"meeting/ME1": Thresholds(clear_below=0.0, violated_from=0.9)})
    decision = await decided(stage(probability(0.05), by_clause=strict))
    assert decision.open_clauses == ("meeting/ME1",)
    assert decision.action is Action.HOLD


async def test_every_stage_is_timed_and_the_clock_is_the_caller_s() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    decision = await decided(stage(probability(0.0)), clock=lambda: now)
    assert decision.decided_at == now
    assert decision.stages[0].seconds > 0
    assert decision.stages[0].asked == len(RULEBOOK.clauses)


@pytest.mark.parametrize(("clear", "violated"), [(0.9, 0.1), (-0.1, 0.5), (float("nan"), 0.9), (0.1, float("nan"))])
def test_thresholds_that_contradict_themselves_are_refused(clear: float, violated: float) -> None:
    with pytest.raises(ValueError, match="thresholds need"):
        Thresholds(clear_below=clear, violated_from=violated)


@pytest.mark.parametrize(
    ("value", "ruling"), [(0.0, Ruling.CLEAR), (0.099, Ruling.CLEAR), (0.1, Ruling.OPEN), (0.9, Ruling.VIOLATED)]
)
def test_thresholds_at_their_edges(value: float, ruling: Ruling) -> None:
    assert SURE.ruling(Verdict(clause="a/A1", judge="odd@1", probability=value)) is ruling


def test_a_cascade_without_stages_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one stage"):
        Cascade(stages=())


OPINION = st.one_of(
    st.floats(0, 1).map(lambda value: ("verdict", value)),
    st.sampled_from(Reason).map(lambda reason: ("abstention", reason)),
    st.just(("garbage", None)),
    st.sampled_from(sorted(GARBLED)).map(lambda name: ("all", name)),
    st.sampled_from(sorted(FAILING)).map(lambda name: ("fail", name)),
)


def judge_saying(says: list[tuple[str, Any]], name: str) -> Answering:
    def answer(content: Content, clauses: Sequence[Clause]) -> Any:
        opinions: list[Any] = []
        for place, clause in enumerate(clauses):
            kind, value = says[place % len(says)]
            if kind == "all":
                return GARBLED[value](content, clauses)
            if kind == "fail":
                return FAILING[value](content, clauses)
            if kind == "verdict":
                opinions.append(verdict(clause, value, name))
            elif kind == "abstention":
                opinions.append(Abstention(clause=clause.key, judge=name, reason=value))
            else:
                opinions.append(object())
        return opinions

    return Answering(answer, name)


@settings(max_examples=150, deadline=None)
@given(
    rulebook=strategies.rulebooks(),
    content=strategies.contents(),
    says=st.lists(st.lists(OPINION, min_size=1, max_size=5), min_size=1, max_size=3),
    clear=st.floats(0, 0.5),
    early=st.booleans(),
)
def test_a_content_is_allowed_only_if_every_clause_was_cleared_by_a_verdict(
    rulebook: Rulebook, content: Content, says: list[list[tuple[str, Any]]], clear: float, early: bool
) -> None:
    thresholds = Thresholds(clear_below=clear, violated_from=0.9)
    stages = tuple(
        Stage(judge=judge_saying(each, f"odd@{place}"), thresholds=thresholds) for place, each in enumerate(says)
    )
    decision = asyncio.run(Cascade(stages=stages, stops_early=early).decide(content, rulebook))
    assert set(decision.rulings) == {clause.key for clause in rulebook.clauses}
    for key, ruling in decision.rulings.items():
        last = [opinion for opinion in decision.opinions if opinion.clause == key]
        if ruling is Ruling.OPEN:
            continue
        settling = last[-1]
        assert isinstance(settling, Verdict)
        assert settling.probability < clear if ruling is Ruling.CLEAR else settling.probability >= 0.9
    if decision.action is Action.ALLOW:
        assert set(decision.rulings.values()) == {Ruling.CLEAR}
    if Ruling.OPEN in decision.rulings.values() and not decision.violated_clauses:
        assert decision.action is Action.HOLD


async def test_what_waits_for_a_judge_no_other_one_clears_meanwhile() -> None:
    later = Stage(judge=LaterJudge("slow@1"))
    held = await decided(later, stage(probability(0.0)))
    assert held.action is Action.HOLD
    assert set(held.open_clauses) == set(held.rulings)
    assert {one.reason for one in held.opinions if isinstance(one, Abstention)} == {Reason.LATER}
    found = await decided(later, stage(probability(1.0)))
    assert set(found.violated_clauses) == set(found.rulings)
    quick = await decided(stage(probability(0.0)), later)
    assert quick.action is Action.ALLOW


def certified(key: str, rulebook: Rulebook = RULEBOOK, **more: Any) -> Certificate:
    policy = rulebook.policy(key.partition("/")[0])
    made = sample_certificate(f"of {key}", key)
    return replace(made, policy_digest=policy.digest, judge="odd@1", clear_below=0.4, violated_from=0.6, **more)


def warranted(value: float, *certificates: Certificate, only: bool = False, read: bool = True) -> Stage:
    warrants = Warrants("odd@1", only=only)
    if read:
        warrants.renew(certificates)
    return stage(probability(value), warrants=warrants)


DAY = NOON + timedelta(days=1)
KEY = RULEBOOK.clauses[0].key


async def ruled(value: float, *certificates: Certificate, at: datetime = DAY, **more: Any) -> tuple[Ruling, Ruling]:
    """How the first clause and the second stand."""
    decision = await decided(warranted(value, *certificates, **more), clock=lambda: at, stops_early=False)
    rulings = list(decision.rulings.values())
    return rulings[0], rulings[1]


async def test_a_certificate_decides_in_place_of_the_thresholds() -> None:
    assert await ruled(0.3) == (Ruling.OPEN, Ruling.OPEN)
    assert await ruled(0.3, certified(KEY)) == (Ruling.CLEAR, Ruling.OPEN)
    assert await ruled(0.7, certified(KEY)) == (Ruling.VIOLATED, Ruling.OPEN)
    assert await ruled(0.5, certified(KEY)) == (Ruling.OPEN, Ruling.OPEN)
    tight = replace(certified(KEY), clear_below=0.01)
    assert await ruled(0.05, tight) == (Ruling.OPEN, Ruling.CLEAR), "stricter than the configuration, too"


@pytest.mark.parametrize("value", [0.0, 1.0])
async def test_where_a_certificate_counts_no_longer_the_clause_stays_open(value: float) -> None:
    other = Ruling.CLEAR if value < 0.5 else Ruling.VIOLATED
    for one in (
        replace(certified(KEY), judge="odd@0"),
        replace(certified(KEY), policy_digest="what it said before"),
        replace(certified(KEY), lapsed_at=NOON, lapsed_why="drift"),
        replace(certified(KEY), clear_below=0.0, violated_from=1.1),
    ):
        assert await ruled(value, one) == (Ruling.OPEN, other)
    assert await ruled(value, certified(KEY), at=NOON + timedelta(days=31)) == (Ruling.OPEN, other)
    assert await ruled(value, certified(KEY), at=NOON - timedelta(seconds=1)) == (Ruling.OPEN, other)


async def test_before_certificates_were_read_nothing_is_settled() -> None:
    assert await ruled(0.0, read=False) == (Ruling.OPEN, Ruling.OPEN)
    assert await ruled(0.0, certified(KEY), only=True) == (Ruling.CLEAR, Ruling.OPEN)


async def test_whoever_moderates_goes_by_the_certificates_on_record(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "komainu.db")
    cascade = Cascade(stages=(warranted(0.3, read=False),), clock=lambda: DAY)
    only = Rulebook(policies=(replace(RULEBOOK.policies[0], clauses=RULEBOOK.policies[0].clauses[:1]),))
    assert (await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)).action is Action.HOLD
    await store.add_certificates([certified(KEY, only)])
    fresh = Cascade(stages=(warranted(0.3, read=False),), clock=lambda: DAY)
    assert (await moderate(CONTENT, rulebook=only, cascade=fresh, store=store)).action is Action.ALLOW
    await store.lapse([Lapse(id="lapse", certificate=f"of {KEY}", why="drift", lapsed_at=NOON)])
    last = Cascade(stages=(warranted(0.0, read=False),), clock=lambda: DAY)
    assert (await moderate(CONTENT, rulebook=only, cascade=last, store=store)).action is Action.HOLD
    await store.close()


async def test_one_that_is_taken_back_is_noticed_while_decisions_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "RENEWED_EVERY_SECONDS", 0.0)
    store = await open_store(tmp_path / "komainu.db")
    only = Rulebook(policies=(replace(RULEBOOK.policies[0], clauses=RULEBOOK.policies[0].clauses[:1]),))
    await store.add_certificates([certified(KEY, only)])
    cascade = Cascade(stages=(warranted(0.3, read=False),), clock=lambda: DAY)
    assert (await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)).action is Action.ALLOW
    await store.lapse([Lapse(id="lapse", certificate=f"of {KEY}", why="drift", lapsed_at=NOON)])
    assert (await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)).action is Action.HOLD
    await store.close()


def named(name: str, value: float) -> Answering:
    return probability(value, name)


async def test_a_canary_decides_on_its_share_and_always_on_the_same_contents() -> None:
    tried = Canary(judge=named("new@1", 0.95), share=0.3)
    cascade = Cascade(stages=(stage(named("old@1", 0.05), canary=tried),))
    contents = [Content(text=f"Text {number}") for number in range(200)]
    first = [(await cascade.decide(content, RULEBOOK)).stages[0].judge for content in contents]
    again = [(await cascade.decide(content, RULEBOOK)).stages[0].judge for content in contents]
    assert first == again
    assert 40 <= first.count("new@1") <= 80
    assert {opinion.judge for opinion in (await cascade.decide(contents[0], RULEBOOK)).opinions} == {first[0]}


async def test_a_canary_goes_by_its_own_certificates() -> None:
    mine = Warrants("odd@1")
    mine.renew([certified(KEY)])
    tried = Canary(judge=probability(0.3), share=1.0, warrants=mine)
    only = Rulebook(policies=(replace(RULEBOOK.policies[0], clauses=RULEBOOK.policies[0].clauses[:1]),))
    mine.renew([certified(KEY, only)])
    cascade = Cascade(stages=(stage(named("old@1", 0.3), canary=tried),), clock=lambda: DAY)
    assert (await cascade.decide(CONTENT, only)).action is Action.ALLOW
    unread = replace(tried, warrants=Warrants("odd@1"))
    cascade = Cascade(stages=(stage(named("old@1", 0.0), canary=unread),), clock=lambda: DAY)
    assert (await cascade.decide(CONTENT, only)).action is Action.HOLD


async def test_the_certificates_of_a_canary_are_read_from_the_record_as_well(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "komainu.db")
    only = Rulebook(policies=(replace(RULEBOOK.policies[0], clauses=RULEBOOK.policies[0].clauses[:1]),))
    await store.add_certificates([certified(KEY, only)])
    tried = Canary(judge=probability(0.3), share=1.0, warrants=Warrants("odd@1"))
    cascade = Cascade(stages=(stage(named("old@1", 0.3), canary=tried),), clock=lambda: DAY)
    assert (await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)).action is Action.ALLOW
    await store.close()


async def test_where_certificates_cannot_be_read_any_more_nobody_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(tmp_path / "komainu.db")
    only = Rulebook(policies=(replace(RULEBOOK.policies[0], clauses=RULEBOOK.policies[0].clauses[:1]),))
    await store.add_certificates([certified(KEY, only)])
    cascade = Cascade(stages=(warranted(0.3, read=False),), clock=lambda: DAY)
    assert (await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)).action is Action.ALLOW
    with direct(f"sqlite:///{tmp_path / 'komainu.db'}") as connection:
        rewrite(1, '"0.4"', '"0.5"')(connection)
    monkeypatch.setattr(moderation, "RENEWED_EVERY_SECONDS", 0.0)
    with pytest.raises(StoreError):
        await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)
    monkeypatch.setattr(moderation, "RENEWED_EVERY_SECONDS", 3_600.0)
    for _ in range(3):
        with pytest.raises(StoreError):
            await moderate(CONTENT, rulebook=only, cascade=cascade, store=store)
    await store.close()
