"""What an answer says about each clause, read and audited."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from komainu.domain import Content, Span
from komainu.judges.safeguard.audit import audit
from komainu.judges.safeguard.probability import of_labels, of_votes, of_words
from komainu.judges.safeguard.profiles import QWEN_CATEGORIES, Profile
from komainu.judges.safeguard.question import Question
from komainu.judges.safeguard.reading import read_said
from komainu.judges.safeguard.said import Unreadable
from komainu.models.answer import Answer
from komainu.policies.render import Form, Prompt

_SAFETY = MappingProxyType({"unsafe": 1, "safe": 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What was said of one clause, and believed."""

    violated: bool
    probability: float  # of a violation, 0 to 1
    rationale: str = ""
    evidence: tuple[Span, ...] = ()
    severity: int = 0
    confidence: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Of one answer: views by clause key, and why there is none on the others."""

    said: Mapping[str, View]
    problems: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # by clause key
    silent: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # by clause key: it cannot say
    findings: tuple[str, ...] = ()  # of the audit, as `check:clause`


def views_of(answer: Answer, prompt: Prompt, question: Question, content: Content, profile: Profile) -> Views:
    """The views in an answer to the prompt; Unreadable where it holds none at all."""
    match profile.form:
        case Form.YES_NO:
            return _one_word(answer, prompt)
        case Form.LLAMA_GUARD:
            return _listed(answer, prompt)
        case Form.QWEN_GUARD:
            return _categorised(answer, question, profile)
        case _:
            return _structured(answer, prompt, question, content)


def _structured(answer: Answer, prompt: Prompt, question: Question, content: Content) -> Views:
    said = read_said(answer.text, prompt.labels, "\n".join((*content.context, content.text)))
    checked = audit(said, content=content, policies=question.policies, labels=prompt.labels)
    likely = of_labels(answer.logprobs, tuple(prompt.labels))
    views, problems = {}, {}
    for label, key in prompt.labels.items():
        faults = [found for found in checked.findings if checked.is_fatal(found, label)]
        if faults:
            more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
            problems[key] = f"{faults[0].check}: {faults[0].detail}{more}"
            continue
        violated = said.violated[label]
        probability = likely.get(label, of_votes(int(violated), 1))
        probability = _as_said(probability, violated)
        views[key] = View(
            violated=violated,
            probability=probability,
            rationale=said.rationale,
            evidence=checked.evidence.get(label, ()) if violated else (),
            severity=(said.severity or 0) if violated else 0,
            confidence=said.confidence,
            remedy=said.remedy if violated else "",
        )
    findings = tuple(f"{found.check}:{found.clause}".rstrip(":") for found in checked.findings)
    return Views(said=views, problems=problems, findings=findings)


def _as_said(probability: float, violated: bool) -> float:
    """The probability; .5 where what was written is not what was likelier: then nothing is sure."""
    return probability if (probability >= 0.5) is violated else 0.5


def _one_word(answer: Answer, prompt: Prompt) -> Views:
    """A yes or a no at the first token that is one; there are no reasons to check."""
    first = (answer.text.split() or [""])[0].strip(".,:!\"'")
    if first not in prompt.answers:
        expected = ", ".join(prompt.answers)
        raise Unreadable(f"expected one of {expected}; got {first[:40]!r}")
    violated = bool(prompt.answers[first])
    token = next((token for token in answer.logprobs if token.text.strip() in prompt.answers), None)
    probability = None if token is None else of_words(token, prompt.answers)
    usual = of_votes(int(violated), 1)
    view = View(violated=violated, probability=usual if probability is None else _as_said(probability, violated))
    return Views(said=dict.fromkeys(prompt.labels.values(), view))


def _listed(answer: Answer, prompt: Prompt) -> Views:
    """`safe`, or `unsafe` and the categories below it."""
    first, *rest = [line.strip() for line in answer.text.strip().splitlines() if line.strip()] or [""]
    if first.casefold() not in _SAFETY:
        raise Unreadable(f"expected safe or unsafe; got {first[:40]!r}")
    named = {part.strip() for line in rest for part in line.split(",") if part.strip()}
    if strangers := named - set(prompt.labels):
        raise Unreadable(f"expected categories of the prompt; got {', '.join(sorted(strangers))[:80]}")
    unsafe = bool(_SAFETY[first.casefold()])
    if unsafe is not bool(named):
        raise Unreadable("expected safe alone, or unsafe and its categories; got one without the other")
    token = next((token for token in answer.logprobs if token.text.strip() in _SAFETY), None)
    likely = None if token is None else of_words(token, _SAFETY)
    views = {}
    for label, key in prompt.labels.items():
        violated = label in named
        usual = of_votes(int(violated), 1)
        sure = usual if likely is None or unsafe is not violated else _as_said(likely, violated)
        views[key] = View(violated=violated, probability=sure)
    return Views(said=views)


_LEVELS = MappingProxyType({"unsafe": 0.75, "controversial": 0.5, "safe": 0.25})  # by Jeffreys' rule, and unsure
_LINE = re.compile(r"^[ \t]*(Safety|Categories):[ \t]*(.*?)[ \t]*$", re.MULTILINE)


def _categorised(answer: Answer, question: Question, profile: Profile) -> Views:
    """Qwen3Guard's own categories: they can find what stands for a clause, and never clear one."""
    lines: dict[str, list[str]] = {}
    for name, value in _LINE.findall(answer.text):
        lines.setdefault(name, []).append(value)
    safety, named = lines.get("Safety", []), lines.get("Categories", [])
    if len(safety) != 1 or len(named) != 1 or safety[0].casefold() not in _LEVELS:
        raise Unreadable(f"expected one line of Safety and one of Categories; got {answer.text[:60]!r}")
    level = safety[0].casefold()
    found = {part.strip().casefold() for part in named[0].split(",")} - {"none", ""}
    if strangers := found - {name.casefold() for name in QWEN_CATEGORIES}:
        raise Unreadable(f"expected categories of the model; got {', '.join(sorted(strangers))[:80]}")
    if (level == "safe") is bool(found):
        raise Unreadable(f"expected categories where the content is not safe, and only there; got {answer.text[:60]!r}")
    views, silent = {}, {}
    asked = [one for policy in question.policies for one in policy.clauses if one.key in profile.categories]
    for clause in asked:
        categories = [name for name in profile.categories[clause.key] if name.casefold() in found]
        if categories:
            words = f"{level}: {', '.join(categories)}, which stand for this clause"
            views[clause.key] = View(violated=True, probability=_LEVELS[level], rationale=words)
        else:
            silent[clause.key] = f"{level}: the model's categories can find a violation of this clause, not clear it"
    return Views(said=views, silent=silent)
