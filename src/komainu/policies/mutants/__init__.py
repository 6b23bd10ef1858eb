"""Policies that say something else than one that was written: what a test suite must tell from it."""

from komainu.policies.mutants.make import Made, make, restated
from komainu.policies.mutants.mutant import Mutant, NotMade, Operator
from komainu.policies.mutants.oracle import Reading, Trace, decided_cases, read_labels, redundant
from komainu.policies.mutants.weaken import Weaker, weakened

__all__ = [
    "Made",
    "Mutant",
    "NotMade",
    "Operator",
    "Reading",
    "Trace",
    "Weaker",
    "decided_cases",
    "make",
    "read_labels",
    "redundant",
    "restated",
    "weakened",
]
