"""What a model thought aloud before it answered."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The raw words of one answer of a model: not checked, maybe quoting the content, and never for end users.

    A decision does not carry its traces, so that nothing that shows a decision can show them.
    """

    judge: str  # name@version
    model: str  # as the server names it
    effort: str  # low, medium, high; empty for models without
    purpose: str = ""  # which probe of a verdict it was made for; empty: to judge
    outcome: str  # as of the call: `answered`, or in a word why the answer was not used
    reasoning: str  # of the reasoning channel; empty where the model has none
    answer: str  # of the final channel, as it came
