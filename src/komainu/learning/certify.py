"""Certify a judge on a clause: thresholds of which labels prove how much gets past them."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import uuid_utils
from numpy.typing import NDArray

from komainu.cascade import Stage
from komainu.domain import Abstention, Certificate, Content, Policy, Rulebook, Verdict
from komainu.domain.certificate import NEVER_CLEARS, NEVER_FINDS
from komainu.metrics.risk import Proven, clear_below, violated_from

AT_ONCE = 64  # contents being judged at any time
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a certificate promises."""

    alpha: float = 0.05  # share of violating content that is cleared, at most
    beta: float = 0.01  # share of other content that is found violated, at most
    delta: float = 0.05  # how often either promise may fail over many certificates
    days: float = 90.0  # how long it counts

    def __post_init__(self) -> None:
        for name in ("alpha", "beta", "delta"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise ValueError(f"{name} is a share between 0 and 1, neither included; got {getattr(self, name):g}")
        if not 0.0 < self.days <= 3_650.0:
            raise ValueError(f"a certificate counts for up to 3,650 days; got {self.days:g}")

    def among(self, judges: int) -> "Aim":
        """What each of several judges must keep to, so that all together keep to this."""
        return Aim(alpha=self.alpha / judges, beta=self.beta / judges, delta=self.delta / judges, days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a judge said on labelled contents, each once."""

    violating: Floats  # probabilities on those that violate; infinity where the judge does not know
    fine: Floats  # on the others; minus infinity there
    data: str  # digest of the labels


def certify(clause: str, policy: Policy, judge: str, evidence: Evidence, *, aim: Aim, at: datetime) -> Certificate:
    """The certificate of a judge (name@version) on a clause (key of the policy), whatever can be proven."""
    clearing = clear_below(evidence.violating, alpha=aim.alpha, delta=aim.delta)
    finding = violated_from(evidence.fine, alpha=aim.beta, delta=aim.delta)
    return Certificate(
        id=str(uuid_utils.uuid7()),
        clause=clause,
        policy=policy.name,
        policy_digest=policy.digest,
        judge=judge,
        clear_below=_or(clearing, NEVER_CLEARS),
        violated_from=_or(finding, NEVER_FINDS),
        alpha=aim.alpha,
        beta=aim.beta,
        delta=aim.delta,
        violating=clearing.n,
        missed=clearing.errors,
        needed=clearing.needed,
        fine=finding.n,
        wrongly=finding.errors,
        needed_fine=finding.needed,
        data=evidence.data,
        certified_at=at,
        expires_at=at + timedelta(days=aim.days),
    )


def _or(proven: Proven, otherwise: float) -> float:
    return otherwise if proven.threshold is None else proven.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a judge said of many contents under one policy."""

    probabilities: Floats  # (contents, clauses); NaN where it does not know
    failed: NDArray[np.bool_]  # (contents, clauses): it did not answer, and what it would have said is not known


async def asked(
    stage: Stage, policy: Policy, contents: Iterable[Content], *, tell: Callable[[int], None] = lambda _: None
) -> Said:
    """Ask a judge about contents under a policy alone; `tell` gets how many are done."""
    rulebook, keys = Rulebook(policies=(policy,)), [clause.key for clause in policy.clauses]
    rows: dict[int, tuple[list[float], list[bool]]] = {}
    waiting: set[asyncio.Task[None]] = set()

    async def one(number: int, content: Content) -> None:
        given = {opinion.clause: opinion for opinion in await stage.ask(content, policy.clauses, rulebook)}
        opinions = [given[key] for key in keys]
        rows[number] = (
            [opinion.probability if isinstance(opinion, Verdict) else float("nan") for opinion in opinions],
            [isinstance(opinion, Abstention) and not opinion.was_heard for opinion in opinions],
        )

    for number, content in enumerate(contents):
        if len(waiting) >= AT_ONCE:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            _raise_first(done)
            tell(len(rows))
        waiting.add(asyncio.create_task(one(number, content)))
    if waiting:
        _raise_first((await asyncio.wait(waiting))[0])
    tell(len(rows))
    shape = (len(rows), len(keys))
    return Said(
        probabilities=np.array([rows[number][0] for number in range(len(rows))], np.float64).reshape(shape),
        failed=np.array([rows[number][1] for number in range(len(rows))], bool).reshape(shape),
    )


def _raise_first(done: Iterable[asyncio.Task[None]]) -> None:
    for task in done:
        task.result()


def evidence(probabilities: Floats, violates: NDArray[np.bool_], data: str) -> Evidence:
    """Of one clause, shapes (n,); NaN where the judge does not know."""
    known = ~np.isnan(probabilities)
    return Evidence(
        violating=np.where(known, probabilities, np.inf)[violates],
        fine=np.where(known, probabilities, -np.inf)[~violates],
        data=data,
    )


def shown_in(policy: Policy) -> frozenset[str]:
    """Texts that a judge reads in the policy itself: a label on one of them proves nothing."""
    every = (example for clause in policy.every_clause for example in clause.examples)
    return frozenset((*every, *policy.fine))
