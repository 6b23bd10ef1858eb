"""What is judged again: the decisions on record, or anything that comes with an id."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from komainu.domain import Content, Decision
from komainu.evals.simulation.strata import Group, Grouping
from komainu.store import Store

PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One piece of history, by name."""

    id: str  # of a decision, or the number of a row
    group: Group | None  # None: it was not judged under the policy, and is counted alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One piece of history, whole."""

    id: str
    content: Content
    decision: Decision | None = None  # None: it was never decided on


class History(Protocol):
    """History, read twice: all of it by name, then the sample whole."""

    def units(self) -> AsyncIterator[Unit]:
        """Every unit, in any order."""
        ...

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Past]:
        """Those of these ids whose content is still kept."""
        ...


class RecordHistory:
    """The decisions on record, a page in memory at a time."""

    def __init__(
        self, store: Store, grouping: Grouping, policy: str, *, since: datetime | None, every: bool = False
    ) -> None:
        """Those made under a policy (id), with `every` also the others."""
        self._store, self._grouping, self._policy = store, grouping, policy
        self._since, self._every = since, every

    async def units(self) -> AsyncIterator[Unit]:
        """Each decision that stands in no other's place: a content that was decided on again counts once."""
        after = ""
        while page := await self._store.decisions(since=self._since, after=after, limit=PAGE):
            for decision in page:
                if not decision.supersedes:
                    yield Unit(id=decision.id, group=self._group(decision))
            after = page[-1].id

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, Past]:
        """The decisions of these ids whose content is kept."""
        found = {}
        for one in ids:
            decision = await self._store.decision(one)
            content = await self._store.content(decision.content) if decision is not None else None
            if content is not None:
                found[one] = Past(id=one, content=content, decision=decision)
        return found

    def _group(self, decision: Decision) -> Group | None:
        mine = any(name.partition("@")[0] == self._policy for name in decision.policies)
        return self._grouping(decision) if mine or self._every else None
