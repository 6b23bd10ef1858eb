"""What policies that meet contradict each other in."""

from komainu.evals.conflicts.conflict import Conflict, Sort, Written, meets
from komainu.evals.conflicts.find import Conflicts, find_conflicts

__all__ = ["Conflict", "Conflicts", "Sort", "Written", "find_conflicts", "meets"]
