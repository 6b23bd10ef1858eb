"""How a call to a model fails."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum

from komainu.errors import JudgeError
from komainu.models.answer import Answer


class Failure(StrEnum):
    """Why there is no answer that can be used."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    STALLED = "stalled"  # a stream that stopped coming
    DROPPED = "dropped"  # the connection ended before the answer did
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    REFUSED = "refused"  # the server does not take the request: key, model, parameter
    TOO_LONG = "too_long"  # the prompt does not fit the model's context
    GARBLED = "garbled"  # not what the protocol says
    HARMONY = "harmony"  # the server could not parse its own model's channels
    EMPTY = "empty"
    OUT_OF_BUDGET = "out_of_budget"  # the tokens ended before the answer did
    CONTENT_FILTER = "content_filter"
    OTHER_MODEL = "other_model"
    CIRCUIT_OPEN = "circuit_open"  # it failed so often that it is left alone for a while


_RETRYABLE = frozenset(
    {
        Failure.UNREACHABLE,
        Failure.STALLED,
        Failure.DROPPED,
        Failure.RATE_LIMITED,
        Failure.SERVER_ERROR,
        Failure.GARBLED,
        Failure.HARMONY,
        Failure.EMPTY,
    }
)
# What says that the server itself is in trouble, and not that one request is.
TROUBLE = frozenset(
    {Failure.UNREACHABLE, Failure.TIMED_OUT, Failure.STALLED, Failure.DROPPED, Failure.SERVER_ERROR, Failure.GARBLED}
)


class ModelError(JudgeError):
    """A model server did not answer, or not usefully; says how, without words of the content."""

    def __init__(
        self,
        failure: Failure,
        detail: str,
        *,
        answer: Answer | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.failure = failure
        self.answer = answer  # where there was one, for what it took
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may fare better a little later."""
        return self.failure in _RETRYABLE


_SECONDS = re.compile(r"\d+(\.\d+)?")
_CONTEXT = ("context length", "context size", "context window", "context_length", "context_size")
_ECHO = 20  # characters from which words of the request that the server repeats are no coincidence


def of_status(status: int, body: bytes | str, headers: Mapping[str, str], *, unsaid: Sequence[str] = ()) -> ModelError:
    """What an HTTP status other than 2xx means; what the server says is left out where it repeats words of `unsaid`."""
    said = _message(body)
    folded = said.casefold()
    if not said or any(_repeats(said, words) for words in unsaid):
        detail = f"expected an answer; got {status}"
    else:
        detail = f"expected an answer; the server said {status}: {said}"
    if "harmony" in folded:
        return ModelError(Failure.HARMONY, detail)
    if status == 429:
        return ModelError(Failure.RATE_LIMITED, detail, retry_after_seconds=retry_after(headers))
    if status in {408, 504}:
        return ModelError(Failure.TIMED_OUT, detail)
    if status == 413 or any(words in folded for words in _CONTEXT) or (status < 500 and "too long" in folded):
        return ModelError(Failure.TOO_LONG, f"{detail}; shorten the policy or give the model a longer context")
    if status >= 500:
        return ModelError(Failure.SERVER_ERROR, detail, retry_after_seconds=retry_after(headers))
    if "content_filter" in folded or "content management policy" in folded:
        return ModelError(Failure.CONTENT_FILTER, detail)
    return ModelError(Failure.REFUSED, f"{detail}; check the URL, the model's name, the key and the profile")


def of_error(body: bytes | str, *, unsaid: Sequence[str] = ()) -> ModelError:
    """What an error means that comes with a status of 200, or in a stream: by its code where that is a status."""
    code = _found(body, "code")
    is_status = isinstance(code, int) and 400 <= code < 600
    return of_status(int(str(code)) if is_status else 500, body, {}, unsaid=unsaid)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, from Retry-After (seconds or a date) or retry-after-ms."""
    exact = headers.get("retry-after-ms", "").strip()
    if _SECONDS.fullmatch(exact):
        return float(exact) / 1000
    given = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(given):
        return float(given)
    try:
        moment = parsedate_to_datetime(given)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _message(body: bytes | str) -> str:
    """What the server says went wrong, in one line: of JSON its message, of anything else nothing."""
    found = _found(body, "detail", "message")
    return " ".join(found.split())[:200] if isinstance(found, str) else ""


def _found(body: bytes | str, *names: str) -> object:
    """What stands under the names, each within the one before where it is there, of the body's error."""
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in ("error", *names):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return found


def _repeats(said: str, words: str) -> bool:
    """Whether a stretch of the words, or all of few, stands in what the server said."""
    plain = " ".join(words.split())
    size = min(_ECHO, len(plain))
    return bool(size) and any(said[start : start + size] in plain for start in range(len(said) - size + 1))
