"""Fit the embedded judge to a policy: its own examples, its cases, and what people labelled since."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from komainu.domain import Clause, Content, Policy
from komainu.judges.embedded.adaptation import Correction, correction, folds_of
from komainu.judges.embedded.examples import examples_of
from komainu.judges.embedded.fits import said
from komainu.judges.embedded.head import Floats
from komainu.judges.embedded.meanings import meanings
from komainu.judges.embedded.parts import read_parts
from komainu.judges.embedded.readable import unreadable
from komainu.judges.embedded.weights import Weights
from komainu.judges.embedded.words import words_of
from komainu.policies import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Whether one content violates one clause."""

    content: Content
    clause: str  # id
    violates: bool
    weight: float = 1.0  # how much it counts beside others


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFit:
    """What the labels of one clause did."""

    clause: str  # id
    labels: int
    violating: int
    loss_before: float | None  # cross-entropy in nats per label, of the judge as it was trained
    loss_after: float | None  # the same by cross-validation, each label judged by a fit that did not see it
    correction: Correction | None  # None: labels of one kind alone teach nothing, nor does a fit that does worse


def known_of(policy: Policy, cases: Sequence[Case]) -> Iterator[Known]:
    """What the policy says itself: its examples on both sides, and its cases under every clause."""
    for clause in policy.clauses:
        for text, violates in examples_of(policy, clause).items():
            yield Known(content=Content(text=text), clause=clause.id, violates=violates)
    for case in cases:
        for clause in policy.clauses:
            yield Known(content=case.content, clause=clause.id, violates=clause.id in case.violates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the judge makes of contents under a policy before anything is fitted."""

    policy: Policy
    place: Mapping[Content, int]  # of each content among the rows
    logits: Floats  # (contents, clauses), with the calibration that the judge came with
    meanings: Floats  # (contents, width)


def read_policy(
    policy: Policy, contents: Sequence[Content], weights: Weights, progress: Callable[[int, int], None] | None = None
) -> Reading:
    """Read contents, each once, none of which may be unreadable; `progress` is told how many are read, of how many."""
    each = list(dict.fromkeys(contents))
    parts = [weights.parts(words_of(policy, clause)) for clause in policy.clauses]
    read = []
    for one in meanings(each, read_parts(parts, [len(parts)], weights), weights):
        read.append(one)
        if progress is not None:
            progress(len(read), len(each))
    slope, shift = weights.calibration.lines([policy.language] * len(parts))
    logits = np.array([row for row, _ in read], np.float32).reshape(len(each), len(parts))
    return Reading(
        policy=policy,
        place={content: number for number, content in enumerate(each)},
        logits=slope * logits + shift,
        meanings=np.array([meaning for _, meaning in read], np.float32) if read else np.zeros((0, 0), np.float32),
    )


def fit_policy(
    policy: Policy, known: Sequence[Known], weights: Weights, progress: Callable[[int, int], None] | None = None
) -> list[ClauseFit]:
    """A fit per clause, in the order of the policy.

    Where a content is labelled twice under a clause the later label counts; text that the judge does not read
    teaches nothing. `progress` is told how many contents are read, of how many.
    """
    given = readable(known)
    return fit_reading(read_policy(policy, [one.content for one in given], weights, progress), given)


def readable(known: Sequence[Known]) -> list[Known]:
    """What the judge can read, each content once under a clause: the later label counts."""
    latest = {(one.content, one.clause): one for one in known if not unreadable(one.content.text)}
    return list(latest.values())


def fit_reading(reading: Reading, known: Sequence[Known]) -> list[ClauseFit]:
    """A fit per clause from what has been read already; each content once under a clause."""
    found = []
    for row, clause in enumerate(reading.policy.clauses):
        mine = [one for one in known if one.clause == clause.id]
        places = [reading.place[one.content] for one in mine]
        counts = np.array([one.weight for one in mine], np.float32)
        labels = [one.violates for one in mine]
        found.append(_fitted(clause, reading.logits[places, row], reading.meanings[places], labels, counts))
    return found


def corrections(policy: Policy, fits: Sequence[ClauseFit]) -> dict[str, Correction]:
    """The corrections by what their clauses say, as they are kept."""
    made = zip(policy.clauses, fits, strict=True)
    return {said(words_of(policy, clause)): fit.correction for clause, fit in made if fit.correction is not None}


def _fitted(clause: Clause, logits: Floats, vectors: Floats, labels: list[bool], counts: Floats) -> ClauseFit:
    made = correction(logits, vectors, labels, weights=counts) if labels else None
    truth = np.array(labels, bool)
    before = _loss(logits, truth) if labels else None
    after = _held_out(logits, vectors, truth, counts) if made is not None else None
    helps = before is not None and after is not None and after <= before
    return ClauseFit(
        clause=clause.id,
        labels=len(labels),
        violating=int(truth.sum()),
        loss_before=before,
        loss_after=after,
        correction=made if helps else None,
    )


def _held_out(logits: Floats, vectors: Floats, truth: np.ndarray, counts: Floats) -> float:
    """Each label judged by a fit to the others."""
    folds = folds_of(truth, seed=1)
    found = logits.copy()
    for fold in np.unique(folds):
        out = folds == fold
        made = correction(logits[~out], vectors[~out], truth[~out].tolist(), weights=counts[~out])
        if made is not None:
            found[out] = made.applied(logits[out], vectors[out])
    return _loss(found, truth)


def _loss(logits: Floats, truth: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(truth, -logits, logits)).mean())
