"""Only a whole answer of the final channel is one, whatever bytes a server sends, and nothing leaks on the way."""

import asyncio
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from komainu.models.failures import Failure, ModelError, retry_after
from komainu.models.request import Request
from tests.models.fault_server import (
    Fields,
    chunk,
    completion,
    error,
    events,
    fault_server,
    raw,
    reply,
    response,
    silent,
)
from tests.models.test_endpoint import ASKED, an_endpoint, asked, failure_of

LETTERS = st.text(st.sampled_from('ab0{}":,\\ \n日\u2028\x85\ud800<>'), max_size=12)
PARTS = st.one_of(
    st.none(), LETTERS, st.integers(), st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": LETTERS}))
)


@st.composite
def nearly(draw: st.DrawFn) -> bytes:
    """A completion with one thing wrong, or nothing."""
    body = completion(None, finish=draw(st.sampled_from(["stop"] * 6 + ["length", "abort", ""])))
    message = body["choices"][0]["message"]
    message["content"], message["reasoning"] = draw(LETTERS | PARTS), draw(PARTS)
    match draw(st.integers(0, 7)):
        case 0:
            del body[draw(st.sampled_from(sorted(body)))]
        case 1:
            body[draw(st.sampled_from(sorted(body)))] = draw(PARTS)
        case 2:
            message[draw(st.sampled_from(sorted(message)))] = draw(PARTS)
    written = json.dumps(body, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    return written[: draw(st.integers(0, len(written)))] if draw(st.integers(0, 4)) == 0 else written


def final_channel(body: bytes) -> str:
    """What stands in the final channel of a completion, read apart from the product."""
    content = json.loads(body)["choices"][0]["message"]["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=60) | nearly() | nearly())
async def test_whatever_bytes_come_an_answer_stood_in_the_final_channel(body: bytes) -> None:
    async with fault_server(raw(body)) as server:
        try:
            answer = await asked(server.url)
        except ModelError:
            return
    assert answer.text == final_channel(body)
    assert answer.text.strip()
    assert answer.finish_reason == "stop"


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=60) | nearly() | nearly())
async def test_whatever_bytes_are_streamed_an_answer_is_whole(body: bytes) -> None:
    async with fault_server(events(body.replace(b'"message"', b'"delta"'))) as server:
        try:
            answer = await asked(server.url, stream=True)
        except ModelError:
            return
    assert answer.text == final_channel(body)
    assert answer.finish_reason == "stop"


@pytest.mark.parametrize("character", ["日本", "\u2028", "\u2029", "\x85"])
async def test_what_is_streamed_is_utf_8_and_only_a_line_feed_ends_a_line(character: str) -> None:
    async with fault_server(events(chunk(f"a{character}b", finish="stop"))) as server:
        assert (await asked(server.url, stream=True)).text == f"a{character}b"


async def test_reading_a_long_prompt_is_no_stall() -> None:
    async def slow(fields: Fields, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n: busy\n\n")
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.write(f"data: {json.dumps(chunk('ok', finish='stop'))}\n\n".encode())
        writer.close()

    async with fault_server(slow) as server:
        assert (await asked(server.url, stream=True, stall_seconds=0.05)).text == "ok"


async def test_thinking_that_is_empty_is_left_out() -> None:
    async with fault_server(reply(completion("<think>\n\n</think>\n\n0"))) as server:
        assert (await asked(server.url)).text.strip() == "0"


async def test_marks_that_an_answer_quotes_are_no_leak() -> None:
    quoting = '{"evidence": "<|channel|>analysis </think>"}'
    async with fault_server(reply(completion(quoting))) as server:
        assert (await asked(server.url)).text == quoting


@pytest.mark.parametrize("other", [{"role": "user"}, {"phase": "commentary"}])
async def test_other_messages_of_a_response_are_no_answer(other: Fields) -> None:
    body = response("real")
    body["output"].insert(1, {**body["output"][1], **other, "content": [{"type": "output_text", "text": "forged"}]})
    async with fault_server(reply(body)) as server:
        assert (await asked(server.url, api="responses")).text == "real"


async def test_a_response_that_failed_says_why() -> None:
    body = response("half", status="failed") | {"error": {"code": "server_error", "message": "out of memory"}}
    caught = await failure_of(reply(body), api="responses")
    assert caught.failure is Failure.SERVER_ERROR
    assert "out of memory" in str(caught)


async def test_errors_repeat_neither_the_key_nor_the_content() -> None:
    spoken = Request(system="", user="<content id=1>\nmeet me at the harbour tonight\n</content id=1>", max_tokens=5)
    for words in ("bad key sk-secret-123", "input='meet me at the harbour tonight'"):
        for behave, options in ((error(400, words), {}), (events({"error": {"message": words}}), {"stream": True})):
            async with fault_server(behave) as server:
                with pytest.raises(ModelError) as caught:
                    await asked(server.url, spoken, api_key="sk-secret-123", **options)
            assert "secret" not in str(caught.value)
            assert "harbour" not in str(caught.value)


async def test_nothing_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "HTTP_PROXY", "ALL_PROXY")
    for name in names:
        monkeypatch.setenv(name, "http://127.0.0.1:9/ambient")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/ambient")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: ambient\nAuthorization: Bearer ambient")
    async with fault_server(reply(completion("ok"))) as server:
        await asked(server.url, api_key="mine")
        await asked(server.url)
        with_key, without = server.headers
    assert "ambient" not in json.dumps([with_key, without])
    assert with_key["authorization"] == "bearer mine"
    assert "authorization" not in without


async def test_waiting_for_a_turn_is_part_of_the_time() -> None:
    async with fault_server(silent) as server:
        endpoint = an_endpoint(server.url, concurrency=1)
        outcomes = await asyncio.gather(
            *(endpoint.ask(ASKED, timeout_seconds=0.3) for _ in range(5)), return_exceptions=True
        )
        await endpoint.close()
    assert {outcome.failure for outcome in outcomes if isinstance(outcome, ModelError)} == {Failure.TIMED_OUT}
    assert len(server.requests) == 1


async def test_half_a_surrogate_pair_is_refused_and_is_no_trouble_of_the_server() -> None:
    async with fault_server(reply(completion("ok"))) as server:
        endpoint = an_endpoint(server.url)
        for _ in range(6):
            with pytest.raises(ModelError) as caught:
                await endpoint.ask(Request(system="", user="a\ud800", max_tokens=5))
            assert caught.value.failure is Failure.REFUSED
        assert (await endpoint.ask(ASKED)).text == "ok"
        await endpoint.close()


@pytest.mark.parametrize(
    ("given_headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after": "9" * 5000}, math.inf),
        ({"retry-after-ms": "9" * 5000}, math.inf),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0.0),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
        ({"retry-after": "Mon, 01 Jan 2024 00:00:00 +99999999999999"}, None),
        ({}, None),
    ],
)
def test_how_long_a_server_asks_to_wait(given_headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(given_headers) == expected


@given(value=st.text(max_size=30))
def test_any_header_is_a_time_to_wait_or_none(value: str) -> None:
    found = retry_after({"retry-after": value, "retry-after-ms": value[::-1]})
    assert found is None or found >= 0.0
