"""A stand-in that answers what it is told to: for tests and demonstrations."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from komainu.domain import Abstention, Clause, Content, Opinion, Reason, Rulebook, Verdict
from komainu.errors import JudgeError, UsageError

NAME = "scripted@1"

Settled = float | Reason | Exception | Verdict | Abstention
Answer = Settled | Callable[[Content], Settled]


class Shape(StrEnum):
    """Which opinions come back, of those asked for."""

    WHOLE = "whole"
    TOO_FEW = "too_few"  # the last is missing
    TOO_MANY = "too_many"  # the last comes twice
    OTHER_CLAUSES = "other_clauses"  # each is on a clause that nobody asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One question that the judge was asked."""

    content: Content
    clauses: tuple[Clause, ...]
    rulebook: Rulebook


class ScriptedJudge:
    """Answers from a script: by clause key, else `default`.

    A number is a probability, also one that no honest judge could give (NaN, 2.0); a reason is an abstention; an
    exception is raised; an opinion is given as it is; a function of the content returns any of these. `delay_seconds`
    passes before each answer; infinity never answers.

    `script` is a JSON file with the same names: `{"opinions": {"spam/SP1": 0.9, "spam/SP2": "timed_out",
    "spam/SP3": {"raise": "out of memory"}}, "default": 0.1, "delay_seconds": 0.5}`. JudgeError where it cannot be read.
    """

    def __init__(
        self,
        opinions: Mapping[str, Answer] | None = None,
        *,
        default: Answer = Reason.CANNOT_SAY,
        delay_seconds: float = 0.0,
        shape: Shape | str = Shape.WHOLE,
        script: Path | str | None = None,
    ) -> None:
        self.calls: list[Call] = []
        if script is None:
            self._opinions, self._default = dict(opinions or {}), default
            self._delay_seconds, self._shape = delay_seconds, Shape(shape)
        elif opinions is not None:
            raise UsageError("expected either opinions or a script; got both; put the opinions into the script")
        else:
            read = _read(Path(script))
            self._opinions = {key: _answer(line) for key, line in read.opinions.items()}
            self._default = _answer(read.default)
            self._delay_seconds, self._shape = read.delay_seconds, read.shape

    @property
    def name(self) -> str:
        """Always `scripted@1`: what it says depends on the script alone."""
        return NAME

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        """What the script says about each clause, after the delay; raises the first exception in the script."""
        self.calls.append(Call(content=content, clauses=tuple(clauses), rulebook=rulebook))
        if math.isinf(self._delay_seconds):
            await asyncio.Event().wait()
        await asyncio.sleep(self._delay_seconds)
        opinions = [self._opinion(content, clause.key) for clause in clauses]
        match self._shape:
            case Shape.TOO_FEW:
                return opinions[:-1]
            case Shape.TOO_MANY:
                return opinions + opinions[-1:]
            case _:
                return opinions

    def _opinion(self, content: Content, key: str) -> Opinion:
        answer = self._opinions.get(key, self._default)
        settled = answer(content) if callable(answer) else answer
        named = f"{key}-other" if self._shape is Shape.OTHER_CLAUSES else key
        match settled:
            case Verdict() | Abstention():
                return settled
            case Reason():
                return Abstention(clause=named, judge=NAME, reason=settled, detail="as scripted")
            case Exception():
                raise settled
            case _:
                return _unchecked(named, settled)


class _Raised(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str = Field(alias="raise")


_Line = float | Reason | _Raised


class _Script(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    opinions: dict[str, _Line] = {}
    default: _Line = Reason.CANNOT_SAY
    delay_seconds: float = Field(default=0.0, ge=0)
    shape: Shape = Shape.WHOLE


def _read(path: Path) -> _Script:
    try:
        return _Script.model_validate_json(path.read_bytes())
    except OSError as error:
        raise JudgeError(f"the script {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"][:2]) or "the file"
        raise JudgeError(f"the script {path}, {place}: {first['msg']}; got {first['input']!r:.60}") from error


def _answer(line: _Line) -> Settled:
    return JudgeError(line.message) if isinstance(line, _Raised) else line


def _unchecked(key: str, probability: float) -> Verdict:
    """A verdict with that probability, past the check that keeps an honest judge from it."""
    verdict = Verdict(clause=key, judge=NAME, probability=0.0, rationale="as scripted")
    object.__setattr__(verdict, "probability", probability)
    return verdict
