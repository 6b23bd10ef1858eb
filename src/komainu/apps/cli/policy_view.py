"""A policy as a person reads it."""

from collections.abc import Iterator

from rich.panel import Panel
from rich.text import Text

from komainu.apps.cli.console import ACTION_STYLE, counted, lines, printable, stdout
from komainu.domain import AllowedClause, Clause, ExactRules, Policy

SEVERITY = {1: "minor", 2: "medium", 3: "high", 4: "critical"}


def show_policy(policy: Policy) -> None:
    """Print the policy: what it is for, its clauses with action and severity, exceptions, and how many examples."""
    stdout.print(Panel(Text(lines(policy.purpose)), title=Text(printable(_headline(policy))), title_align="left"))
    stdout.print(Text(printable(" · ".join(_facts(policy)))), style="dim")
    for definition in policy.definitions:
        stdout.print(Text.assemble((printable(definition.term), "italic"), f": {lines(definition.meaning)}"))
    for clause in policy.clauses:
        _show_clause(clause, policy)
    for allowed in policy.allowed:
        _show_allowed(allowed)
    if policy.ambiguity:
        stdout.print(Text("\nWhere it could be either", "bold"))
    for statement in policy.ambiguity:
        stdout.print(Text(f"- {lines(statement)}"))
    stdout.print()


def _headline(policy: Policy) -> str:
    return f"{policy.title} ({policy.name})"


def _facts(policy: Policy) -> Iterator[str]:
    yield f"language {policy.language}"
    if policy.domain:
        yield policy.domain
    if policy.applies_to:
        yield ", ".join(role.value for role in policy.applies_to)
    if policy.dominates:
        yield f"dominates {', '.join(policy.dominates)}"
    if policy.yields_to:
        yield f"yields to {', '.join(policy.yields_to)}"
    for name, share in (
        ("wrong at most", policy.targets.max_wrong),
        ("held at most", policy.targets.max_held),
        ("recall at least", policy.targets.min_recall),
    ):
        if share is not None:
            yield f"{name} {share:.0%}"
    yield f"{counted(len(policy.fine), 'example')} of what is fine"


def _show_clause(clause: Clause, policy: Policy) -> None:
    about = f"  {SEVERITY[clause.severity]}, {_counted(clause)}"
    exceptions = ", ".join(allowed.id for allowed in policy.exceptions_to(clause))
    stdout.print()
    stdout.print(
        Text.assemble(
            (printable(f"{clause.id} {clause.title}"), "bold"),
            "  ",
            (clause.action.label, ACTION_STYLE[clause.action]),
            (about + (f", except {exceptions}" if exceptions else ""), "dim"),
        )
    )
    stdout.print(Text(lines(clause.text)))


def _show_allowed(allowed: AllowedClause) -> None:
    limits = f"  allowed in spite of {', '.join(allowed.limits) or 'every clause'}, {_counted(allowed)}"
    stdout.print()
    stdout.print(Text.assemble((printable(f"{allowed.id} {allowed.title}"), "bold green"), (limits, "dim")))
    stdout.print(Text(lines(allowed.text)))


def _counted(clause: Clause | AllowedClause) -> str:
    return f"{counted(len(clause.examples), 'example')}, {counted(_rules(clause.rules), 'exact rule')}"


def _rules(rules: ExactRules) -> int:
    return len(rules.phrases) + len(rules.words) + len(rules.patterns) + len(rules.hashes)
