"""What scores come to: figures with sample sizes and intervals, overall and by group.

Two kinds of figures, since a cascade may leave a clause open. *Ranked* figures weigh probabilities and know no
thresholds of the cascade; pairs that nobody judged are left out, and counted as not judged. *Ruled* figures weigh
what was settled: an open clause is neither right nor wrong but held, and never counts as found.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from komainu.domain import Ruling
from komainu.evals.run import Score
from komainu.evals.split import base_id
from komainu.evals.twins import Twins, twins
from komainu.metrics import (
    Bootstrap,
    Figure,
    Sample,
    auprc,
    auroc,
    balanced_accuracy_at,
    best_balanced_accuracy,
    best_balanced_accuracy_threshold,
    best_f1,
    best_f1_threshold,
    calibration_error,
    f1_at,
    figures,
    recall_at_fpr,
    share,
)

CONFIDENCE = 0.95  # of every interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """How well probabilities tell violating pairs from others; only pairs that were judged."""

    auroc: Figure
    auprc: Figure
    recall_at_fpr_1: Figure  # recall where 1 % of what does not violate is flagged
    recall_at_fpr_5: Figure  # the same at 5 %
    f1_at_half: Figure  # a violation from probability 0.5 on
    best_f1: Figure  # at the threshold that is best on these very labels: an upper bound
    best_f1_threshold: Figure
    balanced_accuracy_at_half: Figure
    best_balanced_accuracy: Figure  # also an upper bound
    best_balanced_accuracy_threshold: Figure
    calibration_error: Figure  # ten bins of equal size


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """How right the rulings are, and how much they leave to a person."""

    held: Figure  # share of all pairs left open
    right: Figure  # of settled pairs, the share ruled as labelled
    right_when_violated: Figure  # of pairs ruled violated, the share labelled so: precision
    right_when_clear: Figure  # of pairs ruled clear, the share labelled so
    recall: Figure  # of violating pairs, the share ruled violated; held ones count as not found
    false_alarms: Figure  # of pairs that do not violate, the share ruled violated
    f1: Figure  # of settled pairs
    balanced_accuracy: Figure  # of settled pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All figures on some of the pairs."""

    name: str
    cases: int
    pairs: int  # of case and clause
    policies: int  # clusters that intervals resample: a policy and its twin are one
    not_judged: Figure  # share of pairs on which every judge abstained
    ranked: Ranked
    ruled: Ruled


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one evaluation found, and under which conditions."""

    judges: tuple[str, ...]  # one line per stage: name, version, thresholds
    confidence: float
    resamples: int
    seed: int
    overall: Group
    by_language: tuple[Group, ...]  # of the policy
    by_tag: tuple[Group, ...]  # of the case; a case counts under each of its tags
    by_severity: tuple[Group, ...]  # of the clause
    twins: Twins


def report(scores: Sequence[Score], *, judges: Sequence[str] = (), bootstrap: Bootstrap | None = None) -> Report:
    """All figures of an evaluation; the same scores, in any order, and the same seed give the same report."""
    drawn = bootstrap or Bootstrap()
    return Report(
        judges=tuple(judges),
        confidence=CONFIDENCE,
        resamples=drawn.resamples,
        seed=drawn.seed,
        overall=group("all", scores, drawn),
        by_language=_groups(scores, lambda score: (score.language,), drawn),
        by_tag=_groups(scores, _tags, drawn),
        by_severity=_groups(scores, lambda score: (str(score.severity),), drawn),
        twins=twins(scores, drawn),
    )


def to_json(found: Report) -> str:
    """The report as JSON, figures to six places, null where one is not defined; ends in a line break."""
    return json.dumps(_rounded(asdict(found)), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def group(name: str, scores: Sequence[Score], bootstrap: Bootstrap) -> Group:
    """All figures on these scores."""
    return Group(
        name=name,
        cases=len({(score.policy, score.case) for score in scores}),
        pairs=len(scores),
        policies=len({base_id(score.policy) for score in scores}),
        not_judged=_share(scores, lambda score: score.probability is None, bootstrap),
        ranked=_ranked(scores, bootstrap),
        ruled=_ruled(scores, bootstrap),
    )


def sample_of(scores: Sequence[Score]) -> Sample:
    """The judged pairs as a sample, clustered by policy; a twin is in the cluster of its base."""
    judged = [(score, score.probability) for score in scores if score.probability is not None]
    return Sample(
        [score.label for score, _ in judged],
        [probability for _, probability in judged],
        [base_id(score.policy) for score, _ in judged],
    )


def _ranked(scores: Sequence[Score], bootstrap: Bootstrap) -> Ranked:
    metrics = {
        "auroc": auroc,
        "auprc": auprc,
        "recall_at_fpr_1": recall_at_fpr(0.01),
        "recall_at_fpr_5": recall_at_fpr(0.05),
        "f1_at_half": f1_at(0.5),
        "best_f1": best_f1,
        "best_f1_threshold": best_f1_threshold,
        "balanced_accuracy_at_half": balanced_accuracy_at(0.5),
        "best_balanced_accuracy": best_balanced_accuracy,
        "best_balanced_accuracy_threshold": best_balanced_accuracy_threshold,
        "calibration_error": calibration_error,
    }
    taken = figures(tuple(metrics.values()), sample_of(scores), bootstrap)
    return Ranked(**dict(zip(metrics, taken, strict=True)))


def _ruled(scores: Sequence[Score], bootstrap: Bootstrap) -> Ruled:
    settled = [score for score in scores if score.ruling is not Ruling.OPEN]
    violated = [score for score in settled if _is_violated(score)]
    cleared = [score for score in settled if not _is_violated(score)]
    as_sample = Sample(
        [score.label for score in settled],
        [float(_is_violated(score)) for score in settled],
        [base_id(score.policy) for score in settled],
    )
    f1, balanced = figures((f1_at(0.5), balanced_accuracy_at(0.5)), as_sample, bootstrap)
    return Ruled(
        held=_share(scores, lambda score: score.ruling is Ruling.OPEN, bootstrap),
        right=_share(settled, lambda score: _is_violated(score) is score.label, bootstrap),
        right_when_violated=_share(violated, lambda score: score.label, bootstrap),
        right_when_clear=_share(cleared, lambda score: not score.label, bootstrap),
        recall=_share([score for score in scores if score.label], _is_violated, bootstrap),
        false_alarms=_share([score for score in scores if not score.label], _is_violated, bootstrap),
        f1=f1,
        balanced_accuracy=balanced,
    )


def _is_violated(score: Score) -> bool:
    return score.ruling is Ruling.VIOLATED


def _share(scores: Sequence[Score], counts: Callable[[Score], bool], bootstrap: Bootstrap) -> Figure:
    return share([counts(score) for score in scores], [base_id(score.policy) for score in scores], bootstrap)


def _groups(
    scores: Sequence[Score], names: Callable[[Score], Iterable[str]], bootstrap: Bootstrap
) -> tuple[Group, ...]:
    members: dict[str, list[Score]] = {}
    for score in scores:
        for name in names(score):
            members.setdefault(name, []).append(score)
    return tuple(group(name, members[name], bootstrap) for name in sorted(members))


def _tags(score: Score) -> tuple[str, ...]:
    """The tags of a score without their numbers: `pair:3` is a pair like any other."""
    return tuple(dict.fromkeys(tag.partition(":")[0] for tag in score.tags))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value
