"""The words of a clause, as the judge reads them: the rule, its exceptions, and what its policy says beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

from komainu.domain import AllowedClause, Clause, Content, Policy, Role

CONTEXT_CHARS = 300  # of the last turns before the text
MAX_NOTES = 12  # of the notes of one policy; more crowd out the rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseWords:
    """One rule in its setting."""

    rule: str
    exceptions: tuple[str, ...] = ()  # what is allowed although it looks like a violation
    notes: tuple[str, ...] = ()  # purpose, definitions and rules of precedence of the policy

    @property
    def parts(self) -> Iterator[tuple[int, str]]:
        """Kind and text of every part, as they are encoded; the kinds are 0 rule, 1 exception, 2 note."""
        yield 0, f"rule: {self.rule}"
        yield from ((1, f"allowed: {text}") for text in self.exceptions)
        yield from ((2, f"note: {text}") for text in self.notes)


def words_of(policy: Policy, clause: Clause) -> ClauseWords:
    """What a judge reads about `clause`."""
    notes = [f"{definition.term}: {definition.meaning}" for definition in policy.definitions]
    notes += policy.ambiguity
    purpose = [policy.purpose] if policy.purpose else []
    return ClauseWords(
        rule=_titled(clause),
        exceptions=tuple(_titled(allowed) for allowed in policy.exceptions_to(clause)),
        notes=tuple([*purpose, *notes][:MAX_NOTES]),
    )


def _titled(clause: Clause | AllowedClause) -> str:
    return f"{clause.title}. {clause.text}" if clause.title else clause.text


def content_words(text: str, role: Role, context: tuple[str, ...] = ()) -> tuple[str, str]:
    """The text of a content with its role, and the end of the turns before it (empty where there are none)."""
    before = "\n".join(context)[-CONTEXT_CHARS:]
    return f"{_ROLES[role]}: {text}", f"before: {before}" if before else ""


def words_of_content(content: Content) -> tuple[str, str]:
    """`content_words` of a whole content."""
    return content_words(content.text, content.role, content.context)


_ROLES = {role: role.value.replace("_", " ") for role in Role}
