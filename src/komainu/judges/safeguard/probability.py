"""How likely a clause is violated, from how likely the tokens of the answer were."""

import math
import re
from collections.abc import Mapping, Sequence

from komainu.models.answer import Token

_VALUE = r"\s*:\s*\"?([01])"


def of_labels(tokens: Sequence[Token], labels: Sequence[str]) -> dict[str, float]:
    """The probability of a 1 where the answer has a clause's 0 or 1, by label.

    The answer is JSON with `"clauses": {"SP1": 1, ...}`. Where the token holds more than the digit, or no alternative
    to it is known, the label is left out.
    """
    text = "".join(token.text for token in tokens)
    start = text.rfind('"clauses"')
    found = {}
    for label in labels if start >= 0 else ():
        values = list(re.compile(re.escape(f'"{label}"') + _VALUE).finditer(text, start))
        token = _at(tokens, values[0].start(1)) if values else None
        probability = None if token is None else of_words(token, {"1": 1, "0": 0})
        if probability is not None:
            found[label] = probability
    return found


def of_words(token: Token, answers: Mapping[str, int]) -> float | None:
    """The share of the words that mean 1 among those that mean 1 or 0, at one token; None where one side is unknown."""
    mass = {0: 0.0, 1: 0.0}
    seen = {0: False, 1: False}
    for word, logprob in {**token.others, token.text: token.logprob}.items():
        meaning = answers.get(word.strip().strip('"'))
        if meaning is not None and not math.isnan(logprob):
            mass[meaning] += math.exp(min(logprob, 0.0))
            seen[meaning] = True
    if not all(seen.values()) or not sum(mass.values()):
        return None
    return mass[1] / (mass[0] + mass[1])


def of_votes(violated: int, votes: int) -> float:
    """From so many of so many samples that say violated, by Jeffreys' rule: one sample alone is .25 or .75."""
    return (violated + 0.5) / (votes + 1)


def _at(tokens: Sequence[Token], place: int) -> Token | None:
    """The token that holds the character at that place of the joined text."""
    start = 0
    for token in tokens:
        if start <= place < start + len(token.text):
            return token
        start += len(token.text)
    return None
