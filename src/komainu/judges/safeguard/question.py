"""What one prompt asks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from komainu.domain import Clause, Content, Policy, Rulebook
from komainu.judges.safeguard.effort import EffortRule
from komainu.judges.safeguard.profiles import EFFORTS, Profile
from komainu.policies.render import Form, Prompt, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Some policies, asked about in one prompt at one effort; the clauses are those of them that are open."""

    policies: tuple[Policy, ...]
    clauses: tuple[Clause, ...]
    effort: str
    alone: Clause | None = None  # the one clause that the prompt names, for models that judge one at a time

    def prompt(self, form: Form, content: Content, effort: str) -> Prompt:
        """The prompt, which names every clause of the policies so that its beginning is the same for all contents."""
        return render(form, self.policies, content, effort=effort, clause=self.alone)

    def key(self, content: Content) -> tuple[str, ...]:
        """Names the question about that content, by what is said and not by ids."""
        alone = self.alone.key if self.alone else ""
        return (content.digest, *(policy.digest for policy in self.policies), alone, self.effort)


def questions(
    clauses: Sequence[Clause], rulebook: Rulebook, profile: Profile, rule: EffortRule, policies_per_call: int
) -> Iterator[Question]:
    """The open clauses as questions: so many policies in each, or a clause in each where the form asks for that."""
    still_open: dict[str, list[Clause]] = {}
    for clause in clauses:
        still_open.setdefault(clause.policy, []).append(clause)
    asked = [(rulebook.policy(policy_id), tuple(some)) for policy_id, some in still_open.items()]
    if profile.form is Form.YES_NO:
        for policy, some in asked:
            for clause in some:
                yield Question(policies=(policy,), clauses=(clause,), effort="", alone=clause)
        return
    if profile.form is Form.QWEN_GUARD:
        mapped = [clause for _, some in asked for clause in some if clause.key in profile.categories]
        if mapped:
            policies = dict.fromkeys(clause.policy for clause in mapped)
            yield Question(policies=tuple(map(rulebook.policy, policies)), clauses=tuple(mapped), effort="")
        return
    at_once = 1 if profile.form is Form.LLAMA_GUARD else policies_per_call
    for first in range(0, len(asked), at_once):
        group = asked[first : first + at_once]
        efforts = [rule.effort(policy, some) for policy, some in group]
        yield Question(
            policies=tuple(policy for policy, _ in group),
            clauses=tuple(clause for _, some in group for clause in some),
            effort=max(efforts, key=EFFORTS.index) if profile.has_effort else "",
        )
