"""The sets: suites of policies with cases, whether they come from policy files or from rows of public data.

The judge is asked about every clause of a set, as in use; labels that are unknown are left out of the figures.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from judgebench.choices import SEED
from judgebench.rows import Label, Row, case_of, known_labels, read_labels, read_rows, read_sections, sampled
from komainu.domain import Action, Clause, Policy
from komainu.evals import Score, Suite, base_id, is_held_out, load_suites
from komainu.policies import Case

CORPUS, BENCH, MODERATION, MODEL_SPEC = "corpus, held out", "bench-dev", "openai_moderation", "model_spec_examples"
LABELS, SECTIONS = "labels.jsonl", "model-spec-sections.jsonl"
POLICIES_A_LANGUAGE = 4  # of a sample: fewer cannot be shuffled


class Kind(StrEnum):
    """What a set measures, which decides its figures."""

    SUITES = "policies never seen"
    ANY = "unseen policy, any category"
    UNSEEN = "unseen policy"
    SEEN = "seen clauses, new content"
    LEFT_OUT = "clauses left out of training"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSet:
    """Cases under policies, and which of their labels are known."""

    name: str
    kind: Kind
    suites: tuple[Suite, ...]
    known: Mapping[str, frozenset[str]] | None = None  # clause ids by case id; None: all are known
    left_out: frozenset[str] = frozenset()  # ids of clauses that training never saw, in a set of which it saw others
    groups: Mapping[str, str] = field(default_factory=dict)  # what a case belongs to, by its id

    @property
    def rows(self) -> int:
        """How many contents are judged; the same text under a twin counts again."""
        return sum(len(suite.cases) for suite in self.suites)

    @property
    def has_many_policies(self) -> bool:
        """Whether the clauses of its policies can change places."""
        return len({suite.base for suite in self.suites}) > 1

    def is_known(self, score: Score) -> bool:
        """Whether the data say if the case violates the clause."""
        return self.known is None or score.clause in self.known[score.case]

    def cluster(self, score: Score) -> str:
        """What intervals resample: policies, a twin with its base, in suites; else rows."""
        return base_id(score.policy) if self.kind is Kind.SUITES else score.case

    def under(self, suites: Iterable[Suite]) -> "BenchSet":
        """The same cases under other policies."""
        return replace(self, suites=tuple(suites))


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which rows of which file make a set."""

    dataset: str
    kind: Kind
    splits: tuple[str, ...] = ()  # the first that has rows; empty: every row
    group: str = ""  # the field of `meta` that cases are grouped by


TEST = ("test",)
SOURCES = (
    Source(dataset=MODERATION, kind=Kind.ANY),
    Source(dataset=MODEL_SPEC, kind=Kind.UNSEEN),
    Source(dataset="xstest_prompts", kind=Kind.UNSEEN, group="type"),
    Source(dataset="hatecheck", kind=Kind.UNSEEN, group="functionality"),
    Source(dataset="surge_toxicity", kind=Kind.UNSEEN),
    Source(dataset="edos_sexism", kind=Kind.SEEN, splits=TEST),
    Source(dataset="convabuse", kind=Kind.SEEN, splits=TEST),
    Source(dataset="rbr_gold", kind=Kind.SEEN, splits=TEST),
    Source(dataset="bipia_injection", kind=Kind.SEEN, splits=TEST, group="task"),
    Source(dataset="presidio_pii", kind=Kind.SEEN, splits=TEST),
    Source(dataset="sms_spam", kind=Kind.SEEN, splits=TEST),
    Source(dataset="davidson_offensive", kind=Kind.SEEN, splits=TEST),
    Source(dataset="hatemoji_build", kind=Kind.SEEN, splits=("test", "dev")),
    Source(dataset="toxigen_demonstrations", kind=Kind.SEEN, splits=TEST),
    Source(dataset="clinc150", kind=Kind.LEFT_OUT, splits=TEST),
)
NAMES = (CORPUS, BENCH, *(source.dataset for source in SOURCES))


def load_set(name: str, *, corpus: Path, bench: Path, data: Path, limit: int = 0) -> BenchSet | None:
    """The set of that name; None where the data hold no row of its splits. `limit` rows of it, 0: all."""
    if name in (CORPUS, BENCH):
        suites = load_suites([bench]) if name == BENCH else load_suites([corpus])
        chosen = [suite for suite in suites if name == BENCH or is_held_out(suite.policy.id)]
        return BenchSet(name=name, kind=Kind.SUITES, suites=tuple(sampled_suites(chosen, limit)))
    source = next(source for source in SOURCES if source.dataset == name)
    split, rows = read_rows(data / f"{name}.jsonl.gz", source.splits)
    rows = sampled(rows, limit)
    if not rows:
        return None
    shown = f"{name}, {split} split" if split not in ("", *TEST) else name
    if name == MODEL_SPEC:
        return model_spec(rows, read_sections(data / SECTIONS))
    labels = [label for label in read_labels(data / LABELS) if label.dataset == name]
    return labelled_set(shown, source, rows, labels)


def labelled_set(name: str, source: Source, rows: Sequence[Row], labels: Sequence[Label]) -> BenchSet:
    """The rows under one policy with a clause per label; of a set that measures those left out, only these."""
    asked = [label for label in labels if label.is_left_out or source.kind is not Kind.LEFT_OUT]
    names = frozenset(label.name for label in asked)
    clauses = tuple(_clause(source.dataset, label.name, label.title, label.clause) for label in asked)
    policy = _policy(source.dataset, clauses)
    mixed = source.kind is Kind.SEEN
    return BenchSet(
        name=name,
        kind=source.kind,
        suites=(Suite(policy=policy, cases=tuple(case_of(row, names) for row in rows)),),
        known={row["id"]: known_labels(row, asked) for row in rows},
        left_out=frozenset(label.name for label in asked if mixed and label.is_left_out),
        groups={row["id"]: str(row["meta"][source.group]) for row in rows} if source.group else {},
    )


def model_spec(rows: Sequence[Row], sections: Mapping[str, tuple[str, str]]) -> BenchSet:
    """Each reply under the section it is held against: a policy of one clause that says all of it."""
    cases: dict[str, list[Case]] = {}
    for row in rows:
        cases.setdefault(row["meta"]["section"], []).append(case_of(row, frozenset(row["labels"])))
    policies = {name: _policy(name, (_clause(name, "violates_section", *sections[name]),)) for name in cases}
    suites = tuple(Suite(policy=policies[name], cases=tuple(given)) for name, given in cases.items())
    return BenchSet(name=MODEL_SPEC, kind=Kind.UNSEEN, suites=suites)


def sampled_suites(suites: Sequence[Suite], limit: int) -> list[Suite]:
    """About so many cases: whole policies with their twins, of every language."""
    rows = sum(len(suite.cases) for suite in suites)
    if not limit or limit >= rows:
        return list(suites)
    chosen: set[str] = set()
    for language in sorted({suite.policy.language for suite in suites}):
        bases = sorted({suite.base for suite in suites if suite.policy.language == language})
        count = max(POLICIES_A_LANGUAGE, round(len(bases) * limit / rows))
        chosen.update(random.Random(SEED).sample(bases, min(count, len(bases))))
    return [suite for suite in suites if suite.base in chosen]


def _clause(policy: str, name: str, title: str, text: str) -> Clause:
    return Clause(policy=policy, id=name, title=title, text=text, severity=2, action=Action.HOLD)


def _policy(name: str, clauses: tuple[Clause, ...]) -> Policy:
    return Policy(id=name, title=name.replace("_", " "), version="1.0.0", language="en", clauses=clauses)
