"""Ask again only where that may help, only while there is time, and count what was asked."""

import pytest

from komainu.models.answer import Answer
from komainu.models.failures import Failure
from tests.models.fault_server import FAULTS, completion, error, reply
from tests.models.test_endpoint import patiently

AGAIN = {"unreachable", "stalled", "dropped", "rate_limited", "server_error", "garbled", "harmony", "empty"}


@pytest.mark.parametrize("name", [name for name, (_, failure) in FAULTS.items() if failure != "timed_out"])
async def test_what_may_pass_is_asked_again_and_nothing_else(name: str) -> None:
    behave, failure = FAULTS[name]
    outcome, made, requests = await patiently(behave, reply(completion("ok")))
    assert isinstance(outcome, Answer) is (failure in AGAIN)
    assert requests == len(made) == (2 if failure in AGAIN else 1)
    assert made[0].failure is not None
    assert made[0].failure.value == failure


async def test_an_empty_answer_is_asked_for_once_more_only() -> None:
    outcome, made, requests = await patiently(FAULTS["null and stop"][0], attempts=5)
    assert outcome is Failure.EMPTY
    assert requests == len(made) == 2
    assert made[1].tokens.prompt == 100  # what could not be used was paid for all the same


@pytest.mark.parametrize(("wait_seconds", "asked"), [(100.0, 1), (0.001, 3)])
async def test_no_wait_goes_beyond_the_deadline(wait_seconds: float, asked: int) -> None:
    outcome, made, requests = await patiently(error(500, "x"), seconds=8.0, wait_seconds=wait_seconds)
    assert outcome is Failure.SERVER_ERROR  # of the last attempt, not that time ran out
    assert requests == len(made) == asked


async def test_what_was_never_asked_is_not_told() -> None:
    outcome, made, requests = await patiently(reply(completion("ok")), seconds=-1.0)
    assert outcome is Failure.TIMED_OUT
    assert made == []
    assert requests == 0
