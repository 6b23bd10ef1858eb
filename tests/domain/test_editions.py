"""Which versions decide on which contents."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from komainu import moderation
from komainu.cascade import Cascade, Stage
from komainu.domain import Action, Clause, Content, Editions, GovernedRulebook, Policy, Rulebook, State
from komainu.domain.digest import digest_of
from komainu.domain.standing import subject_of
from komainu.errors import SettingsError
from komainu.judges.scripted import ScriptedJudge
from komainu.store import open_store
from tests.domain.test_standing import Record

CONTENTS = [digest_of("content", number) for number in range(400)]


def policy(policy_id: str, version: str, text: str = "Sells what nobody asked for.") -> Policy:
    clause = Clause(policy=policy_id, id="C1", title="Offers", text=text, severity=2, action=Action.BLOCK)
    return Policy(id=policy_id, title="T", version=version, language="en", clauses=(clause,))


OLD, NEW, NEXT, TONE = policy("spam", "1"), policy("spam", "2"), policy("spam", "3"), policy("tone", "1")


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def made(record: Record) -> Callable[..., Editions]:
    def make(*candidates: Policy, approvals: int = 0, policies: tuple[Policy, ...] = (OLD, TONE)) -> Editions:
        editions = Editions(policies, candidates, approvals=approvals)
        editions.renew(record.steps)
        return editions

    return make


def live(record: Record, *policies: Policy) -> None:
    for one in policies:
        record.ask(subject_of(one), State.LIVE, skips=True)
        record.approve("Bo")


def canary(record: Record, one: Policy, share: float = 0.25) -> None:
    record.ask(subject_of(one), State.SHADOW)
    record.ask(subject_of(one), State.CANARY, share=share)
    record.approve("Bo")


def test_without_a_word_on_record_files_decide_and_candidates_do_not(made: Callable[..., Editions]) -> None:
    editions = made(NEW)
    assert editions.standing == Rulebook(policies=(OLD, TONE))
    assert {editions.chosen(one).names for one in CONTENTS} == {("spam@1", "tone@1")}


def test_nothing_is_chosen_before_the_record_was_read() -> None:
    with pytest.raises(SettingsError, match="read"):
        Editions((OLD,)).chosen(CONTENTS[0])


@pytest.mark.parametrize("approvals", [0, 1])
def test_a_canary_decides_on_its_share_always_the_same(
    record: Record, made: Callable[..., Editions], approvals: int
) -> None:
    live(record, OLD, TONE)
    canary(record, NEW)
    first, second = made(NEW, approvals=approvals), made(NEW, approvals=approvals)
    taken = [one for one in CONTENTS if first.chosen(one).names == ("spam@2", "tone@1")]
    assert 60 <= len(taken) <= 140  # of 400; a quarter, 4.6 standard deviations either way
    assert taken == [one for one in CONTENTS if second.chosen(one).digest != second.standing.digest]
    assert first.standing.names == ("spam@1", "tone@1")


def test_a_larger_share_keeps_the_contents_of_the_smaller(record: Record, made: Callable[..., Editions]) -> None:
    canary(record, NEW, 0.1)
    small = {one for one in CONTENTS if made(NEW).chosen(one).names[0] == "spam@2"}
    record.ask(subject_of(NEW), State.CANARY, share=0.5)
    record.approve("Bo")
    assert small < {one for one in CONTENTS if made(NEW).chosen(one).names[0] == "spam@2"}


def test_a_shadow_decides_nothing(record: Record, made: Callable[..., Editions]) -> None:
    record.ask(subject_of(NEW), State.SHADOW)
    assert {made(NEW).chosen(one).names[0] for one in CONTENTS} == {"spam@1"}


def test_a_candidate_that_is_live_decides(record: Record, made: Callable[..., Editions]) -> None:
    live(record, OLD, TONE, NEW)
    assert made(NEW, approvals=1).standing.names == ("spam@2", "tone@1")


def test_a_candidate_of_a_new_policy_stands_beside_the_others(record: Record, made: Callable[..., Editions]) -> None:
    canary(record, TONE, 0.5)
    editions = made(TONE, policies=(OLD,))
    assert {editions.chosen(one).names for one in CONTENTS} == {("spam@1",), ("spam@1", "tone@1")}


@pytest.mark.parametrize(
    ("state", "next_command"),
    [(State.DRAFT, "propose"), (State.SHADOW, "canary"), (State.CANARY, "live"), (State.RETIRED, "skip-trial")],
)
def test_where_approvals_are_asked_for_only_what_is_live_decides(
    record: Record, made: Callable[..., Editions], state: State, next_command: str
) -> None:
    live(record, TONE)
    if state is State.CANARY:
        canary(record, OLD)
    elif state is not State.DRAFT:
        record.ask(subject_of(OLD), state)
    with pytest.raises(SettingsError, match=f"spam@1 .*is {state.value} on record.*{next_command}"):
        made(approvals=1).chosen(CONTENTS[0])


def test_a_changed_word_in_the_file_is_another_version(record: Record, made: Callable[..., Editions]) -> None:
    live(record, OLD, TONE)
    assert made(approvals=1).standing.names == ("spam@1", "tone@1")
    changed = policy("spam", "1", "Sells what somebody asked for.")
    with pytest.raises(SettingsError, match="draft"):
        assert made(policies=(changed, TONE), approvals=1).standing
    with pytest.raises(SettingsError, match="draft"):  # also where the file that is live is at hand
        assert made(OLD, policies=(changed, TONE), approvals=1).standing


def test_what_somebody_retired_decides_no_more_even_without_approvals(
    record: Record, made: Callable[..., Editions]
) -> None:
    record.ask(subject_of(OLD), State.RETIRED)
    with pytest.raises(SettingsError, match="retired"):
        assert made().standing


def test_a_replaced_version_without_a_file_of_the_new_one(record: Record, made: Callable[..., Editions]) -> None:
    live(record, OLD, TONE, NEW)
    assert made().standing.names[0] == "spam@1"  # no approvals asked for: files decide
    with pytest.raises(SettingsError, match="since spam@2#"):
        assert made(approvals=1).standing


def test_canaries_whose_precedence_runs_in_a_circle_stop_everything(
    record: Record, made: Callable[..., Editions]
) -> None:
    canary(record, (round_about := replace(NEW, dominates=("tone",))), 0.01)
    editions = made(round_about, policies=(OLD, replace(TONE, dominates=("spam",))))
    with pytest.raises(SettingsError, match="circle"):
        editions.chosen(CONTENTS[0])


def test_what_was_begun_goes_on_as_it_was_but_without_what_was_retired(
    record: Record, made: Callable[..., Editions]
) -> None:
    live(record, OLD, TONE)
    canary(record, NEW, 0.5)
    begun = made(NEW, NEXT, approvals=1)
    before = [begun.chosen(one).names for one in CONTENTS]
    assert begun.hold_to(begun.standing.digest, begun.canaries)
    live(record, NEW)
    canary(record, NEXT, 1.0)
    begun.renew(record.steps)
    assert [begun.chosen(one).names for one in CONTENTS] == before
    record.ask(subject_of(NEW), State.RETIRED)
    begun.renew(record.steps)
    assert {begun.chosen(one).names[0] for one in CONTENTS} == {"spam@1"}
    record.ask(subject_of(OLD), State.RETIRED)
    live(record, OLD)
    record.ask(subject_of(OLD), State.RETIRED)
    begun.renew(record.steps)
    with pytest.raises(SettingsError, match="retired"):
        begun.chosen(CONTENTS[0])


def test_a_canary_that_was_begun_with_is_cut_with_its_share_and_never_grows(
    record: Record, made: Callable[..., Editions]
) -> None:
    canary(record, NEW, 0.5)
    begun = made(NEW)
    begun.hold_to(begun.standing.digest, begun.canaries)
    for share, now in ((0.1, 0.1), (0.9, 0.5)):
        record.ask(subject_of(NEW), State.CANARY, share=share)
        record.approve("Bo")
        begun.renew(record.steps)
        assert begun.canaries == {subject_of(NEW): now}


def test_what_is_decided_again_is_so_by_the_same_version_while_it_is_in_force(
    record: Record, made: Callable[..., Editions]
) -> None:
    canary(record, NEW, 0.5)
    editions = made(NEW)
    tried = Rulebook(policies=(NEW, TONE))
    assert editions.again(tried.digest) == tried
    record.ask(subject_of(NEW), State.RETIRED)
    editions.renew(record.steps)
    assert editions.again(tried.digest) == editions.standing == editions.again("unknown")


def test_the_record_is_read_first_and_then_now_and_then_by_one_of_all_who_ask(made: Callable[..., Editions]) -> None:
    editions, store, other = made(), object(), object()
    assert editions.is_due(store, now=0.0, after_seconds=10.0)
    editions.renew((), store, now=0.0)
    assert not editions.is_due(store, now=9.0, after_seconds=10.0)
    assert editions.is_due(store, now=10.0, after_seconds=10.0)
    assert not editions.is_due(store, now=11.0, after_seconds=10.0)
    assert editions.is_due(other, now=11.0, after_seconds=10.0)


async def test_a_step_taken_elsewhere_counts_in_a_process_that_runs(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "RENEWED_EVERY_SECONDS", 0.0)
    rulebook = GovernedRulebook(policies=(OLD,), editions=Editions((OLD,), (NEW,)))
    cascade = Cascade(stages=(Stage(judge=ScriptedJudge(default=0.0)),))
    canary(record, NEW, 1.0)
    running = await open_store(tmp_path / "record.db")
    elsewhere = await open_store(tmp_path / "record.db")
    try:
        found = []
        for steps in ((), record.steps, (replace(record.steps[0], id="out", state=State.RETIRED),)):
            await elsewhere.add_steps(steps)
            made = await moderation.moderate(Content(text="hi"), rulebook=rulebook, cascade=cascade, store=running)
            found.append(made.policies)
        assert found == [("spam@1",), ("spam@2",), ("spam@1",)]
    finally:
        await running.close()
        await elsewhere.close()
