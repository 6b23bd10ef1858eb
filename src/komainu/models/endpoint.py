"""A model on an OpenAI-compatible server."""

import asyncio
import json
import re
import time
from dataclasses import replace
from pathlib import PurePosixPath

import httpx2
import openai

from komainu.models.answer import Answer
from komainu.models.bounded import BoundedTransport
from komainu.models.breaker import Breaker
from komainu.models.chat import Fields, chat_fields, read_chat
from komainu.models.failures import Failure, ModelError, of_error, of_status
from komainu.models.request import Request
from komainu.models.responses import read_responses, responses_fields
from komainu.models.stream import assembled

APIS = ("chat", "responses")
_WHOLE = frozenset({"stop", "eos_token", "stop_sequence", "end_turn"})  # how an answer finishes that was not cut
# How a text begins that is no final channel: the reasoning of gpt-oss and others, with its marks or with what is left
# of them, where the server does not part it from the answer.
_LEAK = re.compile(
    r"\s*(<\|(channel|start|message)\|>|<think>|(assistant)?(analysis|commentary)(<\||[A-Z])|[^{\s].*</think>)",
    re.DOTALL,
)
_NO_THOUGHT = re.compile(r"\s*<think>\s*</think>")
_SENT_HEADERS = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-type",
        "content-length",
        "transfer-encoding",
        "x-stainless-raw-response",  # the client looks for it again, to know whether it streams
    }
)


class Endpoint:
    """Asks one model, at most `concurrency` requests at once; ValueError where an option cannot be."""

    def __init__(
        self,
        url: str,
        *,
        model: str,
        api_key: str = "",
        api: str = "chat",
        timeout_seconds: float = 60.0,
        stall_seconds: float = 30.0,
        stream: bool = False,
        concurrency: int = 8,
        effort_field: str = "",
        accepts_models: tuple[str, ...] = (),
        breaker: Breaker | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"expected the URL of a server, http://…/v1; got {url!r}")
        if api not in APIS:
            raise ValueError(f"expected an api ({', '.join(APIS)}); got {api!r}")
        if stream and api == "responses":
            raise ValueError("expected stream = false, since the Responses API is read whole here")
        if concurrency < 1:
            raise ValueError(f"expected a concurrency of at least 1; got {concurrency}")
        self._url, self._model, self._api_key, self._api = url.rstrip("/"), model, api_key, api
        self._timeout_seconds, self._stall_seconds, self._stream = timeout_seconds, stall_seconds, stream
        self._concurrency, self._effort_field = concurrency, effort_field
        self._models = {_plain(name) for name in (model, *accepts_models)}
        self._breaker = breaker or Breaker()
        self._here: _Here | None = None

    @property
    def model(self) -> str:
        """The model's name on the server."""
        return self._model

    async def ask(self, request: Request, *, timeout_seconds: float | None = None) -> Answer:
        """The answer to a request; ModelError where there is none that can be used."""
        here, seconds = self._client_here(), timeout_seconds or self._timeout_seconds
        until = here.loop.time() + seconds
        try:
            async with asyncio.timeout_at(until):
                await here.gate.acquire()
        except TimeoutError:
            detail = f"{self._concurrency} other requests ran for {seconds:g} s; raise concurrency or the timeout"
            raise ModelError(Failure.TIMED_OUT, detail) from None
        try:
            self._breaker.enter()
            answer = await self._counted(here.client, request, until)
        finally:
            here.gate.release()
        return self._usable(answer)

    async def close(self) -> None:
        """Let go of the connections."""
        here, self._here = self._here, None
        if here is not None and here.loop is asyncio.get_running_loop():
            await here.client.close()

    async def _counted(self, client: openai.AsyncOpenAI, request: Request, until: float) -> Answer:
        """The answer, after the breaker has heard how the request went."""
        try:
            answer = await self._asked(client, request, until)
        except ModelError as error:
            self._breaker.leave(error.failure)
            raise
        else:
            self._breaker.leave(None)
            return answer
        finally:
            self._breaker.give_up()

    async def _asked(self, client: openai.AsyncOpenAI, request: Request, until: float) -> Answer:
        started = time.perf_counter()
        try:
            async with asyncio.timeout_at(until):
                return await self._read(client, request, started)
        except (TimeoutError, openai.APITimeoutError):
            raise ModelError(Failure.TIMED_OUT, f"no answer after {time.perf_counter() - started:.1f} s") from None
        except UnicodeEncodeError:
            raise ModelError(Failure.REFUSED, "expected text that UTF-8 can hold; got half a surrogate pair") from None
        except openai.APIStatusError as error:
            body, headers = error.response.content, error.response.headers
            raise of_status(error.status_code, body, headers, unsaid=self._unsaid(request)) from error
        except openai.APIConnectionError as error:
            raise _unconnected(error.__cause__ or error, self._url) from error
        except httpx2.HTTPError as error:
            raise _unconnected(error, self._url) from error
        except (*_UNREADABLE, openai.OpenAIError) as error:
            raise ModelError(Failure.GARBLED, f"expected an answer as the API says; {_short(error)}") from error

    async def _read(self, client: openai.AsyncOpenAI, request: Request, started: float) -> Answer:
        make, path = (chat_fields, "/chat/completions") if self._api == "chat" else (responses_fields, "/responses")
        fields = make(
            request, model=self._model, structured=request.schema is not None, effort_field=self._effort_field
        )
        if self._stream:
            return await self._streamed(client, fields, started, self._unsaid(request))
        response = await client.post(path, cast_to=httpx2.Response, body=fields)
        body = json.loads(response.content.decode("utf-8"))
        if not isinstance(body, dict):
            raise ValueError(f"an answer is a JSON object; got {type(body).__name__}")
        if body.get("error") and not body.get("choices") and body.get("status") != "completed":
            raise of_error(response.content, unsaid=self._unsaid(request))
        read = read_chat if self._api == "chat" else read_responses
        return read(body, time.perf_counter() - started)

    async def _streamed(
        self, client: openai.AsyncOpenAI, fields: Fields, started: float, unsaid: tuple[str, ...]
    ) -> Answer:
        raw = client.chat.completions.with_streaming_response.create(
            model=self._model,
            messages=[],
            stream=True,
            stream_options={"include_usage": True},
            extra_body=fields,  # the whole request: it replaces what stands above
        )
        async with raw as response:
            return await assembled(response.iter_bytes(), self._stall_seconds, started, unsaid=unsaid)

    def _unsaid(self, request: Request) -> tuple[str, ...]:
        """What no message of an error repeats."""
        return (self._api_key, request.user)

    def _usable(self, answer: Answer) -> Answer:
        """The answer, where there is one in its final channel, whole, and of the model that was asked."""
        if answer.model and _plain(answer.model) not in self._models:
            detail = f"expected an answer of {self._model}; got one of {answer.model[:80]}; name it with model"
            raise ModelError(Failure.OTHER_MODEL, detail, answer=answer)
        if answer.finish_reason == "content_filter":
            raise ModelError(Failure.CONTENT_FILTER, "the server's own filter kept the answer back", answer=answer)
        if answer.finish_reason == "length":
            detail = f"{answer.tokens.output} tokens ended before the answer did; raise max_tokens or lower the effort"
            raise ModelError(Failure.OUT_OF_BUDGET, detail, answer=answer)
        if not answer.text.strip():
            spent = " (it reasoned, and said nothing)" if answer.reasoning else ""
            raise ModelError(Failure.EMPTY, f"expected an answer; got an empty one{spent}", answer=answer)
        if answer.finish_reason not in _WHOLE:
            finish = answer.finish_reason[:40] or "no finish_reason"
            detail = f"expected an answer that finished with stop; got {finish}"
            raise ModelError(Failure.GARBLED, detail, answer=answer)
        text = _NO_THOUGHT.sub("", answer.text, count=1) if _NO_THOUGHT.match(answer.text) else answer.text
        if _LEAK.match(text):
            detail = "expected the final channel alone; got reasoning with it; start the server with a reasoning parser"
            raise ModelError(Failure.HARMONY, detail, answer=answer)
        return replace(answer, text=text)

    def _client_here(self) -> "_Here":
        """The connections of the running event loop: they cannot be used in another."""
        loop = asyncio.get_running_loop()
        if self._here is None or self._here.loop is not loop:
            self._here = _Here(self._url, self._api_key, self._concurrency)
        return self._here


class _Here:
    """What belongs to one event loop."""

    def __init__(self, url: str, api_key: str, concurrency: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.gate = asyncio.Semaphore(concurrency)
        self.client = openai.AsyncOpenAI(
            base_url=url,
            api_key=api_key or "none",
            organization="",
            project="",
            max_retries=0,
            timeout=None,
            admin_api_key="",
            webhook_secret="",
            http_client=httpx2.AsyncClient(
                trust_env=False,
                timeout=None,
                event_hooks={"request": [self._plain_headers]},
                transport=BoundedTransport(trust_env=False),
            ),
        )
        self._api_key = api_key

    async def _plain_headers(self, request: httpx2.Request) -> None:
        """Nothing of the environment or of this machine goes along: the client adds both."""
        for name in set(request.headers) - _SENT_HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = "komainu"
        request.headers["accept-encoding"] = "identity"  # what is packed is not read: see BoundedTransport
        if self._api_key:
            request.headers["authorization"] = f"Bearer {self._api_key}"


# What reading an answer raises that is not what the API says; AssertionError and OSError by the decoders of charsets.
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RuntimeError, AssertionError, OSError)


def _unconnected(cause: BaseException, url: str) -> ModelError:
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
        return ModelError(Failure.UNREACHABLE, f"expected a server at {url}; nobody answers there")
    if isinstance(cause, httpx2.TimeoutException):
        return ModelError(Failure.TIMED_OUT, "the server took too long")
    if isinstance(cause, httpx2.DecodingError):
        return ModelError(Failure.GARBLED, "expected an answer of up to 16 MiB that is not compressed")
    return ModelError(Failure.DROPPED, f"the connection ended before the answer did: {_short(cause)}")


def _short(error: BaseException) -> str:
    """What kind of error it is: its words may hold words of the answer, and so of the content."""
    return type(error).__name__ if not isinstance(error, ValueError) else f"{type(error).__name__}: {str(error)[:80]}"


def _plain(model: str) -> str:
    """A model's name without folder, suffix and case."""
    return PurePosixPath(model.casefold()).name.removesuffix(".gguf").split(":latest")[0]
