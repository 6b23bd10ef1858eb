"""How good judges and policies are: suites, runs, reports."""

from komainu.evals.mutation import Judged, MutationTest, Outcome, Tried, run_mutation_test
from komainu.evals.policy_test import ClauseTest, PolicyTest, TargetCheck, Wrong, run_policy_test
from komainu.evals.report import Group, Ranked, Report, Ruled, report, to_json
from komainu.evals.run import Score, described, evaluate
from komainu.evals.split import base_id, is_held_out
from komainu.evals.suites import Suite, load_suite, load_suites
from komainu.evals.twins import Both, Twins, twins

__all__ = [
    "Both",
    "ClauseTest",
    "Group",
    "Judged",
    "MutationTest",
    "Outcome",
    "PolicyTest",
    "Ranked",
    "Report",
    "Ruled",
    "Score",
    "Suite",
    "TargetCheck",
    "Tried",
    "Twins",
    "Wrong",
    "base_id",
    "described",
    "evaluate",
    "is_held_out",
    "load_suite",
    "load_suites",
    "report",
    "run_mutation_test",
    "run_policy_test",
    "to_json",
    "twins",
]
