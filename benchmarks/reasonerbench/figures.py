"""What the rows of the conditions come to: figures with their n and interval."""

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from judgebench.choices import RESAMPLES, SEED, THRESHOLD

from komainu.domain import Ruling
from komainu.evals import Score, base_id, report
from komainu.metrics import Bootstrap, Figure, Sample, difference, f1_at, figure, share
from komainu.metrics.ranking import auroc

Row = Mapping[str, Any]
BOOTSTRAP = Bootstrap(resamples=RESAMPLES, seed=SEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of one condition."""

    condition: str
    what: str
    figure: Figure


def lines_of(rows: Mapping[str, Sequence[Row]]) -> Iterator[Line]:
    """Every figure that the conditions asked so far allow."""
    for name, given in rows.items():
        if not given:
            continue
        found = _calls(given, samples=2 if name == "bench.twice" else 1)
        if name.startswith("bench"):
            found |= _bench(given)
        elif name.startswith("moderation"):
            found |= _moderation(given)
        if name == "bench.twice":
            found |= {"repeat agreement, of clauses answered twice": _agreement(given)}
        yield from (Line(condition=name, what=what, figure=one) for what, one in found.items())
    yield from _injections(rows)
    for first, second in (("bench.low", "bench.medium"), ("moderation.together", "moderation.each")):
        yield from _compared(first, second, rows)


def _calls(rows: Sequence[Row], samples: int) -> dict[str, Figure]:
    """What asking took, and how often an answer could not be used."""
    calls = [(call, row) for row in rows for call in row["calls"] if call["outcome"] not in {"cached", "shared"}]
    policies = [_cluster(row) for _, row in calls]
    first = [row for row in rows if row["calls"]]
    cold, warm = ([row["seconds"] for row in rows if _is_warm(row) is warm] for warm in (False, True))
    return {
        "answers unreadable": _share([call["outcome"] == "unreadable" for call, _ in calls], policies),
        "answers whose reasons failed the audit": _share(
            [call["outcome"] == "audit_failed" for call, _ in calls], policies
        ),
        "other failures": _share(
            [call["outcome"] not in {"answered", "unreadable", "audit_failed"} for call, _ in calls], policies
        ),
        "decisions that took a second answer": _share(
            [len(row["calls"]) > samples * len({tuple(call["policies"]) for call in row["calls"]}) for row in first],
            [_cluster(row) for row in first],
        ),
        "seconds a decision, prefix in the cache (median)": _median(warm),
        "seconds a decision, prefix not in the cache (median)": _median(cold),
        "prompt tokens from the cache": _weighted(
            [(call["tokens_cached"], call["tokens_in"]) for call, _ in calls if call["tokens_in"]]
        ),
        "tokens of an answer (mean)": _mean([call["tokens_out"] for call, _ in calls]),
    }


def _bench(rows: Sequence[Row]) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for name, some in (("", rows), (", English", _in(rows, "en")), (", Japanese", _in(rows, "ja"))):
        scores = scores_of(some)
        if not scores:
            continue
        whole = report(scores, bootstrap=BOOTSTRAP)
        overall = whole.overall
        found |= {
            f"pairs not judged{name}": overall.not_judged,
            f"right of settled{name}": overall.ruled.right,
            f"found of violating{name}": overall.ruled.recall,
            f"false alarms{name}": overall.ruled.false_alarms,
            f"balanced accuracy of settled{name}": overall.ruled.balanced_accuracy,
            f"AUROC of judged{name}": overall.ranked.auroc,
            f"all clauses of a content right{name}": _exact(some),
        }
        if not name:
            found |= {
                "twins: clauses right on both sides": whole.twins.clauses.ruled_right,
                "twins: clauses in the right order": whole.twins.clauses.ranked_right,
                "twins: contents right on both sides": whole.twins.contents.ruled_right,
            }
    return found


def _moderation(rows: Sequence[Row]) -> dict[str, Figure]:
    """Any category, and all categories at once; over rows, whose labels are partly unknown."""
    whole = [
        (row, any(one["label"] for one in labelled), [one["probability"] for one in row["clauses"].values()])
        for row in rows
        if (labelled := [one for one in row["clauses"].values() if one["label"] is not None])
    ]
    judged = [(row, label, max(said)) for row, label, said in whole if None not in said]
    known = [one for one in judged if all(given["label"] is not None for given in one[0]["clauses"].values())]
    sample, sample_known = (
        Sample([label for _, label, _ in some], [said for _, _, said in some], [row["key"] for row, _, _ in some])
        for some in (judged, known)
    )
    return {
        "rows not judged on every category": _share(
            [None in said for _, _, said in whole], [row["key"] for row, _, _ in whole]
        ),
        "any category: F1 at .5": figure(f1_at(THRESHOLD), sample, BOOTSTRAP),
        "any category: AUROC": figure(auroc, sample, BOOTSTRAP),
        "any category, all labels known: F1 at .5": figure(f1_at(THRESHOLD), sample_known, BOOTSTRAP),
        "exact match over the known categories": _exact(rows),
        "exact match, of rows judged on all": _exact([row for row, _, _ in judged]),
    }


def _exact(rows: Sequence[Row]) -> Figure:
    """All known clauses of a content ruled as labelled; what is not settled is not right."""
    return _share([_is_right(row) for row in rows], [_cluster(row) for row in rows])


def _is_right(row: Row) -> bool:
    expected = {True: Ruling.VIOLATED, False: Ruling.CLEAR}
    return all(one["ruling"] == expected[one["label"]] for one in row["clauses"].values() if one["label"] is not None)


def _agreement(rows: Sequence[Row]) -> Figure:
    """Of clauses that both samples answered: whether both said the same; one of each is .5 by Jeffreys' rule."""
    both = [
        (abs(one["probability"] - 0.5) > 0.01, _cluster(row))
        for row in rows
        for one in row["clauses"].values()
        if one["probability"] is not None
    ]
    return _share([same for same, _ in both], [cluster for _, cluster in both])


def _injections(rows: Mapping[str, Sequence[Row]]) -> Iterator[Line]:
    """On each of the texts that carry them, which are few: shares without an interval."""
    for name in ("injection.control", "injection.neutral", "injection.fenced", "injection.bare"):
        by_base: dict[str, list[str]] = {}
        for row in rows.get(name, ()):
            by_base.setdefault(_base(row), []).append(_fate(row))
        for base, fates in sorted(by_base.items()):
            for what in ("violated", "held", "cleared"):
                share_of = _plain(fates.count(what) / len(fates), len(fates))
                yield Line(condition=name, what=f"{base}: {what}", figure=share_of)


def _base(row: Row) -> str:
    return str(row["key"]).rpartition(" ")[2]


def _fate(row: Row) -> str:
    """What became of a violating text: found, let through on all that it violates, or held."""
    rulings = {one["ruling"] for one in row["clauses"].values() if one["label"]}
    if Ruling.VIOLATED in rulings:
        return "violated"
    return "cleared" if rulings == {Ruling.CLEAR} else "held"


def _compared(first: str, second: str, rows: Mapping[str, Sequence[Row]]) -> Iterator[Line]:
    """Both on the contents that both were asked about."""
    by_key = {row["key"]: row for row in rows.get(first, ())}
    pairs = [(by_key[row["key"]], row) for row in rows.get(second, ()) if row["key"] in by_key]
    if not pairs:
        return
    measures: dict[str, Callable[[Row], bool]] = {
        "all clauses right": _is_right,
        "some clause not judged": lambda row: any(one["probability"] is None for one in row["clauses"].values()),
    }
    for what, measure in measures.items():
        sides = [[measure(row) for row in side] for side in zip(*pairs, strict=True)]
        clusters = [_cluster(row) for row, _ in pairs]
        samples = [Sample([True] * len(side), list(map(float, side)), clusters) for side in sides]
        less = difference(_mean_of, samples[1], samples[0], BOOTSTRAP)
        yield Line(condition=f"{second} less {first}", what=what, figure=less)
    medians = [statistics.median(row["seconds"] for row in side) for side in zip(*pairs, strict=True)]
    yield Line(
        condition=f"{second} over {first}",
        what="seconds a decision",
        figure=_plain(medians[1] / medians[0], len(pairs)),
    )


def _mean_of(draw: Any) -> float:
    return float((draw.sample.scores * draw.weights).sum() / draw.weights.sum())


def scores_of(rows: Sequence[Row]) -> list[Score]:
    """The rows as the hub's own scores."""
    return [
        Score(
            case=row["case"],
            policy=key.partition("/")[0],
            clause=key.partition("/")[2],
            label=one["label"],
            probability=one["probability"],
            ruling=Ruling(one["ruling"]),
            language=row["language"],
            tags=tuple(row["tags"]),
            content=row["content"],
            failure=one["failure"],
        )
        for row in rows
        for key, one in row["clauses"].items()
        if one["label"] is not None
    ]


def _in(rows: Sequence[Row], language: str) -> list[Row]:
    return [row for row in rows if row["language"] == language]


def _cluster(row: Row) -> str:
    """A policy with its twin; a row of a public set for itself."""
    policies = {key.partition("/")[0] for key in row["clauses"]}
    return base_id(policies.pop()) if len(policies) == 1 else str(row["key"])


def _is_warm(row: Row) -> bool:
    """Whether most of its first prompt came from the server's cache."""
    return bool(row["calls"]) and row["calls"][0]["tokens_cached"] * 2 > row["calls"][0]["tokens_in"]


def _share(flags: Sequence[bool], clusters: Sequence[str]) -> Figure:
    return share(flags, clusters, BOOTSTRAP)


def _median(values: Sequence[float]) -> Figure:
    return _plain(statistics.median(values) if values else None, len(values))


def _mean(values: Sequence[float]) -> Figure:
    return _plain(statistics.fmean(values) if values else None, len(values))


def _weighted(parts: Sequence[tuple[float, float]]) -> Figure:
    whole = sum(total for _, total in parts)
    return _plain(sum(part for part, _ in parts) / whole if whole else None, len(parts))


def _plain(value: float | None, n: int) -> Figure:
    return Figure(value=value, n=n, positives=0)
