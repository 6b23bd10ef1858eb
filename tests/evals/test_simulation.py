"""What a changed policy would have done to history."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from komainu.cascade import Cascade, Stage, Thresholds
from komainu.domain import (
    Abstention,
    Action,
    Call,
    Clause,
    Content,
    Decision,
    Opinion,
    Policy,
    Reason,
    Rulebook,
    Ruling,
    Verdict,
)
from komainu.errors import PolicyError, UsageError
from komainu.evals.simulation import Group, Grouping, Past, Plan, RecordHistory, Simulation, Surface, Unit, simulate
from komainu.judges.protocol import Answered
from komainu.judges.scripted import ScriptedJudge
from komainu.policies import parse
from komainu.policies.diff import compare
from komainu.store import Store, open_store

POLICY = """---
id: board
title: Board
version: 1.0.0
language: en
---

## Violates
### BD1 Adverts {severity=2 action=hold}
Mentions candles, lamps or ovens.
### BD2 Threats {severity=3 action=block}
Mentions knives.
"""
OLD = parse(POLICY, path="policy.md")
WEAKER = parse(POLICY.replace(", lamps or ovens", " or ovens").replace("1.0.0", "1.1.0"), path="policy.md")
RESTATED = parse(POLICY.replace("ovens.", "ovens. This is a rule."), path="policy.md")
MILDER = parse(POLICY.replace("action=block", "action=hold"), path="policy.md")
GONE = parse(POLICY[: POLICY.index("### BD2")], path="policy.md")
OTHER = parse(POLICY.replace("id: board", "id: other").replace("=hold", "=limit"), path="policy.md")


class Reading:
    """Reads a clause as the words it mentions, and counts how often it is asked."""

    name = "reading@1"

    def __init__(self, *, fails_on: str = "?", cost: float = 0.0) -> None:
        self.asked, self._fails_on, self._cost = 0, fails_on, cost

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        self.asked += 1
        if self._fails_on in content.text:
            raise OSError("the model is gone")
        call = Call(
            judge=self.name, model="m", policies=(clauses[0].policy,), cost_usd=self._cost * len(clauses[0].text)
        )
        opinions = tuple(
            Verdict(clause=one.key, judge=self.name, probability=self._sure(one, content)) for one in clauses
        )
        return Answered(opinions=opinions, calls=(call,) if self._cost else ())

    @staticmethod
    def _sure(clause: Clause, content: Content) -> float:
        return 0.97 if set(re.findall(r"candles|lamps|ovens|knives", clause.text)) & set(content.text.split()) else 0.02


class Listed:
    """History in memory."""

    def __init__(self, *texts: str, groups: Sequence[Group | None] = (), forgotten: str = "?") -> None:
        self._texts, self._forgotten = texts, forgotten
        self._groups = groups or [Group(ruling="clear")] * len(texts)

    async def units(self) -> AsyncIterator[Unit]:
        for number, group in enumerate(self._groups):
            yield Unit(id=str(number), group=group)

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Past]:
        kept = [one for one in ids if self._forgotten not in self._texts[int(one)]]
        return {one: Past(id=one, content=Content(text=self._texts[int(one)])) for one in kept}


def cascade(judge: object) -> Cascade:
    return Cascade(stages=(Stage(judge=judge, thresholds=Thresholds(clear_below=0.1, violated_from=0.9)),))  # type: ignore[arg-type]


async def simulated(
    new: Policy, *texts: str, judge: object | None = None, most: int = 2_000, **given: object
) -> Simulation:
    history = Listed(*texts, **given)  # type: ignore[arg-type]
    found = compare(OLD, new)
    return await simulate(found, history, cascade(judge or Reading()), surface=Surface(OLD, new), plan=Plan(most=most))


async def test_what_a_weaker_clause_lets_through_is_told_by_clause() -> None:
    found = await simulated(WEAKER, "my lamps", "my candles", "my soup", "your knives")
    assert (found.flipped.value, found.flipped.low, found.flipped.high) == (0.25, 0.25, 0.25)
    first, second = found.clauses
    assert [(move.before, move.after, move.share.value) for move in first.moves] == [("violated", "clear", 0.25)]
    assert (second.moves, second.is_touched, first.is_touched) == ((), False, True)
    (flip,) = first.flips
    assert (flip.content.text, flip.probability_before, flip.probability_after) == ("my lamps", 0.97, 0.02)
    held = found.taken(Action.HOLD)
    assert (held.before.value, held.after.value, held.change.value) == (0.5, 0.25, -0.25)
    assert first.shift.lowered.value == 0.25
    assert first.shift.mean.value == pytest.approx(-0.95 / 4)


async def test_a_version_that_says_the_same_flips_nothing() -> None:
    found = await simulated(RESTATED, "my lamps", "my candles", "my soup")
    assert (found.flipped.value, found.clauses[0].is_touched) == (0.0, True)


async def test_where_no_verdict_can_change_the_judge_is_asked_once() -> None:
    judge = Reading()
    found = await simulated(MILDER, "your knives", "my soup", judge=judge)
    assert judge.asked == 2
    assert found.flipped.value == 0.0
    blocked = found.taken(Action.BLOCK)
    assert (blocked.before.value, blocked.after.value) == (0.5, 0.0)


async def test_a_clause_that_is_gone_was_as_good_as_clear_where_it_found_nothing() -> None:
    found = await simulated(GONE, "your knives", "my soup")
    gone = found.clauses[-1]
    assert [(move.before, move.after, move.share.value) for move in gone.moves] == [("violated", "absent", 0.5)]


async def test_where_a_judge_fails_nothing_is_said_and_the_limit_counts_it() -> None:
    found = await simulated(WEAKER, "my lamps", "broken lamps", judge=Reading(fails_on="broken"))
    assert (found.judged, found.not_judged, found.flipped.n) == (2, 1, 1)
    assert (found.flipped_or_unknown.value, found.flipped_or_unknown.n) == (1.0, 2)
    every = await simulated(WEAKER, "broken lamps", judge=Reading(fails_on="broken"))
    assert every.flipped.value is None


async def test_a_sample_finds_the_share_of_all_and_bounds_it() -> None:
    near, far = Group(ruling="violated", is_near=True), Group(ruling="clear")
    texts = [*(["my lamps"] * 60), *(["my candles"] * 140), *(["my soup"] * 4_800)]
    groups = [*([near] * 200), *([far] * 4_800)]
    judge = Reading()
    found = await simulated(WEAKER, *texts, groups=groups, judge=judge, most=500)
    assert found.judged == 500
    assert judge.asked == 1_000
    assert found.flipped.low is not None and found.flipped.high is not None
    assert found.flipped.low <= 60 / 5_000 <= found.flipped.high
    parts = {one.group: one for one in found.strata}
    assert parts[near].judged > 500 * 200 / 5_000  # more than by size
    assert sum(one.members for one in found.strata) == 5_000
    again = await simulated(WEAKER, *texts, groups=groups, most=500)
    assert again == found


async def test_others_stand_in_for_what_is_forgotten() -> None:
    texts = ["gone"] * 100 + ["my lamps"] * 300
    found = await simulated(WEAKER, *texts, forgotten="gone", most=100)
    assert found.judged == 100
    assert found.forgotten > 0
    assert 250 < found.members < 350
    assert found.flipped.value == 1.0


async def test_what_was_not_made_under_the_policy_is_left_out() -> None:
    found = await simulated(WEAKER, "my lamps", "my soup", groups=[Group(ruling="clear"), None])
    assert (found.units, found.elsewhere, found.flipped.value) == (1, 1, 1.0)
    with pytest.raises(UsageError, match="there are none; 1 were not made under the policy"):
        await simulated(WEAKER, "my lamps", groups=[None])


async def test_costs_are_those_of_calls_about_the_policy() -> None:
    found = await simulated(WEAKER, "my lamps", judge=Reading(cost=0.01))
    lengths = [len(policy.clauses[0].text) / 100 for policy in (OLD, WEAKER)]
    assert [found.cost_before.value, found.cost_after.value] == pytest.approx(lengths)
    assert found.cost_change.value == pytest.approx(lengths[1] - lengths[0])


async def recorded(store: Store, judged_by: Cascade, rulebook: Rulebook, *texts: str) -> list[Decision]:
    made = []
    for text in texts:
        content = Content(text=text)
        made.append(await judged_by.decide(content, rulebook))
        await store.record(made[-1], content)
    return made


async def over_record(
    store: Store, judge: Reading, new: Policy = WEAKER, *, policies: tuple[Policy, ...] = (OLD,), **given: object
) -> Simulation:
    by = cascade(judge)
    grouping = Grouping([clause.key for clause in OLD.clauses], by)
    history = RecordHistory(store, grouping, "board", since=None)
    plan = Plan(**given)  # type: ignore[arg-type]
    return await simulate(compare(OLD, new), history, by, surface=Surface(OLD, new, policies), plan=plan)


async def test_the_record_stands_for_the_old_version_where_it_was_made_by_it(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "record.db")
    judge = Reading()
    await recorded(store, cascade(judge), Rulebook(policies=(OLD,)), "my lamps", "my soup")
    assert (await over_record(store, judge)).recorded == 2
    assert judge.asked == 2 + 2  # once for the record, once for the new version
    assert (await over_record(store, judge, afresh=True)).recorded == 0
    other = Reading()
    other.name = "reading@2"
    assert (await over_record(store, other)).recorded == 0
    await store.close()


async def test_the_record_does_not_stand_where_a_judge_failed_or_the_version_is_another(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "record.db")
    await recorded(store, cascade(Reading(fails_on="my")), Rulebook(policies=(OLD,)), "my lamps")
    await recorded(store, cascade(Reading()), Rulebook(policies=(RESTATED,)), "your lamps")
    found = await over_record(store, Reading())
    assert (found.recorded, found.not_judged, found.flipped.value) == (0, 0, 1.0)
    await store.close()


async def test_rulings_under_other_policies_stand_as_recorded(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "record.db")
    both = Rulebook(policies=(OLD, OTHER))
    await recorded(store, cascade(Reading()), both, "my lamps", "my soup")
    found = await over_record(store, Reading(), policies=both.policies)
    assert found.recorded == 2
    # `other` still limits what `board` no longer holds.
    assert (found.taken(Action.LIMIT).before.value, found.taken(Action.LIMIT).after.value) == (0.0, 0.5)
    alone = await over_record(store, Reading())
    assert alone.unknown_policies == ("other@1.0.0",)
    assert alone.taken(Action.LIMIT).after.value == 0.0
    await store.close()


async def test_a_content_decided_on_again_counts_once(tmp_path: Path) -> None:
    store = await open_store(tmp_path / "record.db")
    judge = cascade(ScriptedJudge({"board/BD1": 0.5}, default=0.01))
    (held,) = await recorded(store, judge, Rulebook(policies=(OLD,)), "my lamps")
    again = await judge.decide(Content(text="my lamps"), Rulebook(policies=(OLD,)), supersedes=held)
    await store.record(again, Content(text="my lamps"))
    assert (await over_record(store, Reading())).units == 1
    await store.close()


def test_strata_go_by_the_clauses_that_can_change() -> None:
    by = cascade(Reading())
    grouping = Grouping(["board/BD1"], by)
    rulings = {"board/BD1": Ruling.OPEN, "board/BD2": Ruling.VIOLATED}
    said = Verdict(clause="board/BD1", judge="reading@1", probability=0.85)
    decision = decided(rulings, said, Verdict(clause="board/BD2", judge="reading@1", probability=1.0))
    assert grouping(decision) == Group(ruling="open", band="0.8-0.95", is_near=True)
    far = decided({"board/BD1": Ruling.OPEN, "board/BD2": Ruling.CLEAR}, replace(said, probability=0.4))
    assert grouping(far) == Group(ruling="open", band="0.2-0.5", is_near=False)
    silent = Abstention(clause="board/BD1", judge="reading@1", reason=Reason.CANNOT_SAY)
    assert grouping(decided(rulings, silent)) == Group(ruling="open", band="none")


def decided(rulings: Mapping[str, Ruling], *opinions: Opinion) -> Decision:
    return Decision(
        id="d",
        content="c",
        action=Action.HOLD,
        rulings=rulings,
        opinions=opinions,
        stages=(),
        rulebook="r",
        policies=("board@1.0.0",),
        decided_at=datetime.now(UTC),
    )


def test_precedence_that_runs_in_a_circle_is_refused_before_anything_is_judged() -> None:
    above = replace(OTHER, dominates=("board",))
    with pytest.raises(PolicyError, match="circle"):
        Surface(OLD, replace(OLD, dominates=("other",)), (OLD, above))


class Nervous(Reading):
    """Reads every other wording otherwise."""

    @staticmethod
    def _sure(clause: Clause, content: Content) -> float:
        return 0.5 if "rule" in clause.text and "soup" in content.text else Reading._sure(clause, content)


@pytest.mark.parametrize(("judge", "control", "excess"), [(Reading(), 0.0, 0.25), (Nervous(), 0.25, 0.0)])
async def test_a_control_tells_how_much_is_chance(judge: Reading, control: float, excess: float) -> None:
    found = await simulate(
        compare(OLD, WEAKER),
        Listed("my lamps", "my candles", "my soup", "your knives"),
        cascade(judge),
        surface=Surface(OLD, WEAKER),
        plan=Plan(control=True),
    )
    assert found.flipped.value == 0.25
    assert found.control is not None and found.control.value == control
    assert found.excess is not None and found.excess.value == excess
    assert judge.asked == 3 * 4
