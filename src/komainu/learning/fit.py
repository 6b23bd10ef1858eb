"""Fit the embedded judge to a policy: its own examples, its cases, and what people labelled since."""

from collections.abc import Callable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseFit:
    """What the labels of one clause did."""

    clause: str  # id
    labels: int
    violating: int
    loss_before: float | None  # cross-entropy in nats per label, of the judge as it was trained
    loss_after: float | None  # the same by cross-validation, each label judged by a fit that did not see it
    correction: Correction | None  # None: labels of one kind alone teach nothing


def known_of(policy: Policy, cases: Sequence[Case]) -> Iterator[Known]:
    """What the policy says itself: its examples on both sides, and its cases under every clause."""
    for clause in policy.clauses:
        for text, violates in examples_of(policy, clause).items():
            yield Known(content=Content(text=text), clause=clause.id, violates=violates)
    for case in cases:
        for clause in policy.clauses:
            yield Known(content=case.content, clause=clause.id, violates=clause.id in case.violates)


def fit_policy(
    policy: Policy, known: Sequence[Known], weights: Weights, progress: Callable[[int, int], None] | None = None
) -> list[ClauseFit]:
    """A fit per clause, in the order of the policy.

    Where a content is labelled twice under a clause the later label counts; text that the judge does not read
    teaches nothing. `progress` is told how many contents are read, of how many.
    """
    latest = {(one.content, one.clause): one.violates for one in known if not unreadable(one.content.text)}
    contents = list(dict.fromkeys(content for content, _ in latest))
    parts = [weights.parts(words_of(policy, clause)) for clause in policy.clauses]
    read = []
    for one in meanings(contents, read_parts(parts, [len(parts)], weights), weights):
        read.append(one)
        if progress is not None:
            progress(len(read), len(contents))
    slope, shift = weights.calibration.lines([policy.language] * len(parts))
    place = {content: number for number, content in enumerate(contents)}
    found = []
    for row, clause in enumerate(policy.clauses):
        mine = [(place[content], violates) for (content, key), violates in latest.items() if key == clause.id]
        logits = slope[row] * np.array([read[number][0][row] for number, _ in mine], np.float32) + shift[row]
        vectors = np.array([read[number][1] for number, _ in mine], np.float32)
        found.append(_fitted(clause, logits, vectors, [violates for _, violates in mine]))
    return found


def corrections(policy: Policy, fits: Sequence[ClauseFit]) -> dict[str, Correction]:
    """The corrections by what their clauses say, as they are kept."""
    made = zip(policy.clauses, fits, strict=True)
    return {said(words_of(policy, clause)): fit.correction for clause, fit in made if fit.correction is not None}


def _fitted(clause: Clause, logits: Floats, vectors: Floats, labels: list[bool]) -> ClauseFit:
    made = correction(logits, vectors, labels) if labels else None
    truth = np.array(labels, bool)
    return ClauseFit(
        clause=clause.id,
        labels=len(labels),
        violating=int(truth.sum()),
        loss_before=_loss(logits, truth) if labels else None,
        loss_after=_held_out(logits, vectors, truth) if made is not None else None,
        correction=made,
    )


def _held_out(logits: Floats, vectors: Floats, truth: np.ndarray) -> float:
    """Each label judged by a fit to the others."""
    folds = folds_of(truth, seed=1)
    found = logits.copy()
    for fold in np.unique(folds):
        out = folds == fold
        made = correction(logits[~out], vectors[~out], truth[~out].tolist())
        if made is not None:
            found[out] = made.applied(logits[out], vectors[out])
    return _loss(found, truth)


def _loss(logits: Floats, truth: np.ndarray) -> float:
    return float(np.logaddexp(0, np.where(truth, -logits, logits)).mean())
