"""A server in trouble is left alone for a while, and not for ever."""

import asyncio

import pytest

from komainu.models.breaker import Breaker
from komainu.models.failures import TROUBLE, Failure, ModelError
from tests.models.fault_server import FAULTS, completion, error, fault_server, reply, silent
from tests.models.test_endpoint import ASKED, an_endpoint


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def is_open(breaker: Breaker) -> bool:
    try:
        breaker.enter()
    except ModelError as caught:
        assert caught.failure is Failure.CIRCUIT_OPEN
        return True
    return False


@pytest.mark.parametrize("failure", Failure)
def test_only_trouble_of_the_server_opens_it(failure: Failure) -> None:
    breaker = Breaker(failures=2)
    for _ in range(2):
        breaker.enter()
        breaker.leave(failure)
    assert is_open(breaker) is (failure in TROUBLE)
    assert Failure.RATE_LIMITED not in TROUBLE


def test_what_answers_in_between_closes_it() -> None:
    breaker = Breaker(failures=2)
    for failure in (Failure.TIMED_OUT, None, Failure.TIMED_OUT):
        breaker.leave(failure)
    assert not is_open(breaker)


def test_after_a_rest_one_request_tries_it_and_the_rest_wait_for_it() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, rest_seconds=30.0, clock=clock)
    breaker.leave(Failure.DROPPED)
    clock.now = 29.0
    assert is_open(breaker)
    clock.now = 31.0
    assert not is_open(breaker)
    assert is_open(breaker)
    breaker.leave(Failure.DROPPED)
    assert is_open(breaker)
    clock.now = 62.0
    assert not is_open(breaker)
    breaker.leave(None)
    assert not is_open(breaker)


@pytest.mark.parametrize("name", ["error in no charset", "budget", "401"])
async def test_whatever_a_probe_meets_the_next_one_may_try(name: str) -> None:
    clock = Clock()
    breaker = Breaker(failures=1, rest_seconds=30.0, clock=clock)
    async with fault_server(error(500, "x"), FAULTS[name][0], reply(completion("ok"))) as server:
        endpoint = an_endpoint(server.url, breaker=breaker)
        for now in (0.0, 31.0):
            clock.now = now
            with pytest.raises(ModelError):
                await endpoint.ask(ASKED)
        clock.now = 99.0
        assert (await endpoint.ask(ASKED)).text == "ok"
        await endpoint.close()


async def test_a_probe_that_is_cancelled_lets_the_next_one_try() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, rest_seconds=30.0, clock=clock)
    async with fault_server(error(500, "x"), silent, reply(completion("ok"))) as server:
        endpoint = an_endpoint(server.url, breaker=breaker)
        with pytest.raises(ModelError):
            await endpoint.ask(ASKED)
        clock.now = 31.0
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await endpoint.ask(ASKED)
        assert (await endpoint.ask(ASKED)).text == "ok"
        await endpoint.close()
