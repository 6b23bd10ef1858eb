"""What a changed policy would have done to history."""

from komainu.evals.simulation.history import History, Past, RecordHistory, Unit
from komainu.evals.simulation.lanes import Lane, lanes
from komainu.evals.simulation.outcome import ClauseFlips, Flip, Move, Shift, Simulation, Taken
from komainu.evals.simulation.simulate import MOST, Plan, simulate
from komainu.evals.simulation.strata import Group, Grouping
from komainu.evals.simulation.surface import Surface

__all__ = [
    "MOST",
    "ClauseFlips",
    "Flip",
    "Group",
    "Grouping",
    "History",
    "Lane",
    "Move",
    "Past",
    "Plan",
    "RecordHistory",
    "Shift",
    "Simulation",
    "Surface",
    "Taken",
    "Unit",
    "lanes",
    "simulate",
]
