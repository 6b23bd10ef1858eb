"""What people say about decisions, what it comes to, and who gets what to rule on."""

from komainu.reviews.appeal import appeal
from komainu.reviews.rule import clause_key, comes_to, rule
from komainu.reviews.votes import Count, History, open_in, settled, standing, waiting

__all__ = ["Count", "History", "appeal", "clause_key", "comes_to", "open_in", "rule", "settled", "standing", "waiting"]
