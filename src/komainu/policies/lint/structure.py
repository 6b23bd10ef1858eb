"""K1xx: how a policy is built."""

from collections.abc import Iterator, Sequence
from itertools import chain

from komainu.policies.lint.finding import Finding, Hit, Level
from komainu.policies.lint.registry import REGISTRY, declare, register
from komainu.policies.lint.silence import read_notes
from komainu.policies.lint.subject import Subject
from komainu.policies.source import suggest

UNREADABLE = declare(
    "K100",
    Level.ERROR,
    "the policy cannot be read",
    "A policy that cannot be read is not in force, and neither is any rulebook that names it.",
)
REUSED_ID = declare(
    "K106",
    Level.WARNING,
    "a clause id is used by another policy too",
    "Reports and reviewers speak of clauses by their id; one id for two rules gets them confused.",
)


@register(
    "K101",
    Level.WARNING,
    "there is no Ambiguity section",
    "What is not decided in writing is decided by each judge for itself. Say who gets the benefit of the doubt.",
)
def no_ambiguity(subject: Subject) -> Iterator[Hit]:
    """A policy that leaves every doubt open."""
    if not subject.policy.ambiguity:
        yield subject.hit("there is no `## Ambiguity` section")


@register(
    "K102",
    Level.NOTE,
    "a clause gives no severity",
    "It counts as 2 (medium); write the severity down, so that nobody has to know that.",
)
def no_severity(subject: Subject) -> Iterator[Hit]:
    """A clause whose severity is the default."""
    for clause in subject.draft.body.clauses:
        if clause.severity is None:
            yield subject.hit(f"{clause.id} gives no severity; it counts as 2", clause.place)


@register(
    "K103",
    Level.WARNING,
    "an exception does not say what it limits",
    "An allowed clause without limits excuses from every clause of the policy, also from those added later.",
)
def no_limits(subject: Subject) -> Iterator[Hit]:
    """An exception to everything."""
    known = ",".join(clause.id for clause in subject.policy.clauses)
    for clause in subject.draft.body.allowed:
        if not clause.limits:
            yield subject.hit(f"{clause.id} does not say which clauses it limits; add {{limits={known}}}", clause.place)


@register(
    "K104",
    Level.WARNING,
    "a clause is only a title",
    "Judges read the text of a clause; a title alone leaves them to guess where the line runs.",
)
def no_text(subject: Subject) -> Iterator[Hit]:
    """A clause without words of its own."""
    for clause in chain(subject.draft.body.clauses, subject.draft.body.allowed):
        if not clause.text.strip():
            yield subject.hit(f"{clause.id} has a title, but no text", clause.place)


@register(
    "K105",
    Level.WARNING,
    "two clauses have one title",
    "Titles are what reviewers and reports show; two clauses of one title cannot be told apart there.",
)
def same_title(subject: Subject) -> Iterator[Hit]:
    """A title that stands in the policy already."""
    seen: dict[str, str] = {}
    for clause in chain(subject.draft.body.clauses, subject.draft.body.allowed):
        title = clause.title.casefold()
        if title in seen:
            yield subject.hit(f"{clause.id} has the title of {seen[title]}: {clause.title!r}", clause.place)
        seen.setdefault(title, clause.id)


@register(
    "K109",
    Level.WARNING,
    "a code is allowed that does not exist",
    "A mistyped code silences nothing now, and may silence something else later.",
)
def unknown_code(subject: Subject) -> Iterator[Hit]:
    """A code in the front matter or a note that is no lint, or one that cannot be accepted."""
    yaml = subject.draft.yaml
    codes = [(yaml.place(("lint", "allow", n)), code) for n, code in enumerate(subject.draft.head.lint.allow)]
    codes += [(place, code) for place, code, _ in read_notes(subject.draft.source)]
    for place, code in codes:
        if code == UNREADABLE.code:
            yield subject.hit(f"{code} cannot be accepted", place)
        elif code not in REGISTRY:
            yield subject.hit(f"there is no lint {code!r}; {suggest(code, sorted(REGISTRY))}", place)


def reused_ids(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Finding]]:
    """Clause ids that an earlier policy of the set uses; a policy that extends another shares ids on purpose."""
    seen: dict[str, str] = {}
    for subject in subjects:
        if subject.draft.head.extends is not None:
            continue
        for clause in chain(subject.draft.body.clauses, subject.draft.body.allowed):
            owner = seen.setdefault(clause.id, subject.policy.id)
            if owner != subject.policy.id:
                hit = subject.hit(f"{clause.id} is also a clause of {owner}", clause.place)
                yield subject, REUSED_ID.finding(hit)
