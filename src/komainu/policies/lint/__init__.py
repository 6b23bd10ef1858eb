"""What is weak about a policy, though it can be read."""

from komainu.policies.lint.finding import Finding, Level
from komainu.policies.lint.registry import REGISTRY, Lint, explain
from komainu.policies.lint.run import lint

__all__ = ["REGISTRY", "Finding", "Level", "Lint", "explain", "lint"]
