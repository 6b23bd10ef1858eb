"""Ask again where that may help, and not for longer than there is time."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import stamina

from komainu.models.answer import Answer, Tokens
from komainu.models.endpoint import Endpoint
from komainu.models.failures import Failure, ModelError
from komainu.models.request import Request

_LONGEST_WAIT_SECONDS = 10.0  # unless the server asks for a longer one


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request that was made."""

    failure: Failure | None  # None: there is an answer
    model: str
    tokens: Tokens
    seconds: float


async def ask_patiently(
    endpoint: Endpoint,
    request: Request,
    *,
    deadline: float,
    attempts: int = 3,
    attempted: Callable[[Attempt], None] = lambda _: None,
    wait_seconds: float = 0.5,
) -> Answer:
    """The answer by the deadline (monotonic seconds), after at most so many attempts, each told to `attempted`.

    The waits between them double, and are never shorter than the server asks for. ModelError of the last attempt, or of
    one that waiting would not help or that asks for more time than there is. An empty answer gets one more.
    """
    failures: list[Failure] = []

    def wait(error: Exception) -> bool | float:
        if not isinstance(error, ModelError):
            return False
        failures.append(error.failure)
        if not error.is_retryable or failures.count(Failure.EMPTY) > 1:
            return False
        doubled = min(_LONGEST_WAIT_SECONDS, wait_seconds * 2 ** (len(failures) - 1))
        pause = max(doubled * random.uniform(1.0, 2.0), error.retry_after_seconds or 0.0)
        return pause if time.monotonic() + pause < deadline else False

    if time.monotonic() >= deadline:
        raise ModelError(Failure.TIMED_OUT, "there was no time left to ask")
    async for attempt in stamina.retry_context(on=wait, attempts=attempts, timeout=None):
        with attempt:
            return await _attempt(endpoint, request, deadline, attempted)
    raise AssertionError("an attempt answers or raises")  # pragma: no cover


async def _attempt(
    endpoint: Endpoint, request: Request, deadline: float, attempted: Callable[[Attempt], None]
) -> Answer:
    started = time.monotonic()
    try:
        answer = await endpoint.ask(request, timeout_seconds=max(0.001, deadline - started))
    except ModelError as error:
        took = error.answer or Answer(text="")
        attempted(
            Attempt(
                failure=error.failure,
                model=took.model or endpoint.model,
                tokens=took.tokens,
                seconds=time.monotonic() - started,
            )
        )
        raise
    attempted(
        Attempt(
            failure=None,
            model=answer.model or endpoint.model,
            tokens=answer.tokens,
            seconds=time.monotonic() - started,
        )
    )
    return answer
