"""Where versions of a policy stand: a pure function of what people put on record."""

from datetime import UTC, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from komainu.domain import Standing, State, Step, StepKind
from komainu.domain.standing import may_come, person, standings, state_of
from tests.strategies import PATIENT

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OLD, NEW, WORD, OTHER = "policy:spam@1.0.0#aa", "policy:spam@1.1.0#bb", "policy:spam@1.1.0#cc", "policy:tone@1.0.0#dd"
PEOPLE = ("Ann", "ann ", "\uff21nn", "Bo", "Cy", "Di")  # the first three are one person


class Record:
    """Steps as a test tells them."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._number = count(1)

    def ask(
        self,
        subject: str,
        state: State,
        by: str = "Ann",
        *,
        approvals: int = 0,
        share: float = 0.1,
        skips: bool = False,
    ) -> str:
        given_share = share if state is State.CANARY else 0.0
        self._add(subject, state, by, StepKind.PROPOSED, share=given_share, approvals=approvals, skips_trial=skips)
        return self.steps[-1].id

    def say(self, kind: StepKind, by: str, about: str = "", subject: str = "") -> None:
        request = next((one for one in reversed(self.steps) if one.id == about), None) or next(
            one for one in reversed(self.steps) if one.kind is StepKind.PROPOSED
        )
        self._add(subject or request.subject, request.state, by, kind, share=request.share, about=about or request.id)

    def approve(self, by: str, about: str = "", subject: str = "") -> None:
        self.say(StepKind.APPROVED, by, about, subject)

    def of(self, subject: str, needed: int = 1) -> Standing:
        return state_of(self.steps, subject, needed)

    def _add(self, subject: str, state: State, by: str, kind: StepKind, **more: object) -> None:
        name = f"step-{next(self._number)}"
        step = Step(id=name, subject=subject, state=state, by=by, why="because", taken_at=NOON, kind=kind, **more)  # type: ignore[arg-type]  # as told
        self.steps.append(step)


@pytest.fixture
def record() -> Record:
    return Record()


def test_a_version_that_nobody_spoke_of_is_a_draft(record: Record) -> None:
    assert record.of(OLD) == Standing(subject=OLD)


def test_a_version_goes_from_draft_to_live_step_by_step(record: Record) -> None:
    record.ask(NEW, State.SHADOW)
    assert record.of(NEW).state is State.SHADOW  # decides nothing: nobody is asked
    record.ask(NEW, State.CANARY, share=0.25)
    assert (record.of(NEW).state, record.of(NEW).waits, record.of(NEW).missing) == (State.SHADOW, True, 1)
    record.approve("Bo")
    assert (record.of(NEW).state, record.of(NEW).share) == (State.CANARY, 0.25)
    record.ask(NEW, State.LIVE)
    assert (record.of(NEW).state, record.of(NEW).share) == (State.CANARY, 0.25)
    record.approve("Cy")
    assert (record.of(NEW).state, record.of(NEW).share, record.of(NEW).granted_by) == (State.LIVE, 0.0, ("Cy",))
    assert record.of(NEW).reached == record.steps[-1]


@pytest.mark.parametrize("author", ["Ann", "ann", " ANN", "\uff21nn"])
def test_an_author_does_not_approve_whatever_the_spelling(record: Record, author: str) -> None:
    record.ask(NEW, State.LIVE, "Ann", skips=True)
    record.approve(author)
    assert record.of(NEW).state is State.DRAFT
    assert record.of(NEW).missing == 1


def test_who_first_proposed_a_version_does_not_approve_what_others_ask_for_it(record: Record) -> None:
    record.ask(NEW, State.SHADOW, "Ann")
    record.ask(NEW, State.LIVE, "Bo", skips=True)
    record.approve("Ann")
    record.approve("Bo")
    assert record.of(NEW).state is State.SHADOW
    record.approve("Cy")
    assert record.of(NEW).state is State.LIVE


def test_the_same_person_counts_once(record: Record) -> None:
    record.ask(NEW, State.LIVE, skips=True, approvals=2)
    record.approve("Bo")
    record.approve("bo")
    assert (record.of(NEW).state, record.of(NEW).missing) == (State.DRAFT, 1)
    record.approve("Cy")
    assert record.of(NEW).state is State.LIVE


def test_one_changed_word_and_approvals_do_not_count(record: Record) -> None:
    asked = record.ask(NEW, State.LIVE, skips=True)
    record.approve("Bo", asked, subject=WORD)
    assert record.of(NEW).state is State.DRAFT
    assert record.of(WORD).state is State.DRAFT


def test_an_approval_of_an_older_request_does_not_count_for_a_newer_one(record: Record) -> None:
    record.ask(NEW, State.SHADOW)
    first = record.ask(NEW, State.CANARY, share=0.01)
    record.ask(NEW, State.CANARY, share=1.0)
    record.approve("Bo", first)
    assert record.of(NEW).state is State.SHADOW


def test_a_rejection_closes_what_waits_and_changes_nothing_that_is_in_effect(record: Record) -> None:
    record.ask(NEW, State.LIVE, skips=True)
    record.say(StepKind.REJECTED, "Bo")
    record.approve("Cy")
    assert (record.of(NEW).state, record.of(NEW).request) == (State.DRAFT, None)
    record.ask(NEW, State.LIVE, skips=True)
    record.approve("Cy")
    record.say(StepKind.REJECTED, "Bo")
    assert record.of(NEW).state is State.LIVE


def test_a_lower_need_does_not_let_through_what_waits_and_a_higher_one_asks_for_more(record: Record) -> None:
    record.ask(NEW, State.LIVE, skips=True, approvals=2)
    record.approve("Bo")
    assert record.of(NEW, needed=0).state is State.DRAFT
    record.approve("Cy")
    assert record.of(NEW, needed=2).state is State.LIVE
    assert (record.of(NEW, needed=3).state, record.of(NEW, needed=3).missing) == (State.DRAFT, 1)
    record.approve("Di")
    assert record.of(NEW, needed=3).state is State.LIVE


def test_a_version_that_came_by_fewer_approvals_needs_no_new_trial_when_more_are_asked_for(record: Record) -> None:
    record.ask(NEW, State.SHADOW)
    record.ask(NEW, State.CANARY)
    record.ask(NEW, State.LIVE)
    assert record.of(NEW, needed=0).state is State.LIVE
    assert record.of(NEW, needed=1).state is State.SHADOW
    record.approve("Bo")
    assert record.of(NEW, needed=1).state is State.LIVE


def test_what_goes_live_retires_what_was(record: Record) -> None:
    for subject in (OTHER, OLD, NEW):
        record.ask(subject, State.LIVE, skips=True)
        record.approve("Bo")
    assert (record.of(OLD).state, record.of(OLD).replaced_by) == (State.RETIRED, NEW)
    assert not record.of(OLD).is_withdrawn
    assert record.of(NEW).state is record.of(OTHER).state is State.LIVE
    record.ask(OLD, State.LIVE, skips=True)
    record.approve("Bo")
    assert (record.of(OLD).state, record.of(OLD).replaced_by) == (State.LIVE, "")
    assert record.of(NEW).state is State.RETIRED


def test_a_request_without_enough_approvals_retires_nobody(record: Record) -> None:
    record.ask(OLD, State.LIVE, skips=True)
    record.approve("Bo")
    record.ask(NEW, State.LIVE, "Mallory", skips=True, approvals=0)
    assert record.of(NEW, needed=0).state is State.LIVE
    assert (record.of(NEW).state, record.of(OLD).state) == (State.DRAFT, State.LIVE)


def test_retirement_waits_for_nobody(record: Record) -> None:
    record.ask(NEW, State.LIVE, skips=True)
    record.approve("Bo")
    record.ask(NEW, State.RETIRED, "Cy")
    assert record.of(NEW, needed=5).is_withdrawn


@pytest.mark.parametrize(
    ("was", "to", "may"),
    [
        (State.DRAFT, State.SHADOW, True),
        (State.DRAFT, State.CANARY, False),
        (State.DRAFT, State.LIVE, False),
        (State.SHADOW, State.CANARY, True),
        (State.SHADOW, State.LIVE, False),
        (State.CANARY, State.LIVE, True),
        (State.CANARY, State.SHADOW, True),
        (State.CANARY, State.CANARY, True),
        (State.LIVE, State.CANARY, False),
        (State.LIVE, State.SHADOW, False),
        (State.RETIRED, State.SHADOW, True),
        (State.RETIRED, State.CANARY, False),
        (State.RETIRED, State.RETIRED, False),
        (State.LIVE, State.DRAFT, False),
    ],
)
def test_no_step_is_skipped(was: State, to: State, may: bool) -> None:
    assert may_come(was, to) is may
    assert all(may_come(state, State.LIVE, skips_trial=True) for state in State)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Whatever people may put on record: in any order, about any request, under any name."""
    record, asked = Record(), []
    for _ in range(draw(st.integers(1, 14))):
        kind = draw(st.sampled_from([StepKind.PROPOSED, StepKind.APPROVED, StepKind.APPROVED, StepKind.REJECTED]))
        by = draw(st.sampled_from(PEOPLE))
        subject = draw(st.sampled_from([OLD, NEW, WORD, OTHER]))
        if kind is StepKind.PROPOSED or not asked:
            state = draw(st.sampled_from([State.SHADOW, State.CANARY, State.LIVE, State.LIVE, State.RETIRED]))
            skips = state is State.LIVE and draw(st.booleans())
            asked.append(record.ask(subject, state, by, approvals=draw(st.integers(0, 2)), skips=skips))
        else:
            about = draw(st.sampled_from(asked))
            record.say(kind, by, about, subject if draw(st.booleans()) else "")
    return record.steps


@PATIENT
@given(histories(), st.integers(0, 3))
def test_whatever_is_on_record_nothing_decides_without_enough_others(steps: list[Step], needed: int) -> None:
    found = standings(steps, needed)
    for subject, one in found.items():
        if not one.state.decides:
            continue
        assert one.granted is not None
        others = {
            person(step.by)
            for step in steps
            if step.kind is StepKind.APPROVED and step.about == one.granted.id and step.subject == subject
        } - {person(one.granted.by)}
        assert len(others) >= max(needed, one.granted.approvals)
        if one.state is State.LIVE and not one.granted.skips_trial:
            before = steps[: steps.index(one.granted)]
            assert any(step.subject == subject and step.state is State.CANARY for step in before)
    live = [subject.partition("@")[0] for subject, one in found.items() if one.state is State.LIVE]
    assert len(live) == len(set(live))


@PATIENT
@given(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=6), st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_order_of_approvals_does_not_help(names: list[str], random: object, needed: int) -> None:
    def told(order: list[str]) -> Standing:
        record = Record()
        record.ask(NEW, State.LIVE, skips=True)
        for name in order:
            record.approve(name)
        return record.of(NEW, needed)

    shuffled = list(names)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    first, second = told(names), told(shuffled)
    assert first.state is second.state
    assert set(map(person, first.approved_by)) == set(map(person, second.approved_by))
    assert (first.state is State.LIVE) is (len(set(map(person, names)) - {"ann"}) >= needed)


@PATIENT
@given(histories(), st.integers(0, 2))
def test_steps_of_other_policies_change_nothing(steps: list[Step], needed: int) -> None:
    mine = [step for step in steps if step.subject != OTHER]
    assert state_of(steps, OTHER, needed) == state_of([step for step in steps if step.subject == OTHER], OTHER, needed)
    for subject in (OLD, NEW, WORD):
        assert state_of(steps, subject, needed) == state_of(mine, subject, needed)
