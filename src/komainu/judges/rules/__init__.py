"""Exact rules: phrases, words, patterns and hashes that violate a clause wherever they occur, found through disguises.

A text is read in three views, each with a map back to the text as it arrived:

    plain       compatibility forms, case, width, kana and whitespace made one; invisible characters and accents gone
    lookalike   plain, with letters of other scripts read as the Latin letters they look like
    loose       lookalike, with spelled-out words joined, leetspeak read as letters and repeats squeezed

Phrases are searched in plain and lookalike as they are. The loose view only proposes: each find is then held against an
expression of what counts as a disguise of that phrase, so `good` is not `god` and `50` is not `so`.
"""

from komainu.judges.rules.judge import RulesJudge

__all__ = ["RulesJudge"]
