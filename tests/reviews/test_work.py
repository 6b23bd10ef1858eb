"""Who gets what to rule on, when, and that nobody works on it twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe

import pytest

from komainu.domain import Action, Appeal, Clause, Content, Decision, Policy, Review, Rulebook, Ruling
from komainu.errors import OvertakenError, UsageError
from komainu.reviews import rule
from komainu.reviews.desk import DEFAULT_QUEUE, Desk, Queue, Reviewer
from komainu.reviews.work import Handed, Office
from komainu.store import Store, open_store
from komainu.store.samples import sample
from tests.reviews.workers import work
from tests.store.workers import processes

NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)
LEASE = timedelta(minutes=15)
SEVERITIES = {"mild/M1": 1, "harm/H3": 3, "harm/H4": 4}


def policy(name: str, *clauses: tuple[str, int]) -> Policy:
    return Policy(
        id=name,
        title=name,
        version="1.0.0",
        language="en",
        clauses=tuple(
            Clause(policy=name, id=key, title=key, text="…", severity=severity, action=Action.BLOCK)
            for key, severity in clauses
        ),
    )


RULEBOOK = Rulebook(policies=(policy("mild", ("M1", 1)), policy("harm", ("H3", 3), ("H4", 4))))


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def office(store_url: str, time: Time) -> Office:
    store = await open_store(store_url, clock=time)
    yield Office(desk=Desk(), rulebook=RULEBOOK, store=store)  # type: ignore[misc]
    await store.close()


async def hold(store: Store, name: str, *keys: str, text: str = "a text", action: Action = Action.HOLD) -> Decision:
    """Record a decision that those clauses hold."""
    content = Content(text=f"{text} {name}")
    decision = Decision(
        id=name,
        content=content.digest,
        action=action,
        rulings={key: Ruling.OPEN if key in keys else Ruling.CLEAR for key in SEVERITIES},
        opinions=(),
        stages=(),
        rulebook=RULEBOOK.digest,
        policies=RULEBOOK.names,
        decided_at=NOW - timedelta(minutes=5),
    )
    await store.record(decision, content)
    return decision


async def ruled(office: Office, handed: Handed, name: str, at: datetime = NOW) -> None:
    assert handed.case is not None
    second = office.desk.second_for(handed.case.decision.rulings, office.rulebook)
    review, labels = rule(
        handed.case.decision, rest_clear=True, earlier=handed.case.history, second=second, reviewer=name, at=at
    )
    await office.store.add_review(review, labels, after=len(handed.case.history))


def got(handed: Handed) -> str | None:
    return handed.case and handed.case.decision.id


async def taken(office: Office, names: Sequence[str], at: datetime = NOW, queue: str = "") -> list[str | None]:
    return [got(await office.next_case(name, at, queue=queue)) for name in names]


async def test_the_severest_comes_first_and_of_these_the_oldest(office: Office) -> None:
    for name, key in (("a", "mild/M1"), ("b", "harm/H4"), ("c", "harm/H3"), ("d", "harm/H4")):
        await hold(office.store, name, key)
    assert await taken(office, ["1", "2", "3", "4", "5"]) == ["b", "d", "c", "a", None]


async def test_a_clause_that_is_in_no_policy_found_counts_as_the_severest(office: Office) -> None:
    await hold(office.store, "a", "harm/H3")
    await office.store.record(*sample(1, opened=("spam/SP1",)))
    cases = await office.cases(NOW)
    assert [(case.decision.id, case.item.severity) for case in cases] == [
        ("decision-1", 4),
        ("a", 3),
    ]  # the oldest first
    assert await taken(office, ["1", "2"]) == ["decision-1", "a"]
    nothing = replace(office, rulebook=None)
    assert {case.item.severity for case in await nothing.cases(NOW)} == {4}


async def test_one_who_asks_again_gets_what_they_hold_and_what_they_let_go_last(office: Office) -> None:
    await hold(office.store, "a", "harm/H4")
    await hold(office.store, "b", "mild/M1")
    first = await office.next_case("1", NOW)
    again = await office.next_case("1", NOW)
    assert (got(first), first.renewed, got(again), again.renewed) == ("a", False, "a", True)
    assert await office.store.release("a", reviewer="1")
    assert await taken(office, ["1"]) == ["b"]
    assert await taken(office, ["2"]) == ["a"]


async def test_a_lease_that_is_over_gives_the_item_to_others(office: Office, time: Time) -> None:
    await hold(office.store, "a", "harm/H4")
    first = await office.next_case("1", NOW)
    time.now = NOW + LEASE - timedelta(seconds=1)
    assert await taken(office, ["2"], time.now) == [None]
    time.now = NOW + LEASE
    second = await office.next_case("2", time.now)
    assert got(second) == "a"
    with pytest.raises(OvertakenError, match="2 works on decision a"):
        await ruled(office, first, "1")
    await ruled(office, second, "2")
    assert await office.store.held() == ()


async def test_a_ruling_after_the_lease_counts_where_nobody_else_took_it(office: Office, time: Time) -> None:
    await hold(office.store, "a", "harm/H4")
    first = await office.next_case("1", NOW)
    time.now = NOW + 2 * LEASE
    await ruled(office, first, "1", time.now)
    assert await office.store.held() == ()
    assert await office.store.claims() == ()


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(days=400)])
async def test_a_clock_that_is_set_back_neither_loses_nor_doubles_work(
    office: Office, time: Time, back: timedelta
) -> None:
    await hold(office.store, "a", "harm/H4")
    await hold(office.store, "b", "harm/H3")
    assert await taken(office, ["1"]) == ["a"]
    time.now = NOW - back
    assert await taken(office, ["2", "3"], time.now) == ["b", None]  # who has it keeps it
    time.now += LEASE  # and for no longer than a lease from then on
    assert await taken(office, ["3", "4"], time.now) == ["a", "b"]


async def test_a_clock_that_is_set_back_does_not_keep_what_was_let_go(office: Office, time: Time) -> None:
    await hold(office.store, "a", "harm/H4")
    assert await taken(office, ["1"]) == ["a"]
    await office.store.release("a", reviewer="1")
    time.now = NOW - timedelta(days=1)
    case = (await office.cases(time.now))[0]
    review, _ = rule(case.decision, rest_clear=True, reviewer="2", at=time.now)
    await office.store.add_review(review)
    assert await office.store.held() == ()


async def test_two_people_rule_where_the_clause_is_severe_and_one_where_it_is_not(office: Office) -> None:
    strict = replace(office, desk=Desk(second_opinion_from=3))
    await hold(office.store, "a", "harm/H3", "mild/M1")
    await ruled(strict, await strict.next_case("1", NOW), "1")
    handed = await strict.next_case("1", NOW)
    assert (handed.case, dict(handed.passed_over)) == (None, {"it waits for somebody else's word": 1})
    second = await strict.next_case("2", NOW)
    assert second.case is not None
    assert (second.case.why, second.case.count.waiting) == ("second opinion", ("harm/H3",))
    await ruled(strict, second, "2")
    assert await office.store.held() == ()


async def test_an_appeal_is_for_somebody_who_has_not_ruled_and_did_not_make_it(office: Office) -> None:
    await hold(office.store, "a", "mild/M1")
    await ruled(office, await office.next_case("1", NOW), "1")
    await office.store.add_appeal(
        Appeal(id="appeal", decision="a", by="2", clauses=("mild/M1",), why="", appealed_at=NOW)
    )
    assert await taken(office, ["1", "2"]) == [None, None]
    third = await office.next_case("3", NOW)
    assert third.case is not None
    assert third.case.why == "appeal"


QUEUES = Desk(
    queues=(
        Queue(name="severe", severity_from=4, skills=("trained",)),
        Queue(name="japanese", languages=("ja",), policies=("harm",)),
        Queue(name="mild", policies=("mild",), reviewers=("inari",)),
    ),
    reviewers=(
        Reviewer(name="tamako", languages=("en",), skills=("trained",), limits=((4, 1),)),
        Reviewer(name="inari"),
        Reviewer(name="mochi", languages=("ja",)),
    ),
)


async def test_items_go_to_the_first_queue_that_takes_them_and_none_is_lost(office: Office) -> None:
    busy = replace(office, desk=QUEUES)
    await hold(office.store, "a", "harm/H4", "mild/M1")
    await hold(office.store, "b", "harm/H3", text="ひどい文")
    await hold(office.store, "c", "mild/M1", text="ひどい文")
    await hold(office.store, "d", "harm/H3")
    queues = {case.decision.id: case.queue for case in await busy.cases(NOW)}
    assert queues == {"a": "severe", "b": "japanese", "c": "mild", "d": DEFAULT_QUEUE}
    assert await taken(busy, ["mochi", "inari", "tamako"]) == ["b", "d", "a"]
    assert await taken(busy, ["mochi"]) == ["b"]
    assert await taken(busy, ["inari"], queue="mild") == ["c"]


async def test_each_reviewer_gets_only_what_is_for_them(office: Office) -> None:
    busy = replace(office, desk=QUEUES)
    await hold(office.store, "a", "harm/H4")
    await hold(office.store, "b", "mild/M1", text="ひどい文")
    handed = await busy.next_case("mochi", NOW)
    assert (got(handed), dict(handed.passed_over)) == (None, {"other languages, skills or queues": 2})
    with pytest.raises(UsageError, match=r"expected one of the reviewers .* \(tamako, inari, mochi\); got 'kitsune'"):
        await busy.next_case("kitsune", NOW)
    with pytest.raises(UsageError, match=r"expected a queue \(severe, japanese, mild, default\); got 'sever'"):
        await busy.next_case("inari", NOW, queue="sever")
    cases = {case.decision.id: case for case in await busy.cases(NOW)}
    with pytest.raises(UsageError, match="asks for the skill trained"):
        busy.expect_may_rule(cases["a"], "inari")
    with pytest.raises(UsageError, match="is for inari"):
        busy.expect_may_rule(cases["b"], "tamako")
    busy.expect_may_rule(cases["a"], "tamako")


async def test_nobody_sees_more_of_a_severity_than_their_limit_and_is_told_so(office: Office) -> None:
    busy = replace(office, desk=QUEUES)
    for name, key in (("a", "harm/H4"), ("b", "harm/H4"), ("c", "harm/H3")):
        await hold(office.store, name, key)
    first = await busy.next_case("tamako", NOW)
    assert got(first) == "a"
    assert got(await busy.next_case("tamako", NOW)) == "a"  # what they hold they may finish
    await ruled(busy, first, "tamako")
    second = await busy.next_case("tamako", NOW + timedelta(hours=23))
    assert (got(second), dict(second.passed_over)) == (
        "c",
        {"the limit of 1 of severity 4 or more in 24 hours is reached": 1},
    )
    await office.store.release("c", reviewer="tamako")
    assert got(await busy.next_case("tamako", NOW + timedelta(hours=25))) == "b"


async def test_what_was_taken_and_let_go_was_seen_too(office: Office) -> None:
    busy = replace(office, desk=QUEUES)
    await hold(office.store, "a", "harm/H4")
    await hold(office.store, "b", "harm/H4")
    assert await taken(busy, ["tamako"]) == ["a"]
    await office.store.release("a", reviewer="tamako")
    assert await taken(busy, ["tamako"]) == [None]


async def test_four_processes_never_work_on_the_same_item(store_url: str) -> None:
    store = await open_store(store_url)
    for number in range(40):
        await store.record(*sample(number, opened=("spam/SP1",)))
    context = processes()
    pipes = [Pipe(duplex=False) for _ in range(4)]
    children = [
        context.Process(target=work, args=(store_url, f"reviewer-{number}", writing))
        for number, (_, writing) in enumerate(pipes)
    ]
    for child in children:
        child.start()
    done = [reading.recv() for reading, _ in pipes]
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    assert sorted(each for some in done for each in some) == sorted(f"decision-{number}" for number in range(40))
    assert sum(bool(some) for some in done) > 1
    reviews = await store.reviewed()
    assert len(reviews) == len({review.decision for review in reviews}) == 40
    assert (await store.verify()).faults == ()
    await store.close()


async def test_what_happened_between_looking_and_taking_is_noticed(office: Office) -> None:
    await hold(office.store, "a", "mild/M1")
    (case,) = await office.cases(NOW)
    await office.store.add_review(
        Review(id="r", decision="a", reviewer="1", rulings={"mild/M1": Ruling.CLEAR}, reviewed_at=NOW)
    )
    assert not await office.claim(case, "2")
