"""Whether a verdict stands on its reasons: questions asked behind it, on request or by sampling.

*Counterfactual*: the quoted evidence is taken out of the content, and the verdict of violation should weaken.
*Rederivation*: a second reader sees the rationale and not the content, and should find the same verdict. *Repeat*: the
question is asked again, drawn anew.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from komainu.domain import Call, Content, Reason, Span, Trace
from komainu.domain.call import COUNTERFACTUAL, PROBES, REDERIVATION, REPEAT
from komainu.domain.digest import digest_of
from komainu.judges.safeguard.asking import Asking, Found
from komainu.judges.safeguard.question import Question
from komainu.judges.safeguard.reading import read_said
from komainu.judges.safeguard.said import Unreadable
from komainu.judges.safeguard.view import View
from komainu.policies.render import Form, render_reason

WEAKER = 0.05  # by so much a probability must fall to have weakened
_TAKEN_OUT = " [...] "
_SAID = {
    COUNTERFACTUAL: "unmoved",
    REDERIVATION: "differs",
    REPEAT: "differs",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What one probe came to."""

    kind: str
    calls: tuple[Call, ...] = ()
    traces: tuple[Trace, ...] = ()
    failed: frozenset[str] = frozenset()  # keys of clauses whose verdict did not stand it
    unanswered: frozenset[str] = frozenset()  # keys of clauses on which the probe has no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """Which verdicts are probed, how, and what follows."""

    kinds: tuple[str, ...] = ()
    share: float = 1.0  # of questions, drawn by their digest
    holds: bool = False  # whether a verdict that does not stand a probe, or cannot be probed, is none

    def __post_init__(self) -> None:
        if unknown := [kind for kind in self.kinds if kind not in PROBES]:
            raise ValueError(f"expected probes ({', '.join(PROBES)}); got {', '.join(map(repr, unknown))}")
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"expected a probe_share of 0 to 1; got {self.share}")

    async def probed(
        self, asking: Asking, question: Question, content: Content, found: Found, deadline: float
    ) -> Found:
        """What was found with what its probes add, where it is drawn."""
        views = {clause.key: found.views[clause.key] for clause in question.clauses if clause.key in found.views}
        if not self.kinds or not views or not self._draws(question, content):
            return found
        work = _Work(asking=asking, question=question, content=content, views=views, deadline=deadline)
        done = await asyncio.gather(*(work.probe(kind) for kind in self.kinds))
        kept = replace(
            found,
            calls=(*found.calls, *(call for one in done for call in _told(one))),
            traces=(*found.traces, *(replace(trace, purpose=one.kind) for one in done for trace in one.traces)),
        )
        return _without(kept, done) if self.holds else kept

    def _draws(self, question: Question, content: Content) -> bool:
        drawn = int(digest_of("probe", *question.key(content))[:13], 16) / 16**13
        return drawn < self.share


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One question that is probed."""

    asking: Asking
    question: Question
    content: Content
    views: Mapping[str, View]  # of the clauses asked about, by key
    deadline: float

    async def probe(self, kind: str) -> Probed:
        if kind == COUNTERFACTUAL:
            return await self._counterfactual()
        return await (self._rederivation() if kind == REDERIVATION else self._repeat())

    async def _counterfactual(self) -> Probed:
        quoted = {key: view for key, view in self.views.items() if view.violated and view.evidence}
        text = _without_spans(self.content.text, [span for view in quoted.values() for span in view.evidence])
        if not quoted or not text.replace(_TAKEN_OUT.strip(), "").strip():
            return Probed(kind=COUNTERFACTUAL)  # nothing was quoted, or everything: nothing is left to ask about
        again = await self.asking.ask(self.question, replace(self.content, text=text), self.deadline)
        unmoved = {
            key
            for key, view in quoted.items()
            if key in again.views
            and again.views[key].violated
            and again.views[key].probability > view.probability - WEAKER
        }
        # What quotes words that are gone still says that they are there.
        unmoved |= {key for key in quoted if key not in again.views and _quotes_what_is_gone(again, key)}
        return _compared(COUNTERFACTUAL, again, unmoved, quoted)

    async def _repeat(self) -> Probed:
        again = await self.asking.once(self.question, self.content, self.deadline, self.asking.samples)
        other = {
            key for key, view in self.views.items() if key in again.views and again.views[key].violated != view.violated
        }
        return _compared(REPEAT, again, other, self.views)

    async def _rederivation(self) -> Probed:
        by_rationale: dict[str, list[str]] = {}  # samples give one each, and clauses go by different samples
        for key, view in self.views.items():
            by_rationale.setdefault(view.rationale, []).append(key)
        read = await asyncio.gather(*(self._reread(rationale, keys) for rationale, keys in by_rationale.items()))
        return Probed(
            kind=REDERIVATION,
            calls=tuple(call for one in read for call in one.calls),
            traces=tuple(trace for one in read for trace in one.traces),
            failed=frozenset().union(*(one.failed for one in read)),
            unanswered=frozenset().union(*(one.unanswered for one in read)),
        )

    async def _reread(self, rationale: str, keys: Sequence[str]) -> Probed:
        if not rationale.strip():
            return Probed(kind=REDERIVATION, unanswered=frozenset(keys))
        effort = self.asking.written(self.question.effort)
        prompt = render_reason(self.asking.profile.form, self.question.policies, rationale, effort=effort)
        answer, calls, traces = await self.asking.say(prompt, self.question, self.deadline)
        try:
            said = read_said(answer.text if answer is not None else "", prompt.labels, rationale)
        except Unreadable:
            if answer is not None:
                calls = (*calls[:-1], replace(calls[-1], outcome="unreadable"))
            return Probed(kind=REDERIVATION, calls=calls, traces=traces, unanswered=frozenset(keys))
        flags = {prompt.labels[label]: violated for label, violated in said.violated.items()}
        return Probed(
            kind=REDERIVATION,
            calls=calls,
            traces=traces,
            failed=frozenset(key for key in keys if key in flags and flags[key] != self.views[key].violated),
            unanswered=frozenset(key for key in keys if key not in flags),
        )


def has_reasons(form: Form) -> bool:
    """Whether answers in that form give reasons that can be probed."""
    return form in {Form.SAFEGUARD, Form.CHAT}


def _quotes_what_is_gone(found: Found, key: str) -> bool:
    last = found.calls[-1].findings if found.calls else ()
    return any(one in last for one in (f"quote_not_found:{key}", f"quote_not_found:{key.partition('/')[2]}"))


def _compared(kind: str, again: Found, failed: Set[str], asked: Iterable[str]) -> Probed:
    return Probed(
        kind=kind,
        calls=again.calls,
        traces=again.traces,
        failed=frozenset(failed),
        unanswered=frozenset(key for key in asked if key not in again.views).difference(failed),
    )


def _told(probed: Probed) -> Sequence[Call]:
    """Its calls, with what it found on the last one."""
    calls = [replace(call, purpose=probed.kind) for call in probed.calls]
    if calls:
        fell = ((_SAID[probed.kind], key) for key in sorted(probed.failed))
        silent = (("unanswered", key) for key in sorted(probed.unanswered))
        found = (f"{probed.kind}_{what}:{key.partition('/')[2]}" for what, key in (*fell, *silent))
        calls[-1] = replace(calls[-1], findings=(*calls[-1].findings, *found))
    return calls


def _without(found: Found, done: Sequence[Probed]) -> Found:
    """Without the verdicts that did not stand a probe, or that one could not be asked about."""
    problems = dict(found.problems)
    for one in done:
        fell = f"its reasons did not stand the probe {one.kind}: {_SAID[one.kind]}"
        problems |= dict.fromkeys(one.failed, (Reason.GARBLED, fell))
        problems |= dict.fromkeys(one.unanswered, (Reason.GARBLED, f"the probe {one.kind} was not answered"))
    views = {key: view for key, view in found.views.items() if key not in problems}
    return replace(found, views=views, problems=problems)


def _without_spans(text: str, spans: Sequence[Span]) -> str:
    """The text with a mark in place of each span; spans may overlap."""
    kept, place = [], 0
    for span in sorted(spans):
        if span.start > place:
            kept.append(text[place : span.start])
        if span.end > place:
            kept.append(_TAKEN_OUT)
            place = span.end
    return "".join([*kept, text[place:]])
