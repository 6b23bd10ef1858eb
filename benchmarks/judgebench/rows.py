"""The files of public data: rows, and what their labels mean."""

import gzip
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from judgebench.choices import HELD_OUT_CLAUSES, HELD_OUT_DOMAINS, SEED
from komainu.domain import Role
from komainu.policies import Case

ROLES = {"user": Role.PROMPT, "assistant": Role.RESPONSE, "post": Role.POST, "tool": Role.TOOL_RESULT}
TURN = re.compile(r"\n(?=(?:user|assistant|system|developer|tool): )")
PREFIX = re.compile(r"^(?:v_\d_\d+|intent|domain|topic)_")
AREA = re.compile(r"\(([^()]+)\)\.$")
VIOLATES_FROM = 0.5  # of a graded label
Row = Mapping[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A line of `labels.jsonl`: what a column of a set means."""

    dataset: str
    name: str
    clause: str  # in plain words
    domain: str
    absent_is_zero: bool  # the set lists positives only; else an absent label is unknown

    @property
    def title(self) -> str:
        """A short name."""
        words = re.sub(r"[_/]+", " ", PREFIX.sub("", self.name)).strip()
        return words[:1].upper() + words[1:]

    @property
    def area(self) -> str:
        """The domain of an intent of clinc150, as its clause names it; empty where it has none."""
        if self.name.startswith("domain_"):
            return self.name.removeprefix("domain_").replace("_", " ")
        found = AREA.search(self.clause)
        return found[1] if found else ""

    @property
    def is_left_out(self) -> bool:
        """Whether training never saw its clause."""
        in_area = self.dataset == "clinc150" and self.area in HELD_OUT_DOMAINS
        return in_area or (self.dataset, self.name) in HELD_OUT_CLAUSES


def read_rows(path: Path, splits: Sequence[str] = ()) -> tuple[str, list[Row]]:
    """The rows of the first of these splits that has any, and its name; without splits all rows, and no name."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows: list[Row] = [json.loads(line) for line in file if line.strip()]
    if not splits:
        return "", rows
    by_split = {split: [row for row in rows if row.get("split") == split] for split in splits}
    return next(((split, found) for split, found in by_split.items() if found), ("", []))


def read_labels(path: Path) -> list[Label]:
    """What the columns of all sets mean."""
    return [
        Label(
            dataset=line["dataset"],
            name=line["label"],
            clause=line["clause"],
            domain=line["domain"],
            absent_is_zero=line["absent_is_zero"],
        )
        for line in _lines(path)
    ]


def read_sections(path: Path) -> dict[str, tuple[str, str]]:
    """Title and text of every section of the Model Spec, by id."""
    return {line["id"]: (line["title"], line["text"]) for line in _lines(path)}


def case_of(row: Row, labels: frozenset[str]) -> Case:
    """A row as a case that violates those of the labels that it carries, with the turns before it as its context."""
    context = row.get("context") or ""
    return Case(
        id=row["id"],
        text=row["text"],
        role=ROLES[row["role"]],
        context=tuple(TURN.split(context)) if context else (),
        violates=tuple(name for name, value in row["labels"].items() if name in labels and value >= VIOLATES_FROM),
    )


def known_labels(row: Row, labels: Sequence[Label]) -> frozenset[str]:
    """Of these labels, the names of those that the row says something about."""
    return frozenset(label.name for label in labels if label.absent_is_zero or label.name in row["labels"])


def sampled(items: Sequence[Item], limit: int) -> list[Item]:
    """So many of them in their order, drawn by the seed; all where `limit` is 0."""
    if not limit or limit >= len(items):
        return list(items)
    return [items[place] for place in sorted(random.Random(SEED).sample(range(len(items)), limit))]


def _lines(path: Path) -> Iterator[Row]:
    yield from (json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip())
