"""What people say about decisions, and what it comes to."""

from komainu.reviews.rule import clause_key, comes_to, open_in, rule, standing, waiting

__all__ = ["clause_key", "comes_to", "open_in", "rule", "standing", "waiting"]
