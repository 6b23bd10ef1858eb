"""A real llama.cpp server with a small model: what Komainu relies on in it."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from komainu.domain import Abstention, Content, Reason, Rulebook
from komainu.errors import JudgeError, MissingExtraError
from komainu.judges.checks import sample_rulebook
from komainu.judges.safeguard import SafeguardJudge
from komainu.models.endpoint import Endpoint
from komainu.models.failures import Failure, ModelError
from komainu.models.local import LocalServer
from komainu.models.request import Request
from komainu.policies.render import Form, render
from tests.models.conftest import smollm

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("model server")]

BOOK = Rulebook(policies=sample_rulebook().policies[:1])
PROMPT = render(Form.CHAT, BOOK.policies, Content(text="The soup was lovely"))
ASKED = Request(
    system=PROMPT.system, user=PROMPT.user, max_tokens=700, schema=PROMPT.schema, top_logprobs=5, temperature=0.0
)


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


def children() -> set[int]:
    """Model servers that this process started and did not end."""
    found = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {int(pid) for pid in found if b"models.serve" in Path(f"/proc/{pid}/cmdline").read_bytes()}


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


async def test_a_streamed_answer_comes_whole(server: LocalServer) -> None:
    """Held to one word: which of its slots answers, and with what in its cache, moves the digits of free text."""
    schema = {"type": "object", "properties": {"word": {"enum": ["a stone by the river"]}}, "required": ["word"]}
    asked = Request(system="", user="Repeat it.", max_tokens=60, schema=schema, top_logprobs=5)
    streaming = Endpoint(server.url, model=server.model, stream=True, timeout_seconds=120.0)
    answer = await streaming.ask(asked)
    await streaming.close()
    assert json.loads(answer.text) == {"word": "a stone by the river"}
    assert answer.tokens.output > 1
    assert answer.tokens.prompt > 1
    assert '"a stone by the river"' in "".join(token.text for token in answer.logprobs)
    assert all(len(token.others) > 1 for token in answer.logprobs)


async def test_requests_at_once_do_not_mix(endpoint: Endpoint) -> None:
    def one_of(word: str) -> Request:
        schema = {"type": "object", "properties": {"word": {"enum": [word]}}, "required": ["word"]}
        return Request(system="", user=f"Repeat the word {word}.", max_tokens=60, schema=schema)

    words = ["apple", "river", "stone", "cloud"]
    together = await asyncio.gather(*(endpoint.ask(one_of(word)) for word in words))
    assert [json.loads(one.text)["word"] for one in together] == words


async def test_a_prompt_that_does_not_fit_says_so(endpoint: Endpoint) -> None:
    for words in (1_100, 3_000):  # more than a request has, and more than all have together
        with pytest.raises(ModelError) as caught:
            await endpoint.ask(replace(ASKED, system="", user="many words " * words))
        assert caught.value.failure is Failure.TOO_LONG


async def test_no_page_of_a_browser_reads_answers_or_prompts(server: LocalServer) -> None:
    await server.ensure()
    async with httpx2.AsyncClient(trust_env=False) as client:
        page = {"Origin": "http://page.example"}
        for path in ("/v1/models", "/metrics", "/health"):
            answer = await client.get(server.url.replace("/v1", path), headers=page)
            assert answer.status_code == 200
            assert answer.headers["access-control-allow-origin"] == ""
        assert (await client.get(server.url.replace("/v1", "/slots"))).status_code == 501


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
    with smollm().open("rb") as whole:
        (tmp_path / "cut.gguf").write_bytes(whole.read(20_000_000))
    for name, why in (("broken", "version"), ("cut", "corrupted or incomplete")):
        server = LocalServer(tmp_path / f"{name}.gguf", log=tmp_path / "log")
        with pytest.raises(JudgeError, match=f"as it started: .*{why}") as caught:
            await server.start()
        assert "Traceback" not in str(caught.value)
        assert server.pid is None


async def test_a_server_of_somebody_else_on_the_port_is_never_taken_for_ours(server: LocalServer) -> None:
    await server.ensure()
    port = int(server.url.split(":")[-1].removesuffix("/v1"))
    other = LocalServer(smollm(), threads=1, port=port)
    with pytest.raises(JudgeError, match=f"expected port {port} to be free"):
        await other.start()
    assert other.pid is None


async def test_asked_for_by_many_at_once_it_is_started_once() -> None:
    before = children()
    server = LocalServer(smollm(), threads=1, context_tokens=256)
    await asyncio.gather(*(server.ensure() for _ in range(4)))
    assert children() - before == {server.pid}
    await server.stop()
    assert children() == before


async def test_a_start_that_is_called_off_leaves_no_child() -> None:
    before = children()
    server = LocalServer(smollm(), threads=1, context_tokens=256)
    with pytest.raises(JudgeError, match="within 0 s"):
        await server.start(timeout_seconds=0.0)
    starting = asyncio.ensure_future(server.start())
    while server.pid is None:
        await asyncio.sleep(0)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert server.pid is None
    assert children() == before


PARENT = """
import asyncio, sys
from pathlib import Path
from komainu.models.local import LocalServer

async def main():
    async with LocalServer(Path(sys.argv[1]), threads=1, context_tokens=256) as server:
        print(server.pid, flush=True)
        await server.wait()

asyncio.run(main())
"""


async def test_a_parent_that_is_killed_takes_its_server_with_it() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(smollm())], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        ended, _, _ = select.select([child], [], [], 60.0)
        os.close(child)
    assert ended


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(MissingExtraError, match=r"komainu\[local\]"):
        LocalServer(smollm())


async def test_what_it_writes_goes_to_the_log_and_holds_no_content(tmp_path: Path) -> None:
    async with LocalServer(smollm(), threads=1, context_tokens=512, log=tmp_path / "log") as server:
        endpoint = Endpoint(server.url, model=server.model)
        with pytest.raises(ModelError):
            await endpoint.ask(Request(system="", user="tamagoyaki", max_tokens=1))
        await endpoint.close()
    said = (tmp_path / "log").read_text("utf-8")
    assert "listening" in said
    assert "tamagoyaki" not in said


async def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(JudgeError, match="expected a log"):
        await LocalServer(smollm(), log=tmp_path / "none" / "log").start()
