"""A real HTTP server that misbehaves as model servers do: one behaviour per request, each a coroutine on raw bytes."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

MODEL = "gpt-oss-safeguard-20b"
Fields = dict[str, Any]
Behaviour = Callable[[Fields, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FaultServer:
    """Plays its script, the last behaviour for ever; keeps what it was asked."""

    script: Sequence[Behaviour]
    url: str = ""
    requests: list[Fields] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                self.headers.append(headers)
                self.requests.append(json.loads(body) if body else {})
                behave = self.script[min(len(self.requests), len(self.script)) - 1]
                await behave(self.requests[-1], writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()

    def let_go(self) -> None:
        for writer in list(self._writers):
            writer.close()


@asynccontextmanager
async def fault_server(*script: Behaviour) -> AsyncIterator[FaultServer]:
    """A server on 127.0.0.1 that behaves as scripted."""
    served = FaultServer(script)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield served
    finally:
        server.close()
        served.let_go()
        await asyncio.sleep(0)


def raw(
    body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None, length: int | None = None
) -> Behaviour:
    """Answer with exactly these bytes; `length` lies about how many there are, and then the connection is closed."""

    async def behave(_: Fields, writer: asyncio.StreamWriter) -> None:
        given = {"content-type": "application/json", "content-length": str(length or len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        writer.write(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)
        await writer.drain()
        if length is not None:
            writer.close()

    return behave


def reply(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    return raw(json.dumps(body).encode(), status=status, headers=headers)


def error(status: int, message: str, **headers: str) -> Behaviour:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return reply({"error": {"message": message, "type": "x", "code": status}}, status=status, headers=given)


def events(*chunks: object, ends: bool = True, hangs: bool = False) -> Behaviour:
    """A stream of server-sent events, with [DONE] where it `ends`; where it `hangs` it stays open in silence."""

    async def behave(_: Fields, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream; charset=latin-1\r\nconnection: close\r\n\r\n")
        for chunk in chunks:
            data = chunk if isinstance(chunk, bytes) else json.dumps(chunk, ensure_ascii=False).encode()
            writer.write(b"data: " + data + b"\n\n")
        if ends:
            writer.write(b"data: [DONE]\n\n")
        await writer.drain()
        if hangs:
            await asyncio.Event().wait()
        writer.close()

    return behave


async def endless(_: Fields, writer: asyncio.StreamWriter) -> None:
    """Never stops answering."""
    writer.write(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
    try:
        while True:
            writer.write(b" " * 1_000_000)
            await writer.drain()
    except ConnectionError:
        writer.close()


def bomb() -> Behaviour:
    """A kilobyte that unpacks to a gigabyte, or would: some of it will do."""
    return raw(gzip.compress(b" " * 50_000_000), headers={"content-encoding": "gzip"})


async def silent(_: Fields, __: asyncio.StreamWriter) -> None:
    """Never answers."""
    await asyncio.Event().wait()


async def hang_up(_: Fields, writer: asyncio.StreamWriter) -> None:
    """Closes without a word."""
    writer.close()


def completion(
    text: str | None,
    *,
    shape: str = "vllm",
    finish: str = "stop",
    reasoning: str = "I weigh it.",
    model: str = MODEL,
    logprobs: object = None,
    cached: int = 64,
) -> Fields:
    """A Chat Completion as servers shape it for gpt-oss."""
    name = {"vllm": "reasoning", "sglang": "reasoning_content", "llamacpp": "reasoning_content"}.get(shape, "reasoning")
    message: Fields = {"role": "assistant", "content": text}
    if shape == "ollama":
        message["thinking"] = reasoning
    else:
        message[name] = reasoning
    usage: Fields = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    body: Fields = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model, "usage": usage}
    if shape == "llamacpp":
        body["timings"] = {"cache_n": cached, "prompt_n": 100 - cached}
        body["model"] = f"/models/{model}.gguf"
    else:
        usage["prompt_tokens_details"] = {"cached_tokens": cached}
        usage["completion_tokens_details"] = {"reasoning_tokens": 9}
    body["choices"] = [{"index": 0, "message": message, "finish_reason": finish, "logprobs": logprobs}]
    return body


def response(text: str, *, status: str = "completed", reason: str = "", model: str = MODEL) -> Fields:
    """A Responses answer."""
    trace = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "I weigh it."}]}
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 9},
    }
    details = {"reason": reason} if reason else None
    return {"status": status, "model": model, "output": [trace, said], "usage": usage, "incomplete_details": details}


def chunk(text: str = "", *, finish: str | None = None, **about: object) -> Fields:
    return {"model": MODEL, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **about}


# What goes wrong, with what it is called: for a request that is not streamed.
FAULTS: dict[str, tuple[Behaviour, str]] = {
    "hangs up": (hang_up, "dropped"),
    "never answers": (silent, "timed_out"),
    "breaks off": (raw(b'{"choices": [', length=500), "dropped"),
    "endless": (endless, "garbled"),
    "a packed bomb": (bomb(), "garbled"),
    "garbage": (raw(b"\x00\xff\xfe not json"), "garbled"),
    "invalid UTF-8": (raw(b'{"choices": [{"message": {"content": "\xff"}}]}'), "garbled"),
    "truncated JSON": (raw(b'{"choices": [{"message": {"content": "ok'), "garbled"),
    "a page of HTML": (raw(b"<html>502</html>", status=502, headers={"content-type": "text/html"}), "server_error"),
    "500": (error(500, "internal"), "server_error"),
    "503": (error(503, "overloaded"), "server_error"),
    "504": (error(504, "gateway"), "timed_out"),
    "429": (error(429, "slow down"), "rate_limited"),
    "401": (error(401, "bad key"), "refused"),
    "404": (error(404, "model not found"), "refused"),
    "context": (error(400, "This model's maximum context length is 4096 tokens"), "too_long"),
    "harmony, vLLM": (error(400, "HarmonyError: unexpected tokens remaining in message header"), "harmony"),
    "harmony, 500": (error(500, "openai_harmony.HarmonyError: Unknown role"), "harmony"),
    "hosted filter": (error(400, "triggered the content management policy"), "content_filter"),
    "context, 500": (error(500, "the request exceeds the available context size"), "too_long"),
    "context with 200": (reply({"error": {"code": 400, "message": "maximum context length is 9"}}), "too_long"),
    "429 with 200": (reply({"error": {"code": 429, "message": "slow down"}}), "rate_limited"),
    "error in no charset": (raw(b"x", status=500, headers={"content-type": "text/plain; charset=zlib"}), "garbled"),
    "no gzip": (raw(b"garbage", headers={"content-encoding": "gzip"}), "garbled"),
    "a list": (reply([1, 2]), "garbled"),
    "no choices": (reply({"object": "chat.completion", "choices": []}), "garbled"),
    "no message": (reply({"choices": [{}]}), "garbled"),
    "content of numbers": (reply({"choices": [{"message": {"content": 7}}]}), "garbled"),
    "error with 200": (reply({"error": {"message": "oops"}}), "server_error"),
    "null and stop": (reply(completion(None)), "empty"),
    "blank": (reply(completion("  \n")), "empty"),
    "verdict in the reasoning": (reply(completion(None, reasoning='{"clauses": {"FO1": 0, "FO2": 0}}')), "empty"),
    "budget": (reply(completion("", finish="length", shape="sglang")), "out_of_budget"),
    "half an answer": (reply(completion('{"rationale": "It', finish="length")), "out_of_budget"),
    "gave up": (reply(completion('{"clauses": {"FO1": 0}}', finish="abort")), "garbled"),
    "calls a tool": (reply(completion('{"clauses": {"FO1": 0}}', finish="tool_calls")), "garbled"),
    "does not say that it finished": (reply(completion('{"clauses": {"FO1": 0}}', finish="")), "garbled"),
    "harmony as text": (reply(completion('<|channel|>analysis<|message|>{"clauses": {"FO1": 0}}')), "harmony"),
    "harmony without marks": (reply(completion('analysisMaybe {"clauses": {"FO1": 0}}assistantfinal1')), "harmony"),
    "thoughts as text": (reply(completion('<think>Maybe {"clauses": {"FO1": 0}}</think> 1')), "harmony"),
    "thoughts without their beginning": (reply(completion('Maybe {"clauses": {"FO1": 0}}</think> 1')), "harmony"),
    "filter": (reply(completion("", finish="content_filter")), "content_filter"),
    "other model": (reply(completion("{}", model="gpt-oss-20b")), "other_model"),
}
STREAM_FAULTS: dict[str, tuple[Behaviour, str]] = {
    "stalls": (events(chunk("{"), ends=False, hangs=True), "stalled"),
    "cut": (events(chunk("{"), ends=False), "dropped"),
    "done without finish": (events(chunk("{")), "dropped"),
    "error event": (events(chunk("{"), {"error": {"message": "HarmonyError: x"}}), "harmony"),
    "context": (events({"error": {"code": 400, "message": "exceeds the available context size"}}), "too_long"),
    "garbage event": (events(b"{not json"), "garbled"),
    "invalid UTF-8": (events(b'{"choices": [{"delta": {"content": "\xff"}, "finish_reason": "stop"}]}'), "garbled"),
    "chunk is a list": (events([1]), "garbled"),
    "budget": (events(chunk("{", finish="length")), "out_of_budget"),
    "nothing said": (events(chunk("", finish="stop")), "empty"),
}
