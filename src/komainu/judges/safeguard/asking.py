"""Ask one question until there is an answer that can be used, or give up and say why."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from komainu.domain import Call, Content, Reason, Trace
from komainu.domain.call import ANSWERED
from komainu.judges.safeguard.effort import higher, lower
from komainu.judges.safeguard.prices import Prices
from komainu.judges.safeguard.probability import of_votes
from komainu.judges.safeguard.profiles import Profile
from komainu.judges.safeguard.question import Question
from komainu.judges.safeguard.said import Unreadable
from komainu.judges.safeguard.view import View, Views, views_of
from komainu.models.answer import Answer
from komainu.models.endpoint import Endpoint
from komainu.models.failures import Failure, ModelError
from komainu.models.patience import Attempt, ask_patiently
from komainu.models.request import Request
from komainu.policies.render import Prompt

_OVERDUE = frozenset({Failure.TIMED_OUT, Failure.STALLED})
_UNUSABLE = frozenset(
    {
        Failure.GARBLED,
        Failure.EMPTY,
        Failure.HARMONY,
        Failure.OUT_OF_BUDGET,
        Failure.CONTENT_FILTER,
        Failure.OTHER_MODEL,
    }
)
_ALTERNATIVES = 10  # tokens whose likelihood the server is asked for beside each one of the answer
_MOST_TOKENS = 32_768  # of an answer, however often its budget was raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What came of a question: a view or a problem for each clause it named, and the calls it took."""

    views: Mapping[str, View]  # by clause key
    problems: Mapping[str, tuple[Reason, str]]  # by clause key
    effort: str  # of the answer that was used
    calls: tuple[Call, ...]
    traces: tuple[Trace, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing failed on any clause, so that the answer may be kept and used again."""
        return all(reason is Reason.CANNOT_SAY for reason, _ in self.problems.values())


@dataclass(slots=True)
class Abilities:
    """What the server turned out to be able to do."""

    is_plain: bool = False  # it takes neither a schema nor a wish for logprobs


@dataclass(slots=True)
class _Try:
    """How to ask next."""

    effort: str
    max_tokens: int
    temperature: float
    seed: int
    checked_again: bool = False  # an answer that could not be used was asked for once more
    more_given: bool = False  # its budget was raised, or its effort lowered, once
    is_plain: bool = False  # without schema and logprobs
    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, Answer]] = field(default_factory=list)  # each with the place of its call

    @property
    def traces(self) -> tuple[Trace, ...]:
        """What was said so far."""
        return tuple(_trace(self.calls[place], answer) for place, answer in self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a model is asked."""

    judge: str  # name@version
    endpoint: Endpoint
    profile: Profile
    prices: Prices
    samples: int
    temperature: float  # of samples behind the first, and of second attempts
    attempts: int  # at a call whose answer never arrived
    abilities: Abilities = field(default_factory=Abilities)

    async def ask(self, question: Question, content: Content, deadline: float) -> Found:
        """An answer to the question by the deadline (monotonic seconds), or why there is none."""
        if self.samples == 1:
            return await self.once(question, content, deadline, 0)
        found = await asyncio.gather(
            *(self.once(question, content, deadline, number) for number in range(self.samples))
        )
        return _together(found)

    async def once(self, question: Question, content: Content, deadline: float, number: int) -> Found:
        """One sample; number 0 is the model's likeliest answer, others are drawn."""
        now = self._first_try(question, number)
        while True:
            found = await self._tried(question, content, now, deadline)
            if found is not None:
                return found

    async def say(
        self, prompt: Prompt, question: Question, deadline: float
    ) -> tuple[Answer | None, tuple[Call, ...], tuple[Trace, ...]]:
        """The answer to another prompt on the same policies, None where there is none, with the calls it took."""
        now = self._first_try(question, 0)
        try:
            answer = await self._answer(prompt, question, now, deadline)
        except ModelError:
            return None, tuple(now.calls), ()
        return answer, tuple(now.calls), (_trace(now.calls[-1], answer),)

    def _first_try(self, question: Question, number: int) -> _Try:
        return _Try(
            effort=question.effort,
            max_tokens=self.profile.max_tokens[question.effort],
            temperature=self.temperature if number else 0.0,
            seed=number,
            is_plain=self.abilities.is_plain,
        )

    async def _tried(self, question: Question, content: Content, now: _Try, deadline: float) -> Found | None:
        """What came of one try; None where another is worth making, as `now` says then."""
        prompt = question.prompt(self.profile.form, content, self.written(now.effort))
        try:
            answer = await self._answer(prompt, question, now, deadline)
            now.answers.append((len(now.calls) - 1, answer))
            views = views_of(answer, prompt, question, content, self.profile)
        except ModelError as error:
            if error.answer is not None and now.calls:
                now.answers.append((len(now.calls) - 1, error.answer))
            if self._asks_for_less(error.failure, now) or self._gives_more(error.failure, now):
                return None
            return _nothing(prompt, now, _reason(error.failure), str(error))
        except Unreadable as error:
            now.calls[-1] = replace(now.calls[-1], outcome="unreadable")
            if self._checks_again(now):
                return None
            return _nothing(prompt, now, Reason.GARBLED, f"the answer cannot be read: {error}")
        if views.findings:
            outcome = "audit_failed" if views.problems else now.calls[-1].outcome
            now.calls[-1] = replace(now.calls[-1], outcome=outcome, findings=views.findings)
        if _concerns(views, question) and self._checks_again(now):
            return None
        return _found(views, now)

    def written(self, effort: str) -> str:
        """The effort as the prompt says it: not at all where a field of the request does."""
        return "" if self.profile.effort_field else effort

    def _asks_for_less(self, failure: Failure, now: _Try) -> bool:
        """Whether a server that refuses may take the same without schema and logprobs."""
        if failure is not Failure.REFUSED or now.is_plain:
            return False
        now.is_plain = self.profile.structured or self.profile.logprobs
        return now.is_plain

    def _gives_more(self, failure: Failure, now: _Try) -> bool:
        """Whether there can be room for the reasoning: twice the tokens, or less of it where that is too many."""
        if failure is not Failure.OUT_OF_BUDGET or now.more_given:
            return False
        now.more_given = True
        if now.max_tokens * 2 <= _MOST_TOKENS:
            now.max_tokens *= 2
        else:
            now.effort = lower(now.effort)
        return True

    def _checks_again(self, now: _Try) -> bool:
        """Whether it is asked once more: to think harder, or, of a model that cannot, to answer another way."""
        if now.checked_again:
            return False
        now.checked_again = True
        raised = higher(now.effort)
        if raised == now.effort:
            now.temperature, now.seed = max(self.temperature, 0.3), now.seed + 1_000
        else:
            now.effort, now.max_tokens = raised, max(now.max_tokens, self.profile.max_tokens[raised])
        return True

    async def _answer(self, prompt: Prompt, question: Question, now: _Try, deadline: float) -> Answer:
        def attempted(attempt: Attempt) -> None:
            now.calls.append(
                Call(
                    judge=self.judge,
                    model=attempt.model,
                    policies=tuple(policy.id for policy in question.policies),
                    effort=now.effort,
                    outcome=attempt.failure.value if attempt.failure else ANSWERED,
                    tokens_in=attempt.tokens.prompt,
                    tokens_cached=attempt.tokens.cached,
                    tokens_reasoning=attempt.tokens.reasoning,
                    tokens_out=attempt.tokens.output,
                    seconds=attempt.seconds,
                    cost_usd=self.prices.cost_usd(attempt.tokens),
                )
            )

        request = Request(
            system=prompt.system,
            user=prompt.user,
            effort=now.effort if self.profile.effort_field else "",
            max_tokens=now.max_tokens,
            schema=prompt.schema if self.profile.structured and not now.is_plain else None,
            temperature=now.temperature,
            seed=now.seed,
            top_logprobs=_ALTERNATIVES if self.profile.logprobs and not now.is_plain else 0,
        )
        answer = await ask_patiently(
            self.endpoint, request, deadline=deadline, attempts=self.attempts, attempted=attempted
        )
        self.abilities.is_plain = self.abilities.is_plain or now.is_plain
        return answer


def _concerns(views: Views, question: Question) -> bool:
    """Whether a clause that is asked about, and not only named, has no view."""
    return any(clause.key in views.problems for clause in question.clauses)


def _reason(failure: Failure) -> Reason:
    if failure in _OVERDUE:
        return Reason.TIMED_OUT
    return Reason.GARBLED if failure in _UNUSABLE else Reason.FAILED


def _nothing(prompt: Prompt, now: _Try, reason: Reason, detail: str) -> Found:
    problems = dict.fromkeys(prompt.labels.values(), (reason, detail))
    return Found(views={}, problems=problems, effort=now.effort, calls=tuple(now.calls), traces=now.traces)


def _found(views: Views, now: _Try) -> Found:
    problems = {key: (Reason.GARBLED, f"its reasons failed the audit: {what}") for key, what in views.problems.items()}
    problems |= {key: (Reason.CANNOT_SAY, what) for key, what in views.silent.items()}
    return Found(views=views.said, problems=problems, effort=now.effort, calls=tuple(now.calls), traces=now.traces)


def _trace(call: Call, answer: Answer) -> Trace:
    return Trace(
        judge=call.judge,
        model=call.model,
        effort=call.effort,
        outcome=call.outcome,
        reasoning=answer.reasoning,
        answer=answer.text,
    )


def _together(samples: list[Found]) -> Found:
    """The majority of the samples by clause, and how large it is; too few usable ones make none."""
    views: dict[str, View] = {}
    problems: dict[str, tuple[Reason, str]] = {}
    for key in dict.fromkeys(key for one in samples for key in (*one.views, *one.problems)):
        given = [one.views[key] for one in samples if key in one.views]
        if 2 * len(given) <= len(samples):
            problems[key] = next(one.problems[key] for one in samples if key in one.problems)
            continue
        violated = sum(view.violated for view in given)
        says = 2 * violated >= len(given)
        first = next(view for view in given if view.violated is says)
        views[key] = replace(first, probability=of_votes(violated, len(given)))
    return Found(
        views=views,
        problems=problems,
        effort=samples[0].effort,
        calls=tuple(call for one in samples for call in one.calls),
        traces=tuple(trace for one in samples for trace in one.traces),
    )
