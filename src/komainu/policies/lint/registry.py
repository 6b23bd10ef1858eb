"""All lints, by code."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from komainu.errors import UsageError
from komainu.policies.lint.finding import Finding, Hit, Level
from komainu.policies.lint.subject import Subject
from komainu.policies.source import suggest

Check = Callable[[Subject], Iterator[Hit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """One thing that is looked for, and why."""

    code: str
    level: Level
    title: str  # what it finds
    why: str  # it matters, and what to do
    check: Check | None = None  # None: found in another way than by looking at one policy

    def finding(self, hit: Hit) -> Finding:
        """A finding of this lint."""
        return Finding(
            code=self.code,
            level=self.level,
            message=hit.message,
            why=self.why,
            line=hit.line,
            column=hit.column,
            path=hit.path,
        )


REGISTRY: dict[str, Lint] = {}


def register(code: str, level: Level, title: str, why: str) -> Callable[[Check], Check]:
    """Enter a check under a code."""

    def enter(check: Check) -> Check:
        REGISTRY[code] = Lint(code=code, level=level, title=title, why=why, check=check)
        return check

    return enter


def declare(code: str, level: Level, title: str, why: str) -> Lint:
    """Enter a lint that is found in another way than by looking at one policy."""
    REGISTRY[code] = Lint(code=code, level=level, title=title, why=why)
    return REGISTRY[code]


def explain(code: str) -> str:
    """What a code means, why it matters and how to accept it; UsageError names the code that was meant."""
    lint = REGISTRY.get(code.upper())
    if lint is None:
        raise UsageError(f"there is no lint {code!r}; {suggest(code.upper(), sorted(REGISTRY))}")
    accept = (
        f"To accept it, put `lint: {{allow: [{lint.code}]}}` into the front matter, or "
        f"`<!-- lint: allow {lint.code} -->` on the line above or at the end of the line."
        if lint.code != "K100"
        else "It cannot be accepted: a policy that cannot be read is not in force."
    )
    return f"{lint.code} ({lint.level.value}): {lint.title}\n\n{lint.why}\n\n{accept}"
