"""A policy and a content as a prompt, for each kind of model."""

import json
from collections.abc import Sequence
from functools import lru_cache
from types import MappingProxyType

from komainu.domain import Clause, Content, Policy
from komainu.errors import UsageError
from komainu.policies.render.content import content_text, reason_text
from komainu.policies.render.policy import (
    categories,
    clause_text,
    examples_text,
    labels_of,
    policy_text,
    precedence_text,
)
from komainu.policies.render.prompt import Form, Prompt
from komainu.policies.render.schema import answer_schema
from komainu.policies.render.words import ENGLISH, Words, words_in

VERSION = "3"  # changes whenever a prompt does
_REASONING = "Reasoning: {effort}"
_YES_NO = MappingProxyType({"Yes": 1, "yes": 1, "YES": 1, "1": 1, "No": 0, "no": 0, "NO": 0, "0": 0})
_EFFORTS = ("", "low", "medium", "high")
_STEPS = MappingProxyType({"medium": 240, "high": 600})  # characters on a clause, of models told to think in writing
_KEPT = 256  # constant parts


def render(
    form: Form,
    policies: Sequence[Policy],
    content: Content,
    *,
    effort: str = "",
    clause: Clause | None = None,
    delimited: bool = True,
) -> Prompt:
    """The prompt that asks about every clause of the policies, or about `clause` alone in the form that asks so.

    An effort above low makes the form CHAT ask for written steps before the verdict. `delimited` false leaves out the
    fence around the content and what is said of it, to measure what it is worth. UsageError where the form cannot ask
    that.
    """
    given = tuple(policies)
    if form is Form.QWEN_GUARD:  # its template says all that there is to say
        labels = {one.key: one.key for policy in given for one in policy.clauses}
        return Prompt(system="", user=content_text(content, ENGLISH, delimited=False), schema=None, labels=labels)
    system = system_prompt(form, given, effort=effort, clause=clause, delimited=delimited)
    words = words_in({policy.language for policy in given})
    text = content_text(content, words, delimited=delimited)
    match form:
        case Form.YES_NO:
            labels = {clause.id: clause.key} if clause else {}
            asked = words.one_asked.format(id=clause.id, title=clause.title) if clause else ""
            return Prompt(system=system, user=f"{text}\n\n{asked}", schema=None, labels=labels, answers=_YES_NO)
        case Form.LLAMA_GUARD:
            labels = {f"S{number}": one.key for number, one in enumerate(given[0].clauses, 1)}
            asked = "Provide your safety assessment for the content above: safe, or unsafe and its categories."
            return Prompt(system=system, user=f"{text}\n\n{asked}", schema=None, labels=labels)
        case _:
            labels = labels_of(given)
            steps = _STEPS.get(effort, 0) if form is Form.CHAT else 0
            schema = answer_schema(list(labels), steps)
            return Prompt(system=system, user=f"{text}\n\n{words.now}", schema=schema, labels=labels)


def render_reason(form: Form, policies: Sequence[Policy], rationale: str, *, effort: str = "") -> Prompt:
    """The prompt that asks which verdict a rationale states, without the content: its beginning is that of `render`.

    UsageError where the form has no rationales.
    """
    if form not in {Form.SAFEGUARD, Form.CHAT}:
        raise UsageError(f"the form {form.value} gives no reasons")
    given = tuple(policies)
    labels = labels_of(given)
    user = reason_text(rationale, words_in({policy.language for policy in given}))
    steps = _STEPS.get(effort, 0) if form is Form.CHAT else 0
    return Prompt(
        system=system_prompt(form, given, effort=effort),
        user=user,
        schema=answer_schema(list(labels), steps),
        labels=labels,
    )


def system_prompt(
    form: Form, policies: Sequence[Policy], *, effort: str = "", clause: Clause | None = None, delimited: bool = True
) -> str:
    """The part of the prompt that is the same, byte for byte, for all contents."""
    return _system(form, tuple(policies), effort, clause, delimited)


@lru_cache(maxsize=_KEPT)
def _system(form: Form, policies: tuple[Policy, ...], effort: str, clause: Clause | None, delimited: bool) -> str:
    if not policies:
        raise UsageError("a prompt is about at least one policy")
    if len({policy.id for policy in policies}) < len(policies):
        raise UsageError("a prompt names each policy once; two of these have one id")
    if effort not in _EFFORTS:
        raise UsageError(f"expected the effort low, medium, high or none; got {effort!r}")
    words = words_in({policy.language for policy in policies})
    data = words.data if delimited else words.bare
    match form:
        case Form.QWEN_GUARD:
            raise UsageError("Qwen3Guard has categories of its own: it cannot be sent a policy")
        case Form.YES_NO:
            if clause is None or len(policies) != 1:
                raise UsageError("the form yes_no asks about one clause of one policy")
            if clause not in policies[0].clauses:
                raise UsageError(f"{clause.key} is no clause of the policy {policies[0].id}")
            return f"{words.one_clause}\n{data}\n\n{clause_text(policies[0], clause, words)}"
        case Form.LLAMA_GUARD:
            if len(policies) != 1:
                raise UsageError("the form llama_guard asks about one policy at a time")
            return _categories(policies[0], words, data)
        case _:
            return _whole(form, policies, effort, words, data)


def _whole(form: Form, policies: tuple[Policy, ...], effort: str, words: Words, data: str) -> str:
    alone = len(policies) == 1
    flags = json.dumps(dict.fromkeys(labels_of(policies), 0))
    contract = f"{words.answer}\n{words.shape.replace('{CLAUSES}', flags)}"
    parts = [
        _REASONING.format(effort=effort) if effort and form is Form.SAFEGUARD else "",
        f"## {words.instructions}\n{words.task}\n{data}\n{contract}",
        *(policy_text(policy, words, alone=alone) for policy in policies),
        precedence_text(policies, words),
        examples_text(policies, words),
        _steps(policies, effort, words) if form is Form.CHAT else "",  # behind the policy, which a cache then holds
        words.now,
    ]
    return "\n\n".join(part for part in parts if part)


def _steps(policies: tuple[Policy, ...], effort: str, words: Words) -> str:
    if effort not in _STEPS:
        return ""
    said = words.steps_long if effort == "high" else words.steps
    return said.replace("{STEPS}", json.dumps(dict.fromkeys(labels_of(policies), "…"), ensure_ascii=False))


def _categories(policy: Policy, words: Words, data: str) -> str:
    terms = [f"- {one.term}: {one.meaning}" for one in policy.definitions]
    return "\n".join(
        [
            "Task: check whether there is unsafe content in the content below, by these categories alone.",
            data,
            "",
            *([f"{words.definitions}:", *terms, ""] if terms else []),
            "<BEGIN UNSAFE CONTENT CATEGORIES>",
            *categories(policy),
            "<END UNSAFE CONTENT CATEGORIES>",
            "",
            "- The first line of your answer is 'safe' or 'unsafe'.",
            "- If unsafe, the second line lists the violated categories, separated by commas.",
        ]
    )
