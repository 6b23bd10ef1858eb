"""What the embedded judge is worth on policies it never saw, beside what needs no judge.

    python benchmarks/judge_report.py --corpus DIR --bench DIR [--json OUT]

Two sets of suites (`policy.md` + `cases.jsonl`): the part of the corpus that calibration holds out, and a bench that
nothing is fitted to. On each, the judge with the default thresholds beside three controls:

- blank: every clause says "." and has no examples, so only the content is left to go by;
- shuffled: every clause says what a clause of another policy in the same language says (a policy and its twin never
  swap), so only the topic and tone of the content are left;
- tf-idf: cosine similarity of character 2- to 4-grams between content and clause; ranks, and rules on nothing.

Figures are over case-clause pairs, with 95 % cluster bootstrap intervals by policy; differences are paired. Seeded:
the same files give the same figures. Needs `pip install "komainu[evals]"`; a few minutes on one core.
"""

import argparse
import asyncio
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer

from komainu.cascade import Cascade, Stage
from komainu.domain import AllowedClause, Clause, Ruling
from komainu.evals import Report, Score, Suite, described, evaluate, is_held_out, load_suites, report, to_json
from komainu.evals.report import sample_of
from komainu.judges.embedded import EmbeddedJudge
from komainu.judges.protocol import Judge
from komainu.metrics import Bootstrap, Figure, auroc, difference
from komainu.models.encoder import Encoder, Vectors
from komainu.models.use import UniversalSentenceEncoder

SEED = 20261125
JUDGE, BLANK, SHUFFLED, TF_IDF = "embedded", "blank", "shuffled", "tf-idf"
Kind = TypeVar("Kind", Clause, AllowedClause)
BOOTSTRAP = Bootstrap(seed=SEED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One set of suites, judged every way."""

    reports: Mapping[str, Report]  # by JUDGE, BLANK, SHUFFLED, TF_IDF
    less: Mapping[str, Figure]  # AUROC of the judge less that of each control
    always_clear: float  # share of pairs that do not violate: how right a judge is that clears everything


class Remembering:
    """An encoder that encodes each text once: the controls judge the same contents again."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self._kept: dict[str, Vectors] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            self._kept.update(zip(new, self._encoder.encode(new), strict=True))
        return np.stack([self._kept[text] for text in texts])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--corpus", type=Path, required=True, help="folder of suites; only its held-out part is used")
    options.add_argument("--bench", type=Path, required=True, help="folder of suites; all are used")
    options.add_argument("--json", type=Path, help="write all figures here")
    given = options.parse_args()
    held_out = [suite for suite in load_suites([given.corpus]) if is_held_out(suite.policy.id)]
    sets = {"corpus, held out": held_out, "bench": load_suites([given.bench])}
    judge = EmbeddedJudge(encoder=Remembering(UniversalSentenceEncoder()))
    found = {name: asyncio.run(judged_every_way(suites, judge)) for name, suites in sets.items()}
    show(found)
    if given.json:
        given.json.write_text(as_json(found), "utf-8")


async def judged_every_way(suites: Sequence[Suite], judge: Judge) -> Found:
    """The judge and the three controls on the same cases."""
    cascade = Cascade(stages=(Stage(judge=judge, timeout_seconds=600.0),))
    scores = {
        JUDGE: await evaluate(suites, cascade=cascade),
        BLANK: await evaluate([blanked(suite) for suite in suites], cascade=cascade),
        SHUFFLED: await evaluate(shuffled(suites), cascade=cascade),
    }
    scores[TF_IDF] = by_tf_idf(suites, scores[JUDGE])
    judges = {name: described(cascade) for name in scores} | {TF_IDF: ("tf-idf of character 2- to 4-grams",)}
    samples = {name: sample_of(given) for name, given in scores.items()}
    return Found(
        reports={name: report(given, judges=judges[name], bootstrap=BOOTSTRAP) for name, given in scores.items()},
        less={name: difference(auroc, samples[JUDGE], samples[name], BOOTSTRAP) for name in (BLANK, SHUFFLED, TF_IDF)},
        always_clear=sum(not score.label for score in scores[JUDGE]) / len(scores[JUDGE]),
    )


def blanked(suite: Suite) -> Suite:
    """The suite with nothing left of what its policy says."""
    policy = suite.policy
    return replace(
        suite,
        policy=replace(
            policy,
            clauses=tuple(replace(clause, title=".", text=".", examples=()) for clause in policy.clauses),
            allowed=tuple(replace(clause, title=".", text=".", examples=()) for clause in policy.allowed),
            fine=(),
        ),
    )


def shuffled(suites: Sequence[Suite]) -> list[Suite]:
    """The suites with the words of all clauses permuted among the policies of each language.

    Policies come in a seeded random order, a twin beside its base, and each clause takes the words of the one that
    stands as many places further on as the largest policy has clauses: the nearest that is surely another policy's.
    """
    languages = sorted({suite.policy.language for suite in suites})
    grouped = [[suite for suite in suites if suite.policy.language == language] for language in languages]
    words: dict[str, Clause | AllowedClause] = {}
    for group in grouped:
        bases = sorted({suite.base for suite in group})
        random.Random(SEED).shuffle(bases)
        ordered = sorted(group, key=lambda suite: (bases.index(suite.base), suite.policy.id))
        words |= _moved([(suite.base, clause) for suite in ordered for clause in suite.policy.clauses])
        words |= _moved([(suite.base, clause) for suite in ordered for clause in suite.policy.allowed])
    return [_reworded(suite, words) for suite in suites]


def _moved(placed: Sequence[tuple[str, Clause | AllowedClause]]) -> dict[str, Clause | AllowedClause]:
    bases = [base for base, _ in placed]
    step = max((bases.count(base) for base in set(bases)), default=0)
    if 2 * step > len(placed):
        raise SystemExit("shuffling needs several policies in each language, none with most of the clauses")
    return {clause.key: placed[(place + step) % len(placed)][1] for place, (_, clause) in enumerate(placed)}


def _reworded(suite: Suite, words: Mapping[str, Clause | AllowedClause]) -> Suite:
    clauses = tuple(_with_words(clause, words[clause.key]) for clause in suite.policy.clauses)
    allowed = tuple(_with_words(clause, words[clause.key]) for clause in suite.policy.allowed)
    return replace(suite, policy=replace(suite.policy, clauses=clauses, allowed=allowed, fine=()))


def _with_words(clause: Kind, other: Clause | AllowedClause) -> Kind:
    return replace(clause, title=other.title, text=other.text, examples=other.examples)


def by_tf_idf(suites: Sequence[Suite], scores: Sequence[Score]) -> tuple[Score, ...]:
    """The scores with the similarity of the characters instead of the judge's probability, on the pairs it judged."""
    contents = [case.text for suite in suites for case in suite.cases]
    clauses = [f"{clause.title}. {clause.text}" for suite in suites for clause in suite.policy.clauses]
    weigh = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True).fit([*contents, *clauses])
    similar = [
        similarity
        for suite in suites
        for similarity in (
            weigh.transform([case.text for case in suite.cases])
            @ weigh.transform([f"{clause.title}. {clause.text}" for clause in suite.policy.clauses]).T
        )
        .toarray()
        .ravel()
    ]
    return tuple(
        replace(
            score,
            probability=None if score.probability is None else min(1.0, float(similarity)),
            ruling=Ruling.OPEN,
        )
        for score, similarity in zip(scores, similar, strict=True)
    )


def show(found: Mapping[str, Found]) -> None:
    """Print one table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    headings = ("suites", "judge", "AUROC", "judge less control", "AUPRC", "recall at 5 % FPR", "twins ranked right")
    for heading in (*headings, "settled", "right of settled", "right of cleared"):
        table.add_column(heading)
    for name, one in found.items():
        for judge, made in one.reports.items():
            table.add_row(name, judge, *_cells(one, judge, made))
    console = Console(width=220)
    console.print(table)
    for name, one in found.items():
        whole = one.reports[JUDGE].overall
        console.print(
            f"{name}: {whole.policies} policies (a twin counts with its base), {whole.cases} cases, "
            f"{whole.pairs} pairs, {whole.ruled.recall.n} violating, not judged {_shown(whole.not_judged)}; "
            f"clearing everything would be right on {one.always_clear:.3f}",
            highlight=False,
            markup=False,
        )
    console.print(f"95 % intervals, {BOOTSTRAP.resamples} resamples of policies, seed {SEED}", highlight=False)


def _cells(one: Found, judge: str, made: Report) -> Iterable[str]:
    ranked, ruled = made.overall.ranked, made.overall.ruled
    yield _shown(ranked.auroc)
    yield _shown(one.less[judge]) if judge in one.less else ""
    yield from map(_shown, (ranked.auprc, ranked.recall_at_fpr_5))
    yield f"{_shown(made.twins.clauses.ranked_right)} n={made.twins.clauses.ranked_right.n}"
    if judge != JUDGE:
        return
    yield f"{1 - (ruled.held.value or 0.0):.3f}"
    yield from map(_shown, (ruled.right, ruled.right_when_clear))


def _shown(figure: Figure) -> str:
    if figure.value is None:
        return "-"
    return (
        f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" if figure.low is not None else f"{figure.value:.3f}"
    )


def as_json(found: Mapping[str, Found]) -> str:
    """All figures of all reports."""
    return json.dumps(
        {
            name: {
                "reports": {judge: json.loads(to_json(made)) for judge, made in one.reports.items()},
                "auroc_of_judge_less": {control: asdict(figure) for control, figure in one.less.items()},
                "always_clear": one.always_clear,
            }
            for name, one in found.items()
        },
        indent=1,
        ensure_ascii=False,
        allow_nan=False,
    )


if __name__ == "__main__":
    main()
