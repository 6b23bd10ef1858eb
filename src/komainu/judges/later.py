"""Stands in a cascade for a judge that is asked at another time."""

from collections.abc import Sequence

from komainu.domain import Clause, Content, Opinion, Reason, Rulebook
from komainu.judges.opinions import abstentions


class LaterJudge:
    """Abstains under the name of the judge whose place it keeps: what it would settle stays open until it is asked."""

    def __init__(self, name: str) -> None:
        """`name`: that of the judge, name@version."""
        self._name = name

    @property
    def name(self) -> str:
        """That of the judge."""
        return self._name

    async def judge(
        self,
        content: Content,  # noqa: ARG002
        clauses: Sequence[Clause],
        rulebook: Rulebook,  # noqa: ARG002
    ) -> Sequence[Opinion]:
        """An abstention per clause; nobody is asked."""
        return abstentions(self._name, clauses, Reason.LATER, f"{self._name} is asked later")
