"""Policies as software: Markdown in, checked policies out."""

from komainu.policies.cases import Case, load_cases
from komainu.policies.find import load_rulebook, policy_files, starter_path
from komainu.policies.lint import Finding, Level, explain, lint
from komainu.policies.parse import load, parse
from komainu.policies.show import render_markdown
from komainu.policies.skeleton import skeleton

__all__ = [
    "Case",
    "Finding",
    "Level",
    "explain",
    "lint",
    "load",
    "load_cases",
    "load_rulebook",
    "parse",
    "policy_files",
    "render_markdown",
    "skeleton",
    "starter_path",
]
