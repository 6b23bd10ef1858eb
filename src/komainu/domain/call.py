"""One request to a model."""

from dataclasses import dataclass

ANSWERED = "answered"
COUNTERFACTUAL, REDERIVATION, REPEAT = "counterfactual", "rederivation", "repeat"
PROBES = (COUNTERFACTUAL, REDERIVATION, REPEAT)  # of a verdict, behind it
CACHED, SHARED = "cached", "shared"  # from before, or with another who asked the same: nothing was sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a model on behalf of a judge: what it took, and what came of it."""

    judge: str  # name@version
    model: str  # as the server names it
    policies: tuple[str, ...]  # ids of the policies it was asked about
    effort: str = ""  # low, medium, high; empty for models without
    purpose: str = ""  # which probe of a verdict it was made for; empty: to judge
    outcome: str = ANSWERED  # `answered`, or in a word why its answer was not used
    findings: tuple[str, ...] = ()  # what the audit of its answer found wrong, as `check:clause`
    tokens_in: int = 0  # of the prompt, cached ones included
    tokens_cached: int = 0  # of those, read from the server's prefix cache
    tokens_reasoning: int = 0  # of the answer, spent on reasoning
    tokens_out: int = 0  # of the answer, reasoning included
    seconds: float = 0.0  # wall time
    cost_usd: float = 0.0

    @property
    def was_made(self) -> bool:
        """Whether a request went out."""
        return self.outcome not in {CACHED, SHARED}
