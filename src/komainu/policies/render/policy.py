"""A policy as the part of a prompt that states it."""

from collections.abc import Iterator, Mapping, Sequence

from komainu.domain import AllowedClause, Clause, Policy
from komainu.policies.render.examples import chosen
from komainu.policies.render.words import Words


def labels_of(policies: Sequence[Policy]) -> dict[str, str]:
    """What each violating clause is called, with its key: by its id, or by its key where there are several policies."""
    alone = len(policies) == 1
    return {clause.id if alone else clause.key: clause.key for policy in policies for clause in policy.clauses}


def policy_text(policy: Policy, words: Words, *, alone: bool) -> str:
    """The policy, all but its exact rules and examples; clauses by id, or by key where it is not alone."""
    name = "" if alone else f"{policy.id}/"
    head = f"## {words.policy}: {policy.title}" + ("" if alone else f" ({policy.id})")
    sections = [head, policy.purpose and f"### {words.purpose}\n{policy.purpose}"]
    if policy.definitions:
        sections.append(_section(words.definitions, (f"- {one.term}: {one.meaning}" for one in policy.definitions)))
    sections.append(_section(words.violates, (_clause(clause, name, words) for clause in policy.clauses)))
    if policy.allowed:
        sections.append(_section(words.allowed, (_allowed(one, name, words) for one in policy.allowed)))
    if policy.ambiguity:
        sections.append(_section(words.ambiguity, (f"- {item}" for item in policy.ambiguity)))
    return "\n\n".join(section for section in sections if section)


def examples_text(policies: Sequence[Policy], words: Words) -> str:
    """Examples on both sides, each with its right answer; empty where the policies have none."""
    alone = len(policies) == 1
    shown = [
        words.example.format(
            text=text, ids=", ".join(one if alone else f"{policy.id}/{one}" for one in ids) or words.no_clause
        )
        for policy in policies
        for text, ids in chosen(policy)
    ]
    return "## {}\n{}".format(words.examples, "\n---\n".join(shown)) if shown else ""


def precedence_text(policies: Sequence[Policy], words: Words) -> str:
    """Which policies come before which; empty where none does."""
    ids = {policy.id for policy in policies}
    above: Mapping[str, list[str]] = {
        policy.id: [
            other.id
            for other in policies
            if other.id in policy.dominates or (policy.id in other.yields_to and other.id in ids)
        ]
        for policy in policies
    }
    lines = [words.dominates.format(one=one, others=", ".join(others)) for one, others in above.items() if others]
    return f"## {words.precedence}\n" + "\n".join(lines) if lines else ""


def clause_text(policy: Policy, clause: Clause, words: Words) -> str:
    """One clause with what bears on it: definitions, exceptions, rules for doubt."""
    sections = []
    if policy.definitions:
        sections.append(_section(words.definitions, (f"- {one.term}: {one.meaning}" for one in policy.definitions)))
    sections.append(_section(words.violates, [_clause(clause, "", words)]))
    if exceptions := policy.exceptions_to(clause):
        sections.append(_section(words.allowed, (_allowed(one, "", words) for one in exceptions)))
    if policy.ambiguity:
        sections.append(_section(words.ambiguity, (f"- {item}" for item in policy.ambiguity)))
    return "\n\n".join(sections)


def categories(policy: Policy) -> Iterator[str]:
    """The violating clauses as S1, S2 and so on, each with the exceptions to it and to no other."""
    for number, clause in enumerate(policy.clauses, 1):
        yield f"S{number}: {clause.title}. {clause.text}"
        yield from (f"- Not S{number}: {one.title}. {one.text}" for one in policy.exceptions_to(clause))


def _section(name: str, lines: Iterator[str] | Sequence[str]) -> str:
    return f"### {name}\n" + "\n".join(lines)


def _clause(clause: Clause, name: str, words: Words) -> str:
    return f"- {name}{clause.id} {clause.title} ({words.severity.format(n=clause.severity)}): {clause.text}"


def _allowed(allowed: AllowedClause, name: str, words: Words) -> str:
    ids = ", ".join(f"{name}{one}" for one in allowed.limits)
    limits = words.limits.format(ids=ids) if ids else words.limits_all
    return f"- {name}{allowed.id} {allowed.title} ({limits}): {allowed.text}"
