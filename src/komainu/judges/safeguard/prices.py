"""What a call costs."""

from dataclasses import dataclass

from komainu.models.answer import Tokens

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """US dollars for a million tokens; all zero for a server of one's own."""

    prompt_usd: float = 0.0
    cached_usd: float | None = None  # None: as other tokens of the prompt
    output_usd: float = 0.0

    def __post_init__(self) -> None:
        if min(self.prompt_usd, self.output_usd, self.cached_usd or 0.0) < 0:
            raise ValueError("a price is not negative")

    def cost_usd(self, tokens: Tokens) -> float:
        """Of a call that took these tokens."""
        cached = self.prompt_usd if self.cached_usd is None else self.cached_usd
        fresh = max(0, tokens.prompt - tokens.cached)
        return (fresh * self.prompt_usd + tokens.cached * cached + tokens.output * self.output_usd) / _MILLION
