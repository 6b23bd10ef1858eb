"""What `komainu learn run` was told, has at hand, and comes to."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from komainu.apps.settings import Settings
from komainu.apps.stage_settings import EMBEDDED
from komainu.cascade import Stage
from komainu.domain import Policy, Rulebook, State, Step
from komainu.judges.embedded.weights import Weights
from komainu.learning.flywheel import RULE, step
from komainu.policies import Case
from komainu.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the command was told."""

    policies: tuple[Path, ...]
    labels: Path | None
    distil: bool
    every_version: bool
    shadow_contents: int
    canary_share: float
    canary_rulings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What came of it."""

    step: Step | None = None  # None: nothing was to be done
    why: str = ""  # where there is no step
    lines: tuple[str, ...] = ()
    table: Table | None = None
    clauses: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is at hand."""

    settings: Settings
    fits: Path
    plan: Plan
    files: tuple[tuple[Policy, tuple[Case, ...]], ...]
    store: Store
    weights: Weights

    @property
    def rulebook(self) -> Rulebook:
        """All policies that are taught."""
        return Rulebook(policies=tuple(policy for policy, _ in self.files))

    def stage(self, version: str = "") -> Stage:
        """The embedded judge's stage with a version of what was fitted, and no certificates; live without a name."""
        stage = next(one for one in self.settings.stages if one.judge == EMBEDDED)
        options = {**stage.options, "version": version}
        alone = self.settings.model_copy(update={"stages": (stage.model_copy(update={"options": options}),)})
        return alone.cascade(certified=False).stages[0]

    async def take(self, judge: str, state: State, why: str, *, share: float = 0.0) -> Step:
        """Put a step on record that a rule takes."""
        taken = step(judge, state, by=RULE, why=why, share=share, at=datetime.now(UTC))
        await self.store.add_steps([taken])
        return taken
