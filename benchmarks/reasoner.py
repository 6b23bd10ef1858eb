"""What Komainu adds to a reasoner's own time, and how much of its prompts a prefix cache serves.

python benchmarks/reasoner.py overhead              # against a bare loop of the same requests, in the same run
python benchmarks/reasoner.py prefix --model FILE   # on a real llama.cpp server with any GGUF file

`overhead` asks a server in another process that answers correctly after a fixed delay: through `moderate` with a
durable record on SQLite, and by the bare `openai` client, as many requests at once. Rounds alternate.
`prefix` sends cases of a policy to a real server, answers cut short, and counts what it read from its cache.
"""

import argparse
import asyncio
import json
import multiprocessing
import re
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai

from komainu.cascade import Cascade, Stage
from komainu.domain import Content, Policy, Rulebook
from komainu.judges.safeguard import SafeguardJudge
from komainu.models.chat import chat_fields
from komainu.models.local import LocalServer
from komainu.models.request import Request
from komainu.moderation import moderate
from komainu.policies import load, load_cases
from komainu.policies.render import Form, render, system_prompt
from komainu.store import open_store

ROOT = Path(__file__).resolve().parent.parent
MODEL, AT_ONCE = "gpt-oss-safeguard-20b", 16


def answer_to(body: bytes) -> bytes:
    """A correct answer that clears every clause."""
    asked = json.loads(body)["messages"][0]["content"]
    flags = re.search(r'"clauses": (\{.*?\})', asked)
    said = {"rationale": "No clause applies.", "clauses": json.loads(flags[1]) if flags else {}, "evidence": []}
    text = json.dumps(said | {"severity": 0, "confidence": "high", "remedy": ""})
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 1_000, "completion_tokens": 60, "total_tokens": 1_060}
    return json.dumps({"model": MODEL, "choices": [choice], "usage": usage}).encode()


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay_seconds: float) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = re.search(r"content-length: (\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            await asyncio.sleep(delay_seconds)
            said = answer_to(body)
            writer.write(
                f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(said)}\r\n\r\n".encode()
            )
            writer.write(said)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def serving(port: Any, delay_seconds: float) -> None:
    async def serve() -> None:
        server = await asyncio.start_server(lambda r, w: answering(r, w, delay_seconds), "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def fake_server(delay_seconds: float) -> Iterator[str]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serving, args=(there, delay_seconds), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/v1"
    finally:
        process.terminate()
        process.join()


async def bare(url: str, policy: Policy, contents: list[Content]) -> float:
    """Seconds of the same requests by the client alone."""
    client = openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(content: Content) -> None:
        prompt = render(Form.SAFEGUARD, [policy], content, effort="low")
        request = Request(system=prompt.system, user=prompt.user, max_tokens=2_048, seed=0)
        async with gate:
            await client.chat.completions.create(
                **chat_fields(request, model=MODEL, structured=False, effort_field="")  # type: ignore[call-overload]
            )

    started = time.perf_counter()
    await asyncio.gather(*map(one, contents))
    seconds = time.perf_counter() - started
    await client.close()
    return seconds


async def through(url: str, policy: Policy, contents: list[Content]) -> float:
    """Seconds through Komainu: rendered, asked, read, audited, decided and on record."""
    judge = SafeguardJudge(url, model=MODEL, concurrency=AT_ONCE)
    rulebook = Rulebook(policies=(policy,))
    with tempfile.TemporaryDirectory() as folder:
        store = await open_store(f"{folder}/record.db")
        async with Cascade(stages=(Stage(judge=judge),)) as cascade:
            started = time.perf_counter()
            made = await asyncio.gather(
                *(moderate(one, rulebook=rulebook, cascade=cascade, store=store) for one in contents)
            )
            seconds = time.perf_counter() - started
        await store.close()
    if any(len(decision.calls) != 1 or decision.calls[0].outcome != "answered" for decision in made):
        raise SystemExit("expected one answered call per decision: the comparison would be of other work")
    return seconds


def overhead(given: argparse.Namespace) -> None:
    policy = load(ROOT / "policies" / "spam" / "policy.md")
    ratios = []
    with fake_server(given.delay) as url:
        for number in range(given.rounds + 1):
            contents = [Content(text=f"Text {number} {place}: the soup was lovely") for place in range(given.contents)]
            alone, ours = asyncio.run(bare(url, policy, contents)), asyncio.run(through(url, policy, contents))
            if number:  # the first one warms up
                ratios.append(alone / ours)
            print(f"round {number}: bare {alone:.2f} s, through Komainu {ours:.2f} s, ratio {alone / ours:.3f}")
    print(
        f"{given.contents} contents, {AT_ONCE} at once, a server of {given.delay:g} s: throughput through Komainu is "
        f"{statistics.median(ratios):.3f} of the bare loop's [{min(ratios):.3f}, {max(ratios):.3f}], "
        f"n = {len(ratios)} rounds"
    )


async def cached(given: argparse.Namespace) -> None:
    folder = ROOT / "policies" / "spam" / "policy.md"
    policy = load(folder)
    rulebook = Rulebook(policies=(policy,))
    cases = load_cases(folder, policy)[: given.contents]
    async with LocalServer(Path(given.model), context_tokens=4_096) as server:
        judge = SafeguardJudge(server.url, model=server.model, profile="chat", max_tokens=8, attempts=1, concurrency=1)
        system = tokens_of(server.url, system_prompt(Form.CHAT, [policy]))
        calls = []
        async with Cascade(stages=(Stage(judge=judge, timeout_seconds=600.0),)) as cascade:
            for number, case in enumerate(cases):
                decision = await cascade.decide(case.content, rulebook)
                calls += decision.calls[:1]  # a second one repeats the whole prompt
                print(f"  {number + 1} of {len(cases)}", end="\r", flush=True)
    later = calls[1:]
    policy_share = sum(min(call.tokens_cached, system) for call in later) / (system * len(later))
    whole = sum(call.tokens_cached for call in later) / sum(call.tokens_in for call in later)
    print(
        f"{len(later)} contents behind the first, {system} policy tokens: {policy_share:.1%} of policy tokens and "
        f"{whole:.1%} of prompt tokens from the cache"
    )


def tokens_of(url: str, text: str) -> int:
    request = urllib.request.Request(
        url.replace("/v1", "/tokenize"),
        json.dumps({"content": text}).encode(),
        {"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as found:
        return len(json.load(found)["tokens"])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=("overhead", "prefix"))
    options.add_argument("--contents", type=int, default=0, help="default: 400, or 20 for prefix")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--delay", type=float, default=0.5, help="seconds of the server, for overhead")
    options.add_argument("--model", default="", help="GGUF file, for prefix")
    given = options.parse_args()
    given.contents = given.contents or (400 if given.what == "overhead" else 20)
    if given.what == "overhead":
        overhead(given)
    else:
        asyncio.run(cached(given))


if __name__ == "__main__":
    main()
