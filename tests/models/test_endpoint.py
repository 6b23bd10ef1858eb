"""A model on a server: what it answers, and every way in which it does not."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from komainu.models.answer import Answer, Tokens
from komainu.models.breaker import Breaker
from komainu.models.endpoint import Endpoint
from komainu.models.failures import Failure, ModelError
from komainu.models.patience import Attempt, ask_patiently
from komainu.models.request import Request
from tests.models.fault_server import (
    FAULTS,
    MODEL,
    STREAM_FAULTS,
    Behaviour,
    chunk,
    completion,
    error,
    events,
    fault_server,
    reply,
    response,
)

ASKED = Request(system="Judge.", user="Hello", max_tokens=50, schema={"type": "object"}, seed=3, top_logprobs=2)


def an_endpoint(url: str, **options: object) -> Endpoint:
    given_options = {"model": MODEL, "timeout_seconds": 5.0, **options}
    return Endpoint(url, **given_options)  # type: ignore[arg-type]


async def asked(url: str, request: Request = ASKED, **options: object) -> Answer:
    endpoint = an_endpoint(url, **options)
    try:
        return await endpoint.ask(request)
    finally:
        await endpoint.close()


async def failure_of(behave: Behaviour, **options: object) -> ModelError:
    async with fault_server(behave) as server:
        return await failure_at(server.url, **options)


async def failure_at(url: str, **options: object) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await asked(url, **options)
    return caught.value


@pytest.mark.parametrize("name", FAULTS)
async def test_every_fault_has_its_name(name: str) -> None:
    behave, expected = FAULTS[name]
    patient = 0.3 if expected == "timed_out" else 5.0
    caught = await failure_of(behave, timeout_seconds=patient)
    assert caught.failure.value == expected, str(caught)
    assert "Hello" not in str(caught)


@pytest.mark.parametrize("name", STREAM_FAULTS)
async def test_every_fault_of_a_stream_has_its_name(name: str) -> None:
    behave, expected = STREAM_FAULTS[name]
    caught = await failure_of(behave, stream=True, stall_seconds=0.3)
    assert caught.failure.value == expected, str(caught)


async def test_nobody_there() -> None:
    caught = await failure_at("http://127.0.0.1:9/v1")
    assert caught.failure is Failure.UNREACHABLE
    assert "127.0.0.1:9" in str(caught)


@pytest.mark.parametrize("shape", ["vllm", "sglang", "ollama", "lmstudio", "llamacpp"])
async def test_answers_as_servers_shape_them_for_gpt_oss(shape: str) -> None:
    async with fault_server(reply(completion("the verdict", shape=shape))) as server:
        answer = await asked(server.url)
    assert (answer.text, answer.reasoning, answer.finish_reason) == ("the verdict", "I weigh it.", "stop")
    assert (answer.tokens.prompt, answer.tokens.cached, answer.tokens.output) == (100, 64, 20)


async def test_a_response_of_the_responses_api() -> None:
    async with fault_server(reply(response("the verdict"))) as server:
        answer = await asked(server.url, api="responses")
        sent = server.requests[0]
    assert (answer.text, answer.reasoning) == ("the verdict", "I weigh it.")
    assert answer.tokens == Tokens(prompt=100, cached=64, reasoning=9, output=20)
    assert sent["store"] is False
    assert sent["text"]["format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("incomplete", "max_output_tokens", "out_of_budget"),
        ("incomplete", "content_filter", "content_filter"),
        ("failed", "", "garbled"),
        ("in_progress", "", "garbled"),
    ],
)
async def test_a_response_that_is_not_whole(status: str, reason: str, expected: str) -> None:
    caught = await failure_of(reply(response("half", status=status, reason=reason)), api="responses")
    assert caught.failure.value == expected


async def test_what_is_sent() -> None:
    async with fault_server(reply(completion("ok"))) as server:
        request = Request(system="Judge.", user="Hello", max_tokens=50, effort="high")
        await asked(server.url, request, api_key="secret", effort_field="reasoning_effort")
        sent, headers = server.requests[0], server.headers[0]
    assert sent["messages"] == [{"role": "system", "content": "Judge."}, {"role": "user", "content": "Hello"}]
    assert (sent["model"], sent["max_tokens"], sent["temperature"]) == (MODEL, 50, 0.0)
    assert sent["reasoning_effort"] == "high"
    assert "response_format" not in sent
    assert "logprobs" not in sent
    assert headers["authorization"] == "bearer secret"


async def test_a_stream_is_put_together() -> None:
    usage = {"usage": {"prompt_tokens": 7, "completion_tokens": 2}}
    stream = events(chunk("the "), chunk("verdict", finish="stop"), {"model": MODEL, "choices": [], **usage})
    async with fault_server(stream) as server:
        answer = await asked(server.url, stream=True)
        assert server.requests[0]["stream"] is True
        assert server.requests[0]["messages"][1]["content"] == "Hello"
    assert (answer.text, answer.finish_reason, answer.tokens.prompt) == ("the verdict", "stop", 7)


async def test_an_answer_that_cannot_be_used_says_what_it_took() -> None:
    caught = await failure_of(FAULTS["budget"][0])
    assert caught.answer is not None
    assert caught.answer.tokens.output == 20


async def test_other_names_of_the_model_are_accepted_where_named() -> None:
    async with fault_server(reply(completion("ok", model="served-by-a-proxy"))) as server:
        assert (await asked(server.url, accepts_models=("served-by-a-proxy",))).text == "ok"


async def test_at_most_so_many_requests_run_at_once() -> None:
    running, most = 0, 0

    async def slow(fields: dict[str, object], writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        await reply(completion("ok"))(fields, writer)

    async with fault_server(slow) as server:
        endpoint = an_endpoint(server.url, concurrency=2)
        await asyncio.gather(*(endpoint.ask(ASKED) for _ in range(8)))
        await endpoint.close()
    assert most == 2


def test_one_endpoint_serves_one_event_loop_after_another() -> None:
    async def once(endpoint: Endpoint | None) -> Endpoint:
        async with fault_server(reply(completion("ok"))) as server:
            made = endpoint or an_endpoint(server.url)
            if endpoint is None:
                assert (await made.ask(ASKED)).text == "ok"
            else:
                with pytest.raises(ModelError):  # the first server is gone, and says so
                    await made.ask(ASKED)
            await made.close()
            return made

    endpoint = asyncio.run(once(None))
    asyncio.run(once(endpoint))


async def test_a_server_in_trouble_is_left_alone_and_tried_again_after_a_rest() -> None:
    now = 0.0
    breaker = Breaker(failures=3, rest_seconds=30.0, clock=lambda: now)
    async with fault_server(*[error(500, "x")] * 4, reply(completion("ok"))) as server:
        endpoint = an_endpoint(server.url, breaker=breaker)

        async def outcome() -> str:
            try:
                return (await endpoint.ask(ASKED)).text
            except ModelError as caught:
                return caught.failure.value

        assert [await outcome() for _ in range(5)] == ["server_error"] * 3 + ["circuit_open"] * 2
        now = 31.0
        assert [await outcome() for _ in range(2)] == ["server_error", "circuit_open"]
        now = 62.0
        assert [await outcome() for _ in range(2)] == ["ok", "ok"]
        assert len(server.requests) == 6
        await endpoint.close()


async def patiently(
    *script: Behaviour, seconds: float = 5.0, attempts: int = 3, wait_seconds: float = 0.01
) -> tuple[object, list[Attempt], int]:
    made: list[Attempt] = []
    async with fault_server(*script) as server:
        endpoint, deadline = an_endpoint(server.url), time.monotonic() + seconds
        outcome: object
        try:
            outcome = await ask_patiently(
                endpoint, ASKED, deadline=deadline, attempts=attempts, attempted=made.append, wait_seconds=wait_seconds
            )
        except ModelError as caught:
            outcome = caught.failure
        await endpoint.close()
        return outcome, made, len(server.requests)


async def test_what_may_pass_is_asked_again_and_every_attempt_is_told() -> None:
    outcome, made, requests = await patiently(FAULTS["503"][0], FAULTS["hangs up"][0], reply(completion("ok")))
    assert isinstance(outcome, Answer)
    assert [attempt.failure for attempt in made] == [Failure.SERVER_ERROR, Failure.DROPPED, None]
    assert made[-1].tokens.prompt == 100
    assert requests == 3


@pytest.mark.parametrize("name", ["401", "context", "budget", "filter", "other model"])
async def test_what_will_not_pass_is_not_asked_again(name: str) -> None:
    _, _, requests = await patiently(FAULTS[name][0])
    assert requests == 1


async def test_attempts_are_bounded() -> None:
    outcome, made, requests = await patiently(FAULTS["500"][0], attempts=2)
    assert outcome is Failure.SERVER_ERROR
    assert len(made) == requests == 2


async def test_retry_after_is_waited_for_where_there_is_time_and_else_ends_it() -> None:
    soon = error(429, "x", retry_after_ms="20")
    outcome, _, _ = await patiently(soon, reply(completion("ok")))
    assert isinstance(outcome, Answer)
    for later in ("3600", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)):
        outcome, _, requests = await patiently(error(429, "x", retry_after=later), reply(completion("ok")))
        assert outcome is Failure.RATE_LIMITED
        assert requests == 1


async def test_no_attempt_begins_behind_the_deadline() -> None:
    outcome, _, requests = await patiently(reply(completion("ok")), seconds=-1.0)
    assert outcome is Failure.TIMED_OUT
    assert requests == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"url": "localhost:8000"}, "http"),
        ({"api": "grpc"}, "api"),
        ({"concurrency": 0}, "concurrency"),
        ({"api": "responses", "stream": True}, "stream"),
    ],
)
def test_an_endpoint_that_cannot_be(options: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        an_endpoint(**{"url": "http://127.0.0.1:9/v1", **options})  # type: ignore[arg-type]
