"""One stage of the cascade in the configuration file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from komainu.cascade import Thresholds


class Strict(BaseModel):
    """Settings that know all their keys, and never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ThresholdSettings(Strict):
    """How sure a stage must be; see `komainu.cascade.Thresholds`."""

    clear_below: float = Field(default=Thresholds().clear_below, ge=0.0, le=1.0)
    violated_from: float = Field(default=Thresholds().violated_from, ge=0.0, le=1.1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        self.thresholds()
        return self

    def thresholds(self) -> Thresholds:
        """The same as the cascade wants them."""
        return Thresholds(clear_below=self.clear_below, violated_from=self.violated_from)


class ClauseSettings(Strict):
    """One `[stages.clauses."policy/CL1"]` table: what it does not say is as for the stage."""

    clear_below: float | None = Field(default=None, ge=0.0, le=1.0)
    violated_from: float | None = Field(default=None, ge=0.0, le=1.1)


# A reasoner's verdict counts once its reasons are checked; one answer without likelihoods is worth .25 or .75.
EMBEDDED, REASONER, RULES = "embedded", "safeguard", "rules"
_REASONER_STAGE = {"clear_below": 0.3, "violated_from": 0.7, "timeout_seconds": 120.0, "later": True, "certified": "no"}


class StageSettings(ThresholdSettings):
    """One `[[stages]]` table; what it does not say is as suits its judge."""

    judge: str  # a name under which a judge is installed
    timeout_seconds: float = Field(default=30.0, gt=0)
    certified: Literal["no", "where_tried", "only"] = "where_tried"  # see `Stage.warrants`; rules, a reasoner: no
    later: bool = False  # whether `batch --later` leaves its judge to `settle`; a reasoner: true
    options: Mapping[str, Any] = {}  # passed to the judge
    clauses: Mapping[str, ClauseSettings] = {}  # thresholds by clause key

    @model_validator(mode="before")
    @classmethod
    def _suits_its_judge(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and given.get("judge") == REASONER:
            return {**_REASONER_STAGE, **given}
        if isinstance(given, Mapping) and given.get("judge") == RULES:
            return {"certified": "no", **given}
        return given

    @model_validator(mode="after")
    def _clauses_in_order(self) -> Self:
        for one in (self.thresholds(), *self.by_clause().values()):
            if self.judge == REASONER and not one.clear_below <= 0.5 < one.violated_from:
                raise ValueError(
                    "a reasoner's .5 is neither a yes nor a no: expected clear_below up to .5 and violated_from above; "
                    f"got {one.clear_below:g} and {one.violated_from:g}"
                )
        return self

    def by_clause(self) -> Mapping[str, Thresholds]:
        """The thresholds of the clauses that have their own; what a clause does not say is as for the stage."""
        whole = {"clear_below": self.clear_below, "violated_from": self.violated_from}
        return MappingProxyType(
            {key: Thresholds(**whole | given.model_dump(exclude_none=True)) for key, given in self.clauses.items()}
        )
