"""One contradiction between two policies."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from komainu.domain import Policy


class Sort(StrEnum):
    """What contradicts what."""

    SAME_ID = "same id"  # two files, one id: labels, decisions and precedence cannot tell them apart
    CIRCLE = "circle"  # precedence that leads back to where it began
    EXAMPLE = "example"  # one text, allowed by one policy and violating by the other
    RULE = "rule"  # exact rules of one match what the other allows
    CLAUSE = "clause"  # one clause in two policies, with another severity or action
    WORDS = "words"  # what one allows is worded like what the other forbids
    JUDGED = "judged"  # judges find that what one allows violates the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One contradiction; certain where it follows from what is written, likely where a judge or likeness says so."""

    sort: Sort
    is_certain: bool
    first: str  # key of the clause or exception, `policy/none` for what no clause touches, or a policy's id
    second: str
    what: str  # in one sentence
    text: str = ""  # the content it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A policy, and where it is written."""

    policy: Policy
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A text that a policy allows."""

    policy: Policy
    key: str  # of the exception; `policy/none` where it is an example of what no clause touches
    text: str


def meets(one: Policy, other: Policy) -> bool:
    """Whether both are meant for some kind of content; a policy that names none is meant for all."""
    return not (one.applies_to and other.applies_to) or bool(set(one.applies_to) & set(other.applies_to))


def allowed_by(policy: Policy) -> Iterator[Allowed]:
    """Examples of its exceptions, phrases that these excuse, and examples of what no clause touches."""
    for exception in policy.allowed:
        for text in (*exception.examples, *exception.rules.phrases, *exception.rules.words):
            yield Allowed(policy=policy, key=exception.key, text=text)
    for text in policy.fine:
        yield Allowed(policy=policy, key=f"{policy.id}/none", text=text)
