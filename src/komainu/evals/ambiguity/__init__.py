"""Which clauses judges and people read differently."""

from komainu.evals.ambiguity.gather import Gathered, ambiguity
from komainu.evals.ambiguity.score import FEWEST, Between, ClauseAmbiguity, Confusion, Example, Tally
from komainu.evals.ambiguity.votes import Votes

__all__ = [
    "FEWEST",
    "Between",
    "ClauseAmbiguity",
    "Confusion",
    "Example",
    "Gathered",
    "Tally",
    "Votes",
    "ambiguity",
]
