"""Training rows of public data sets: contents with labels, and the wordings of the rule that each label stands for."""

import gzip
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from komainu.domain import Content, Role

# Clauses that never train, so that their figures say what the judge makes of a rule it has not seen. Left out with
# them are the labels that they are part of or that are part of them.
LEFT_OUT = frozenset(
    {
        ("edos_sexism", "threats_plans_to_harm_and_incitement"),
        ("edos_sexism", "v_1_1_threats_of_harm"),
        ("edos_sexism", "v_1_2_incitement_and_encouragement_of_harm"),
        ("edos_sexism", "v_3_3_backhanded_gendered_compliments"),
        ("edos_sexism", "v_4_1_supporting_mistreatment_of_individual_women"),
        ("convabuse", "sex_harassment"),
        ("convabuse", "intellectual"),
        ("rbr_gold", "disclaimer"),
        ("rbr_gold", "judgement"),
        ("rbr_gold", "requests_information"),
        ("presidio_pii", "credit_card"),
        ("presidio_pii", "organization"),
        ("presidio_pii", "zip_code"),
        ("clinc150", "domain_credit_cards"),
        ("clinc150", "domain_kitchen_and_dining"),
        ("clinc150", "domain_travel"),
    }
)
# Most rows taken of each set, so that no source outweighs the rules; topic sets get the least.
ROWS: Mapping[str, int] = {
    "advbench": 250,
    "ailuminate_demo": 1_200,
    "benign_instructions": 308,
    "bipia_injection": 717,
    "catqa": 550,
    "clinc150": 5_000,
    "coconot": 927,
    "convabuse": 2_000,
    "counsel_chat": 700,
    "davidson_offensive": 2_500,
    "edos_sexism": 6_000,
    "hatemoji_build": 3_500,
    "inthewild_jailbreaks": 400,
    "jglue_benign_ja": 3_000,
    "presidio_pii": 1_245,
    "rbr_gold": 344,
    "sms_spam": 2_000,
    "toxigen_demonstrations": 526,
}
BENIGN = frozenset({"benign_instructions", "jglue_benign_ja", "clinc150", "counsel_chat"})  # violate no rule on harm
ABSENT_IS_ZERO = frozenset({"clinc150", "catqa"})
MAX_CHARS = 1_200  # of a row's text; the encoder reads no more of it
_ROLES = {"user": Role.PROMPT, "assistant": Role.RESPONSE, "post": Role.POST, "tool": Role.TOOL_RESULT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One content with what is known of it."""

    content: Content
    labels: Mapping[str, bool]
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordings:
    """How the rule of one label can be said; under the inverted ones a text without the label violates."""

    straight: Mapping[str, tuple[str, ...]]  # by language
    inverted: Mapping[str, tuple[str, ...]]
    harm: bool  # whether ordinary text is sure not to violate it


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicSet:
    """The training rows of one public set."""

    name: str
    rows: tuple[Row, ...]
    wordings: Mapping[str, Wordings]  # by label


def load_public(data: Path, wordings: Path, seed: int) -> list[PublicSet]:
    """Every set in ROWS: its training rows without those that nearly repeat a test row, capped by a seeded draw."""
    overlap = json.loads((data / "overlap.json").read_text("utf-8"))
    said = _wordings(data / "labels.jsonl", wordings)
    sets = []
    for name, most in ROWS.items():
        dropped = frozenset(overlap.get(name, ()))
        given = [row for row in _lines(data / f"{name}.jsonl.gz") if row["id"] not in dropped and _trains(name, row)]
        labels = frozenset(said.get(name, {}))
        rows = [_row(name, row, labels) for row in _drawn(given, most, random.Random(f"{seed}/{name}"))]
        sets.append(PublicSet(name=name, rows=tuple(rows), wordings=said.get(name, {})))
    return sets


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _trains(name: str, row: dict[str, Any]) -> bool:
    return row.get("split") in (None, "train") and row["lang"] in ("en", "ja") and _in_seen_area(name, row)


def _in_seen_area(name: str, row: dict[str, Any]) -> bool:
    return not any((name, label) in LEFT_OUT and label.startswith("domain_") for label in row["labels"])


def _drawn(rows: Sequence[dict[str, Any]], most: int, chance: random.Random) -> list[dict[str, Any]]:
    """At most `most` rows, half of them with some label where there are so many."""
    labelled = [row for row in rows if any(row["labels"].values())]
    bare = [row for row in rows if not any(row["labels"].values())]
    chance.shuffle(labelled)
    chance.shuffle(bare)
    half = max(most // 2, most - len(bare))
    return labelled[:half] + bare[: most - min(half, len(labelled))]


def _row(name: str, row: dict[str, Any], labels: frozenset[str]) -> Row:
    known = {label: bool(value) for label, value in row["labels"].items() if label in labels}
    if name in ABSENT_IS_ZERO:
        known = {label: known.get(label, False) for label in labels}
    context = (row["context"],) if row.get("context") else ()
    content = Content(text=row["text"][:MAX_CHARS], role=_ROLES[row["role"]], context=context)
    return Row(content=content, labels=known, language=row["lang"])


def _wordings(labels: Path, folder: Path) -> dict[str, dict[str, Wordings]]:
    """Set -> label -> wordings: the clause of `labels.jsonl` and those in `folder`; none that is left out."""
    written: dict[tuple[str, str], dict[str, Any]] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            one = json.loads(line)
            written[one["dataset"], one["label"]] = one
    sets: dict[str, dict[str, Wordings]] = {}
    for line in labels.read_text("utf-8").splitlines():
        one = json.loads(line)
        place = one["dataset"], one["label"]
        if place in LEFT_OUT or one["dataset"] not in ROWS or one["label"] == "presumed_benign":
            continue
        more = written.get(place, {})
        sets.setdefault(place[0], {})[place[1]] = Wordings(
            straight={"en": (one["clause"], *more.get("en", ())), "ja": tuple(more.get("ja", ()))},
            inverted={"en": tuple(more.get("not_en", ())), "ja": tuple(more.get("not_ja", ()))},
            harm=one["kind"] == "harm",
        )
    return sets
