"""A candidate for the embedded judge: fitted to part of the labels, and held against the live one on another part."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from komainu.domain import Policy
from komainu.judges.embedded.adaptation import Correction
from komainu.judges.embedded.fits import Fits
from komainu.judges.embedded.head import Floats
from komainu.judges.embedded.weights import Weights
from komainu.judges.embedded.words import words_of
from komainu.learning.fit import ClauseFit, Known, Reading, corrections, fit_reading, read_policy, readable
from komainu.learning.parts import Part, parts
from komainu.metrics import Figure, mean

FEWEST = 10  # labels that two judges are compared on


class Outcome(StrEnum):
    """How a candidate does on a clause, on labels that neither judge learnt from."""

    BETTER = "better"  # beyond the interval
    NO_WORSE = "no_worse"  # within it
    WORSE = "worse"  # beyond it
    UNKNOWN = "unknown"  # too few labels to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The candidate beside the live judge on one clause."""

    clause: str  # key
    labels: int  # compared on
    live_loss: float | None  # cross-entropy in nats per label
    candidate_loss: float | None
    change: Figure | None  # candidate less live, with its interval

    @property
    def outcome(self) -> Outcome:
        """Whether it is better, beyond what chance makes of so few labels."""
        if self.change is None or self.change.low is None or self.change.high is None:
            return Outcome.UNKNOWN
        if self.change.low > 0.0:
            return Outcome.WORSE
        return Outcome.BETTER if self.change.high < 0.0 else Outcome.NO_WORSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Refit:
    """What the labels of one policy came to."""

    policy: Policy
    fits: Sequence[ClauseFit]
    corrections: Mapping[str, Correction]  # by what their clauses say; of clauses without a new one, the live one
    comparisons: Sequence[Comparison]
    taught: frozenset[str]  # digests of the contents learnt from
    used: Mapping[Part, int]  # labels in each part


def refit(
    policy: Policy,
    own: Sequence[Known],
    labelled: Sequence[Known],
    weights: Weights,
    live: Fits,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Refit:
    """Fit a candidate to the policy's `own` examples and cases and to a part of what is `labelled`, oldest first.

    Labels that count less than a whole one, as those of reasoners do, teach and never compare. `progress` is told how
    many contents are read, of how many.
    """
    teaching, judged = readable(own), readable(labelled)
    part = parts([one.content for one in judged], learnt=[one.content for one in teaching])
    fitting = readable([*teaching, *(one for one in judged if part[one.content.digest] is Part.FIT)])
    comparing = [
        one
        for one in judged
        if part[one.content.digest] is Part.COMPARE and one.weight >= 1.0 and one.content.digest not in live.taught
    ]
    reading = read_policy(policy, [one.content for one in (*fitting, *comparing)], weights, progress)
    fits = fit_reading(reading, fitting)
    made = corrections(policy, fits)
    kept = {key: one for key, one in _live(policy, live).items() if key not in made}
    return Refit(
        policy=policy,
        fits=fits,
        corrections=made | kept,
        comparisons=_compared(reading, comparing, fits, live),
        taught=frozenset(one.content.digest for one in fitting) | (live.taught if kept else frozenset()),
        used={each: sum(part[one.content.digest] is each for one in judged) for each in Part},
    )


def is_acceptable(refits: Iterable[Refit]) -> tuple[bool, str]:
    """Whether the candidate may go on, and why: no clause worse beyond its interval, and better where all is summed."""
    found = [one for made in refits for one in made.comparisons]
    if worse := [one.clause for one in found if one.outcome is Outcome.WORSE]:
        return False, f"worse beyond its interval on {', '.join(worse)}"
    known = [one for one in found if one.outcome is not Outcome.UNKNOWN]
    if not known:
        return False, f"no clause has {FEWEST} labels of either part to compare on"
    labels = sum(one.labels for one in known)
    change = sum(one.change.value * one.labels for one in known if one.change and one.change.value is not None) / labels
    if change >= 0.0:
        return False, f"no better over {labels} labels: {change:+.4f} nats per label"
    return True, f"better by {-change:.4f} nats per label over {labels} labels of {len(known)} clauses, none worse"


def _compared(reading: Reading, comparing: Sequence[Known], fits: Sequence[ClauseFit], live: Fits) -> list[Comparison]:
    found = []
    for row, (clause, fit) in enumerate(zip(reading.policy.clauses, fits, strict=True)):
        mine = [one for one in comparing if one.clause == clause.id]
        places = [reading.place[one.content] for one in mine]
        logits, meanings = reading.logits[places, row], reading.meanings[places]
        now = live.of(words_of(reading.policy, clause))
        truth = np.array([one.violates for one in mine], bool)
        before, after = _losses(logits, meanings, truth, now), _losses(logits, meanings, truth, fit.correction or now)
        enough = len(mine) >= FEWEST
        found.append(
            Comparison(
                clause=clause.key,
                labels=len(mine),
                live_loss=float(before.mean()) if enough else None,
                candidate_loss=float(after.mean()) if enough else None,
                change=mean(after - before, _names(mine)) if enough else None,
            )
        )
    return found


def _names(known: Sequence[Known]) -> list[str]:
    return [one.content.digest for one in known]


def _losses(logits: Floats, meanings: Floats, truth: np.ndarray, made: Correction | None) -> Floats:
    said = logits if made is None or not len(logits) else made.applied(logits, meanings)
    losses: Floats = np.logaddexp(0, np.where(truth, -said, said))
    return losses


def _live(policy: Policy, live: Fits) -> dict[str, Correction]:
    from_live = {}
    for clause in policy.clauses:
        words = words_of(policy, clause)
        if (found := live.of(words)) is not None:
            from_live[live.key(words)] = found
    return from_live
