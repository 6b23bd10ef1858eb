"""What any judge can do."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, overload, runtime_checkable

from komainu.domain import Call, Clause, Content, Opinion, Rulebook, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Sequence[Opinion]):
    """Opinions with the calls to models that they took: what a judge may answer instead of bare opinions."""

    opinions: tuple[Opinion, ...]
    calls: tuple[Call, ...] = ()
    traces: tuple[Trace, ...] = ()  # what the models thought aloud; not for the decision

    @overload
    def __getitem__(self, index: int) -> Opinion: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Opinion, ...]: ...

    def __getitem__(self, index: int | slice) -> Opinion | tuple[Opinion, ...]:
        return self.opinions[index]

    def __len__(self) -> int:
        return len(self.opinions)


@runtime_checkable
class Closing(Protocol):
    """A judge that holds connections or processes."""

    async def close(self) -> None:
        """Let go of them; the judge takes them up again where it is asked once more."""
        ...


@runtime_checkable
class Queued(Protocol):
    """A judge that takes so many contents at once and lets others wait for their turn."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Waits for a turn and holds it: the time that a judge has for a content begins with its turn."""
        ...


@runtime_checkable
class Calibrated(Protocol):
    """A judge that takes calibrations."""

    @property
    def bare_name(self) -> str:
        """Its name without what was learnt from labels: calibrations are made for it."""
        ...


@runtime_checkable
class Taught(Protocol):
    """A judge that remembers what it learnt from: labels on that prove nothing about it."""

    def was_taught(self, digest: str) -> bool:
        """Whether it learnt from the content of that digest."""
        ...


@runtime_checkable
class Judge(Protocol):
    """Gives opinions on clauses.

    A judge may raise, and may be slow: the cascade turns both into abstentions. Blocking work belongs in a thread
    (`asyncio.to_thread`), or it delays everybody else.
    """

    @property
    def name(self) -> str:
        """Name and version, `rules@1`: changes whenever the same content could get another opinion."""
        ...

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Sequence[Opinion]:
        """One opinion per clause, in the order of `clauses`, each naming its clause and this judge.

        `clauses` are those still open, of all policies of `rulebook`; definitions and exceptions are found in its
        policies.
        """
        ...
