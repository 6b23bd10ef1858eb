"""What any judge can do."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from komainu.domain import Clause, Content, Opinion, Rulebook


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
