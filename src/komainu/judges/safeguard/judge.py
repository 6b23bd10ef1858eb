"""The judge that asks a safeguard reasoner."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from cachetools import TTLCache

from komainu.domain import Abstention, Call, Clause, Content, Opinion, Reason, Rulebook, Verdict
from komainu.domain.call import CACHED, REPEAT, SHARED
from komainu.domain.digest import digest_of
from komainu.judges.calibrations import Calibrations
from komainu.judges.opinions import abstentions
from komainu.judges.protocol import Answered
from komainu.judges.safeguard.asking import Asking, Found
from komainu.judges.safeguard.effort import SENSITIVE, EffortRule
from komainu.judges.safeguard.prices import Prices
from komainu.judges.safeguard.probing import Probing, has_reasons
from komainu.judges.safeguard.profiles import EFFORTS, PROFILES, Profile, profile_for, with_categories
from komainu.judges.safeguard.question import Question, questions
from komainu.models.endpoint import Endpoint
from komainu.models.listing import served_models
from komainu.policies.render import VERSION, Form

_LOG = logging.getLogger(__name__)
_Key = tuple[str, ...]


class SafeguardJudge:
    """Asks a model behind an OpenAI-compatible server, and believes only reasons that hold.

    `url` is the server's base, as `http://127.0.0.1:8000/v1`; `model` may be left out where the server has one;
    `profile` says what kind of model it is (default: by its name). One prompt asks about all clauses of
    `policies_per_call` policies. A model that can reason less or more starts at `effort`, at `severe_effort` for
    clauses of severity `severe_from` and for sensitive domains, and goes one up where its reasons fail the audit;
    `efforts` names others by clause or policy; none is below `least_effort`, which a model without effort passes over.
    `samples` above one asks so often and takes the majority. Answers that held are kept for `cache_hours`. `fits` is
    where `komainu learn calibrate` wrote. `probes` are asked behind a `probe_share` of answers; with `probe_holds` a
    verdict that does not stand one is none. ValueError where an option cannot be, JudgeError where what was learnt is
    damaged.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str = "",
        profile: str = "",
        api: str = "chat",
        api_key: str = "",
        effort: str = "",
        severe_effort: str = "medium",
        severe_from: int = 4,
        sensitive: Sequence[str] = SENSITIVE,
        efforts: Mapping[str, str] | None = None,
        least_effort: str = "",
        policies_per_call: int = 1,
        samples: int = 1,
        temperature: float = 0.7,
        max_tokens: int | None = None,
        structured: bool | None = None,
        logprobs: bool | None = None,
        stream: bool = False,
        attempts: int = 3,
        concurrency: int = 8,
        deadline_seconds: float = 110.0,
        cache_hours: float = 24.0,
        cache_size: int = 10_000,
        prices: Mapping[str, float] | None = None,
        accepts_models: Sequence[str] = (),
        categories: Mapping[str, object] | None = None,
        fits: str | Path | None = None,
        probes: Sequence[str] = (),
        probe_share: float = 1.0,
        probe_holds: bool = False,
    ) -> None:
        model = model or _only_model(url, api_key)
        kind = _profile(profile or profile_for(model), max_tokens, structured, logprobs)
        kind = with_categories(kind, dict(categories or {}))
        if policies_per_call < 1 or samples < 1 or attempts < 1:
            raise ValueError("expected policies_per_call, samples and attempts of at least 1")
        if samples > 1 and kind.form is Form.QWEN_GUARD:
            raise ValueError("expected samples = 1 for qwen3guard: an answer that finds nothing is no vote")
        if (effort or efforts) and not kind.has_effort:
            raise ValueError(f"a model of this profile has no effort to set; got {effort or dict(efforts or {})!r}")
        self._rule = EffortRule(
            usual=effort or EFFORTS[0],
            severe=severe_effort,
            severe_from=severe_from,
            sensitive=tuple(sensitive),
            least=least_effort or EFFORTS[0],
            by_clause=dict(efforts or {}),
        )
        self._policies_per_call, self._deadline_seconds = policies_per_call, deadline_seconds
        self._probing = Probing(kinds=tuple(probes), share=probe_share, holds=probe_holds)
        if set(probes) - {REPEAT} and not has_reasons(kind.form):
            raise ValueError(
                f"a model of this profile gives no reasons to probe, but for {REPEAT!r}; got {list(probes)}"
            )
        probing = (self._probing,) if probe_holds else ()  # else they change no opinion
        said = (kind, self._rule, api, policies_per_call, samples, temperature, *probing)
        self._bare_name = f"safeguard@{VERSION}+{digest_of(model, repr(said))[:8]}"
        self.calibrations = Calibrations.read(Path(fits) if fits is not None else None, self._bare_name)
        learnt = self.calibrations.digest[:8]
        self._name = f"{self._bare_name}.{learnt}" if learnt else self._bare_name
        endpoint = Endpoint(
            url,
            model=model,
            api_key=api_key,
            api=api,
            timeout_seconds=deadline_seconds,
            stream=stream,
            concurrency=concurrency,
            effort_field=kind.effort_field,
            accepts_models=tuple(accepts_models),
        )
        self._asking = Asking(
            judge=self._name,
            endpoint=endpoint,
            profile=kind,
            prices=Prices(**dict(prices or {})),
            samples=samples,
            temperature=temperature,
            attempts=attempts,
        )
        self._model = model
        self._kept: TTLCache[_Key, Found] = TTLCache(maxsize=cache_size, ttl=cache_hours * 3600)
        self._asked: dict[_Key, asyncio.Task[Found]] = {}
        self._outdated: set[str] = set()  # names of policies that were warned of
        self._at_once = concurrency + max(1, concurrency // 4)  # contents; a few wait at the server's door
        self._turns: tuple[asyncio.AbstractEventLoop, asyncio.Semaphore] | None = None

    @property
    def name(self) -> str:
        """`safeguard@` with the version of the prompts, digests of how which model is asked and of what it learnt."""
        return self._name

    @property
    def bare_name(self) -> str:
        """The same without what was learnt: calibrations are made for it."""
        return self._bare_name

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn: contents that queue for the server would else spend their time in the queue."""
        loop = asyncio.get_running_loop()
        if self._turns is None or self._turns[0] is not loop:
            self._turns = (loop, asyncio.Semaphore(self._at_once))
        async with self._turns[1]:
            yield

    async def judge(self, content: Content, clauses: Sequence[Clause], rulebook: Rulebook) -> Answered:
        """An opinion per clause, each audited, with the calls that they took."""
        if not content.text.strip():
            detail = "there is no text to reason about"
            return Answered(opinions=abstentions(self._name, clauses, Reason.CANNOT_SAY, detail))
        self._say_outdated(rulebook)
        deadline = time.monotonic() + self._deadline_seconds
        asked = list(questions(clauses, rulebook, self._asking.profile, self._rule, self._policies_per_call))
        found = await asyncio.gather(*(self._found(question, content, deadline) for question in asked))
        maps = self._asking.profile.form is Form.QWEN_GUARD  # of any other form every clause has a question
        said: dict[str, Opinion] = {clause.key: self._unmapped(clause) for clause in clauses if maps}
        for question, (one, calls) in zip(asked, found, strict=True):
            cost = sum(call.cost_usd for call in calls) / len(question.clauses)
            said |= {clause.key: self._opinion(clause, one, cost) for clause in question.clauses}
        return Answered(
            opinions=tuple(said[clause.key] for clause in clauses),
            calls=tuple(call for _, calls in found for call in calls),
            traces=tuple(trace for one, calls in found if any(call.was_made for call in calls) for trace in one.traces),
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._asking.endpoint.close()

    async def _found(self, question: Question, content: Content, deadline: float) -> tuple[Found, tuple[Call, ...]]:
        """What comes of a question: kept from before, waited for with others who ask the same, or asked now."""
        key = question.key(content)
        if key in self._kept:
            return self._kept[key], (self._unmade(question, CACHED),)
        running = self._asked.get(key)
        if running is not None and running.get_loop() is asyncio.get_running_loop() and not running.done():
            return await asyncio.shield(running), (self._unmade(question, SHARED),)
        task = asyncio.ensure_future(self._asked_and_probed(question, content, deadline))
        self._asked[key] = task
        try:
            found = await asyncio.shield(task)
        finally:
            if task.done():
                self._asked.pop(key, None)
            else:
                task.add_done_callback(lambda _: self._asked.pop(key, None))
        if found.is_whole:
            self._kept[key] = replace(found, traces=())  # they are kept where they are asked for, and not in memory
        return found, found.calls

    async def _asked_and_probed(self, question: Question, content: Content, deadline: float) -> Found:
        found = await self._asking.ask(question, content, deadline)
        return await self._probing.probed(self._asking, question, content, found, deadline)

    def _opinion(self, clause: Clause, found: Found, cost_usd: float) -> Opinion:
        view = found.views.get(clause.key)
        if view is None:
            reason, detail = found.problems.get(clause.key, (Reason.GARBLED, "the answer says nothing on it"))
            return Abstention(clause=clause.key, judge=self._name, reason=reason, detail=detail)
        return Verdict(
            clause=clause.key,
            judge=self._name,
            probability=self.calibrations.applied(clause.policy, view.probability, violated=view.violated),
            rationale=view.rationale,
            evidence=view.evidence,
            effort=found.effort,
            cost_usd=cost_usd,
            severity=view.severity,
            confidence=view.confidence,
            remedy=view.remedy,
        )

    def _say_outdated(self, rulebook: Rulebook) -> None:
        """Warn, once each, of policies that were edited since their calibration."""
        for policy in rulebook.policies:
            learnt = self.calibrations.by_policy.get(policy.id)
            if learnt is not None and learnt.policy != policy.name and policy.name not in self._outdated:
                self._outdated.add(policy.name)
                said = "what was learnt under %s is used for %s: calibrate again where its clauses have changed"
                _LOG.warning(said, learnt.policy, policy.name)

    def _unmapped(self, clause: Clause) -> Opinion:
        detail = "no category of the model stands for this clause"
        return Abstention(clause=clause.key, judge=self._name, reason=Reason.CANNOT_SAY, detail=detail)

    def _unmade(self, question: Question, outcome: str) -> Call:
        policies = tuple(policy.id for policy in question.policies)
        return Call(judge=self._name, model=self._model, policies=policies, effort=question.effort, outcome=outcome)


def _only_model(url: str, api_key: str) -> str:
    """The model of a server that has one; a name that no model has where the server cannot be asked."""
    served = served_models(url, api_key=api_key)
    if len(served) > 1:
        raise ValueError(f"expected the name of a model, since {url} has several: {', '.join(served[:20])}")
    return served[0] if served else "unnamed"


def _profile(name: str, max_tokens: int | None, structured: bool | None, logprobs: bool | None) -> Profile:
    if name not in PROFILES:
        raise ValueError(f"expected a profile ({', '.join(PROFILES)}); got {name!r}")
    profile = PROFILES[name]
    if max_tokens is not None:
        if max_tokens < 1:
            raise ValueError(f"expected max_tokens of at least 1; got {max_tokens}")
        profile = replace(profile, max_tokens=dict.fromkeys(profile.max_tokens, max_tokens))
    if structured is not None:
        profile = replace(profile, structured=structured)
    return profile if logprobs is None else replace(profile, logprobs=logprobs)
