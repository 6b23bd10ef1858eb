"""Two versions of a policy, and what differs in meaning between them."""

from komainu.policies.diff.change import Change, Effect, Kind, Part
from komainu.policies.diff.compare import PolicyDiff, compare
from komainu.policies.diff.pair import Paired, paired
from komainu.policies.diff.touched import touched
from komainu.policies.diff.warn import warnings
from komainu.policies.diff.words import Edit, Op, edits, likeness

__all__ = [
    "Change",
    "Edit",
    "Effect",
    "Kind",
    "Op",
    "Paired",
    "Part",
    "PolicyDiff",
    "compare",
    "edits",
    "likeness",
    "paired",
    "touched",
    "warnings",
]
