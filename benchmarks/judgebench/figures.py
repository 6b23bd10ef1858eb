"""What the scores of one set come to: one line per figure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from judgebench.choices import RESAMPLES, SEED, THRESHOLD
from judgebench.controls import TF_IDF
from judgebench.resampling import Pairs, figures, gap, margin, mean_figure
from judgebench.sets import BenchSet, Kind
from komainu.domain import Ruling
from komainu.evals import Score, twins
from komainu.metrics import (
    Bootstrap,
    Figure,
    Metric,
    auprc,
    auroc,
    balanced_accuracy_at,
    best_f1,
    calibration_error,
    f1_at,
    recall_at_fpr,
    share,
)

BOOTSTRAP = Bootstrap(resamples=RESAMPLES, seed=SEED)
AUROC, F1, ANY_F1, ECE = "AUROC", "F1 at .5", "any category: F1 at .5, fixed beforehand", "calibration error"
FPR, SETTLED_RIGHT, IN_ORDER = "FPR at .5", "right of settled", "twins: in the right order"
JA_LESS_EN = "AUROC, Japanese less English"
Pair = tuple[str, str, str]  # policy, case, clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure."""

    set: str
    what: str
    figure: Figure
    group: str = ""  # the language, tag, clause ... that it is taken on; empty: the whole set
    shown: bool = True  # in the table; all are in the JSON


def lines_of(
    bench: BenchSet, scores: Sequence[Score], controls: Mapping[str, Sequence[Sequence[Score]]]
) -> Iterator[Line]:
    """All figures of a set; clauses left out of training stand in lines of their own.

    `scores` are on every clause, `controls` the same under other words, once or several times.
    """
    parts = {bench.name: scores}
    if bench.left_out:
        seen = [score for score in scores if score.clause not in bench.left_out]
        left = [score for score in scores if score.clause in bench.left_out]
        parts = {bench.name: seen, f"{bench.name}, left out": left}
    for name, part in parts.items():
        chosen = {_pair(score) for score in part if bench.is_known(score)}
        part_controls = {control: [_only(chosen, one) for one in several] for control, several in controls.items()}
        if chosen:
            yield from (replace(line, set=name) for line in _part(bench, part, _only(chosen, part), part_controls))


def _only(chosen: set[Pair], scores: Sequence[Score]) -> list[Score]:
    return [score for score in scores if _pair(score) in chosen]


def _part(
    bench: BenchSet,
    everything: Sequence[Score],
    scores: Sequence[Score],
    controls: Mapping[str, Sequence[Sequence[Score]]],
) -> Iterator[Line]:
    pairs = Pairs(scores, bench.cluster)
    if bench.kind is Kind.ANY:
        yield from _any_category(bench, everything)
    named = figures(_metrics(bench.kind), pairs, BOOTSTRAP)
    yield from (Line(set="", what=what, figure=figure) for what, figure in named.items())
    yield from _shares(bench, scores)
    yield from _by_clause(bench, scores)
    if bench.kind is Kind.SUITES:
        yield from _twins(scores)
        yield from _languages(bench, scores)
        yield from _grouped(bench, scores, "tag", _tags)
    yield from _flagged_by_group(bench, scores)
    yield from _margins(bench, scores, controls)


def _metrics(kind: Kind) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {AUROC: auroc}
    if kind is Kind.SUITES:
        metrics |= {
            "balanced accuracy at .5": balanced_accuracy_at(THRESHOLD),
            "recall at 5 % FPR": recall_at_fpr(0.05),
        }
    if kind in (Kind.SEEN, Kind.LEFT_OUT):
        metrics |= {F1: f1_at(THRESHOLD), "best F1 (optimistic)": best_f1}
    return metrics | {ECE: calibration_error}


def any_category(bench: BenchSet, scores: Sequence[Score]) -> list[Score]:
    """Per case: whether any known label is true, and the highest probability of all clauses.

    A case of which no label is known is left out; one that was not judged on every clause is not judged.
    """
    by_case: dict[str, list[Score]] = {}
    for score in scores:
        by_case.setdefault(score.case, []).append(score)
    return [
        replace(
            given[0],
            clause="",
            label=any(score.label for score in given if bench.is_known(score)),
            probability=_highest(given),
        )
        for given in by_case.values()
        if any(bench.is_known(score) for score in given)
    ]


def _highest(scores: Sequence[Score]) -> float | None:
    judged = [score.probability for score in scores if score.probability is not None]
    return max(judged) if len(judged) == len(scores) else None


def _any_category(bench: BenchSet, scores: Sequence[Score]) -> Iterator[Line]:
    metrics: dict[str, Metric] = {
        ANY_F1: f1_at(THRESHOLD),
        "any category: F1 at the best threshold (optimistic)": best_f1,
        "any category: AUPRC": auprc,
        "any category: recall at 1 % FPR": recall_at_fpr(0.01),
        "any category: AUROC": auroc,
    }
    whole = any_category(bench, scores)
    named = figures(metrics, Pairs(whole, bench.cluster), BOOTSTRAP)
    yield from (Line(set="", what=what, figure=figure) for what, figure in named.items())
    yield Line(set="", what="any category: FPR at .5", figure=_flagged(bench, whole, label=False))


def _shares(bench: BenchSet, scores: Sequence[Score]) -> Iterator[Line]:
    settled = [score for score in scores if score.ruling is not Ruling.OPEN]
    if bench.kind in (Kind.UNSEEN, Kind.SEEN):
        yield Line(set="", what=FPR, figure=_flagged(bench, scores, label=False))
        yield Line(set="", what="recall at .5", figure=_flagged(bench, scores, label=True))
    yield Line(set="", what="settled", figure=_share(bench, scores, lambda score: score.ruling is not Ruling.OPEN))
    right = _share(bench, settled, lambda score: (score.ruling is Ruling.VIOLATED) is score.label)
    yield Line(set="", what=SETTLED_RIGHT, figure=right)
    negative = _share(bench, scores, lambda score: not score.label)
    yield Line(set="", what="clearing everything would be right on", figure=negative, shown=False)
    yield Line(set="", what="not judged", figure=_share(bench, scores, lambda score: score.probability is None))


def _flagged(bench: BenchSet, scores: Sequence[Score], *, label: bool) -> Figure:
    """Of the judged pairs so labelled, the share with a probability from one half on."""
    judged = [score for score in scores if score.label is label and score.probability is not None]
    return _share(bench, judged, lambda score: (score.probability or 0.0) >= THRESHOLD)


def _share(bench: BenchSet, scores: Sequence[Score], counts: Callable[[Score], bool]) -> Figure:
    return share([counts(score) for score in scores], [bench.cluster(score) for score in scores], BOOTSTRAP)


def _by_clause(bench: BenchSet, scores: Sequence[Score]) -> Iterator[Line]:
    """Of a set with several clauses the AUROC of each, and the mean over those on which it is defined."""
    if bench.kind is Kind.SUITES or len({score.clause for score in scores}) == 1:
        return
    by_clause = _members(scores, lambda score: (score.clause,))
    lots = [Pairs(given, bench.cluster) for given in by_clause.values()]
    yield Line(set="", what="AUROC, mean over clauses", figure=mean_figure(auroc, lots, BOOTSTRAP))
    shown = bench.kind is Kind.ANY
    for line in _grouped(bench, scores, "clause", lambda score: (score.clause,)):
        yield replace(line, shown=shown and line.figure.value is not None)


def _twins(scores: Sequence[Score]) -> Iterator[Line]:
    """Ranked as they are; both right where a violation is a probability from one half on, not by the thresholds."""
    halves = [replace(score, ruling=_at_half(score)) for score in scores]
    found, at_half = twins(scores, BOOTSTRAP), twins(halves, BOOTSTRAP)
    yield Line(set="", what=IN_ORDER, figure=found.clauses.ranked_right)
    yield Line(set="", what="twins: both right at .5", figure=at_half.clauses.ruled_right)
    yield Line(set="", what="twins: both right and settled", figure=found.clauses.ruled_right)
    yield Line(set="", what="twins, whole texts: in the right order", figure=found.contents.ranked_right, shown=False)
    yield Line(set="", what="twins, whole texts: both right at .5", figure=at_half.contents.ruled_right, shown=False)


def _at_half(score: Score) -> Ruling:
    if score.probability is None:
        return Ruling.OPEN
    return Ruling.VIOLATED if score.probability >= THRESHOLD else Ruling.CLEAR


def _languages(bench: BenchSet, scores: Sequence[Score]) -> Iterator[Line]:
    by_language = _members(scores, lambda score: (score.language,))
    yield from _grouped(bench, scores, "language", lambda score: (score.language,))
    if {"en", "ja"} <= by_language.keys():
        japanese, english = (Pairs(by_language[language], bench.cluster) for language in ("ja", "en"))
        yield Line(set="", what=JA_LESS_EN, figure=gap(auroc, japanese, english, BOOTSTRAP))


def _flagged_by_group(bench: BenchSet, scores: Sequence[Score]) -> Iterator[Line]:
    """Of what belongs to a group and is labelled alike, the share with a probability from one half on."""
    if not bench.groups:
        return
    for group, given in _members(scores, lambda score: (bench.groups[score.case],)).items():
        for label, what in ((False, FPR), (True, "recall at .5")):
            if any(score.label is label for score in given):
                yield Line(set="", what=what, group=group, figure=_flagged(bench, given, label=label), shown=False)


def _margins(
    bench: BenchSet, scores: Sequence[Score], controls: Mapping[str, Sequence[Sequence[Score]]]
) -> Iterator[Line]:
    """How much better the judge ranks than under each control, on the pairs judged both ways."""
    for name, several in controls.items():
        both = set.intersection(*(_judged(given) for given in (scores, *several)))
        judge, *control = (Pairs(_only(both, given), bench.cluster) for given in (scores, *several))
        mean = mean_figure(auroc, control, BOOTSTRAP)
        under = replace(mean, n=len(judge.sample), positives=judge.sample.positives)
        shown = name != TF_IDF
        yield Line(set="", what=f"AUROC under {name}", figure=under, shown=shown)
        yield Line(set="", what=f"AUROC over {name}", figure=margin(auroc, judge, control, BOOTSTRAP), shown=shown)


def _grouped(
    bench: BenchSet, scores: Sequence[Score], kind: str, groups: Callable[[Score], Sequence[str]]
) -> Iterator[Line]:
    for group, given in sorted(_members(scores, groups).items()):
        named = figures({AUROC: auroc}, Pairs(given, bench.cluster), BOOTSTRAP)
        yield Line(set="", what=AUROC, group=f"{kind} {group}", figure=named[AUROC])


def _members(scores: Sequence[Score], groups: Callable[[Score], Sequence[str]]) -> dict[str, list[Score]]:
    members: dict[str, list[Score]] = {}
    for score in scores:
        for name in groups(score):
            members.setdefault(name, []).append(score)
    return members


def _tags(score: Score) -> tuple[str, ...]:
    """The tags of a score without their numbers: `pair:3` is a pair like any other."""
    return tuple(dict.fromkeys(tag.partition(":")[0] for tag in score.tags))


def _judged(scores: Sequence[Score]) -> set[Pair]:
    return {_pair(score) for score in scores if score.probability is not None}


def _pair(score: Score) -> Pair:
    return (score.policy, score.case, score.clause)
