"""One difference between two versions of a policy."""

from dataclasses import dataclass
from enum import StrEnum

from komainu.policies.diff.words import Edit


class Effect(StrEnum):
    """What a change can do, by what it means."""

    VERDICT = "verdict"  # other content is found to violate
    ACTION = "action"  # the same is found, and something else is done about it
    NONE = "none"  # neither


class Kind(StrEnum):
    """What happened."""

    ADDED = "added"
    REMOVED = "removed"
    REWORDED = "reworded"
    RENAMED = "renamed"  # the same words under another id
    MOVED = "moved"  # between violating and allowed clauses
    REORDERED = "reordered"
    RESPACED = "respaced"  # spaces and line breaks alone
    CHANGED = "changed"  # a value: severity, action, version and the like


class Part(StrEnum):
    """Of which part of the policy."""

    CLAUSE = "clause"
    EXCEPTION = "exception"
    DEFINITION = "definition"
    AMBIGUITY = "ambiguity"
    EXAMPLES = "examples"  # of what no clause touches
    FRONT = "front"  # front matter and purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference."""

    kind: Kind
    part: Part
    effect: Effect
    name: str  # id of the clause (the new one where it has another), the term, or the key of the front matter
    field: str = ""  # what of it: title, text, severity, examples; empty: all of it
    old: str = ""  # a text or value as it was; empty where there was none
    new: str = ""
    edits: tuple[Edit, ...] = ()  # the way from `old` to `new`, where a text was reworded
    out: tuple[str, ...] = ()  # members of a list that are gone: examples, phrases, ids
    put: tuple[str, ...] = ()  # members that are new


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What of a policy is compared, and what a difference there can do."""

    part: Part
    effect: Effect
    name: str
    field: str = ""
