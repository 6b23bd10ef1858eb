"""K30x: the examples of a policy."""

from collections.abc import Iterator

from komainu.policies.lint.finding import Hit, Level
from komainu.policies.lint.registry import register
from komainu.policies.lint.subject import Subject


@register(
    "K301",
    Level.WARNING,
    "a violating clause has no example",
    "Examples near the line show a judge where it runs; the embedded judge learns from them as it reads the policy.",
)
def no_violating_example(subject: Subject) -> Iterator[Hit]:
    """A clause that nothing illustrates."""
    for draft, clause in zip(subject.draft.body.clauses, subject.policy.clauses, strict=True):
        if not clause.examples:
            yield subject.hit(f"{clause.id} has no example; add `- **{clause.id}**: ...` under Examples", draft.place)


@register(
    "K302",
    Level.WARNING,
    "nothing shows what is allowed",
    "With examples of one side only, a judge takes the topic for the violation. Add some that are fine.",
)
def no_allowed_example(subject: Subject) -> Iterator[Hit]:
    """A policy whose examples all violate it."""
    if not subject.policy.fine and not any(clause.examples for clause in subject.policy.allowed):
        yield subject.hit("no example shows what is allowed; add `- **none**: ...` under Examples")


@register(
    "K303",
    Level.WARNING,
    "one text is an example of both sides",
    "It teaches a judge nothing; drop one of the two.",
)
def both_sides(subject: Subject) -> Iterator[Hit]:
    """An example that violates and is allowed."""
    violating = {clause.id for clause in subject.policy.clauses}
    sides: dict[str, bool] = {}
    for example in subject.draft.body.examples:
        violates = not violating.isdisjoint(example.ids)
        if sides.setdefault(example.text, violates) != violates:
            yield subject.hit("the same text is an example of a violation and of what is allowed", example.place)


@register(
    "K304",
    Level.WARNING,
    "a case repeats an example",
    "Judges learn from the examples; a test that repeats one measures memory. Change the case.",
)
def repeated_example(subject: Subject) -> Iterator[Hit]:
    """A case whose text is an example."""
    examples = {example.text.casefold() for example in subject.draft.body.examples}
    for case in subject.cases:
        if case.text.casefold() in examples:
            yield subject.hit_cases(f"the case {case.id} repeats an example of the policy", case.line)
