"""What a user could run instead, on the same items in the same run: a word list, and a small generative model.

Both stand in an environment of their own; requirements/bench.in says how to make it. Where it is missing, or a part of
it, that is said and the rest goes on.
"""

import asyncio
import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np

from judgebench.choices import THRESHOLD
from judgebench.figures import AUROC, BOOTSTRAP, F1, Line
from judgebench.judging import make_judge
from judgebench.resampling import Pairs, figures
from judgebench.rows import sampled
from judgebench.sets import BENCH, MODERATION, BenchSet
from judgebench.speed import median
from komainu.domain import Content, Policy, Rulebook, Ruling, Verdict
from komainu.evals import Score
from komainu.metrics import auroc, f1_at, share
from komainu.policies import Case

WORKER = Path(__file__).with_name("alternative.py")
PROFANITY, QWEN, OURS = "alt-profanity-check", "Qwen 1.5B, one token", "embedded judge, same items"
AGAINST_WORDS = {MODERATION: "", "surge_toxicity": "toxic", "edos_sexism": "sexist"}  # the label; empty: any
MOST_CHARS = 6_000  # of a content, in the prompt
ASK = "You check content against one policy. {policy}\n\nDoes the content break a rule of the policy? Say Yes or No."


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One content under one policy, and whether it violates any clause of it."""

    policy: Policy
    case: Case
    label: bool


def items_of(bench: BenchSet, label: str = "") -> list[Item]:
    """Per case with a known label: whether it has that one, or any."""
    return [
        Item(policy=suite.policy, case=case, label=label in case.violates if label else bool(case.violates))
        for suite in bench.suites
        for case in suite.cases
        if _is_known(bench, case, label)
    ]


def profanity_lines(sets: Sequence[BenchSet], python: Path) -> Iterator[Line | str]:
    """The word list on the sets it could be used for; a reason where it cannot run."""
    for bench in sets:
        label = AGAINST_WORDS.get(bench.name)
        if label is None:
            continue
        items = items_of(bench, label)
        answered = answers("profanity", [{"text": item.case.text} for item in items], python)
        if isinstance(answered, str):
            yield answered
            return
        name, said, seconds = answered
        yield from _lines(f"{name}: {bench.name}, {label or 'any category'}", items, said)
        rate = median(1 / np.array(seconds))
        yield Line(set=f"{name}: {bench.name}, {label or 'any category'}", what="texts/s, one at a time", figure=rate)


def qwen_lines(sets: Sequence[BenchSet], python: Path, count: int) -> Iterator[Line | str]:
    """The generative model on so many items, half of each set, with the embedded judge on the very same."""
    lots = [sampled(items_of(bench), count // 2) for bench in sets if bench.name in (BENCH, MODERATION)]
    # Items of one policy one after the other: the model keeps what it has read of a prompt that begins alike.
    items = sorted((item for lot in lots for item in lot), key=lambda item: item.policy.id)
    answered = answers("qwen", [prompt(item) for item in items], python) if items else f"{QWEN}: no items"
    if isinstance(answered, str):
        yield answered
        return
    ours = asyncio.run(_embedded(items))
    for name, said, seconds in (answered, (OURS, *ours)):
        yield from _lines(name, items, said)
        yield Line(set=name, what="seconds per item", figure=median(np.array(seconds)))


def prompt(item: Item) -> dict[str, str]:
    """The question, the policy first."""
    turns = "".join(f"Before it: {turn}\n" for turn in item.case.context)
    text = f"{turns}Content ({item.case.role.value}):\n{item.case.text}"
    return {"system": ASK.format(policy=written(item.policy)), "text": text[:MOST_CHARS]}


def written(policy: Policy) -> str:
    """A policy as a model reads it."""
    parts = [f"# {policy.title}", policy.purpose]
    parts += [f"{one.term}: {one.meaning}" for one in policy.definitions]
    parts += ["## Violates", *(f"- {one.title}: {one.text}" for one in policy.clauses)]
    parts += ["## Allowed", *(f"- {one.title}: {one.text}" for one in policy.allowed)] if policy.allowed else []
    parts += [f"- {one}" for one in policy.ambiguity]
    return "\n".join(part for part in parts if part)


def answers(
    which: str, asked: Sequence[dict[str, str]], python: Path
) -> tuple[str, list[float | None], list[float]] | str:
    """Who answered, its probabilities and seconds; or why it did not."""
    if not python.exists():
        return f"{which}: {python} is missing: make the environment that requirements/bench.in describes"
    given = "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in asked)
    ran = subprocess.run([python, WORKER, which], input=given, capture_output=True, text=True, check=False)
    first, *rest = [json.loads(line) for line in ran.stdout.splitlines()] or [{"missing": ran.stderr.strip()[-300:]}]
    if "missing" in first:
        return f"{which}: {first['missing']}: see requirements/bench.in"
    if len(rest) != len(asked):
        return f"{which}: {len(rest)} answers to {len(asked)} items: {ran.stderr.strip()[-300:]}"
    return first["name"], [one["probability"] for one in rest], [one["seconds"] for one in rest]


def _lines(name: str, items: Sequence[Item], said: Sequence[float | None]) -> Iterator[Line]:
    scores = [_score(item, probability) for item, probability in zip(items, said, strict=True)]
    named = figures({AUROC: auroc, F1: f1_at(THRESHOLD)}, Pairs(scores, _row), BOOTSTRAP)
    yield from (Line(set=name, what=what, figure=figure) for what, figure in named.items())
    judged = [score for score in scores if score.probability is not None]
    right = [((score.probability or 0.0) >= THRESHOLD) is score.label for score in judged]
    yield Line(set=name, what="accuracy at .5", figure=share(right, [_row(score) for score in judged], BOOTSTRAP))


def _score(item: Item, probability: float | None) -> Score:
    return Score(
        case=item.case.id,
        policy=item.policy.id,
        clause="",
        label=item.label,
        probability=probability,
        ruling=Ruling.OPEN,
        language=item.policy.language,
    )


def _row(score: Score) -> str:
    return f"{score.policy}/{score.case}"


async def _embedded(items: Sequence[Item]) -> tuple[list[float | None], list[float]]:
    """The highest probability of the clauses, and seconds, one item at a time."""
    judge, said, seconds = make_judge(remembering=False).judge, [], []
    for _, lot in groupby(items, key=lambda item: item.policy.id):
        together = list(lot)
        book = Rulebook(policies=(together[0].policy,))
        await judge.judge(Content(text="The rulebook is compiled before."), book.clauses, book)
        for item in together:
            started = time.perf_counter()
            opinions = await judge.judge(item.case.content, book.clauses, book)
            seconds.append(time.perf_counter() - started)
            said.append(max((one.probability for one in opinions if isinstance(one, Verdict)), default=None))
    return said, seconds


def _is_known(bench: BenchSet, case: Case, label: str) -> bool:
    if bench.known is None:
        return True
    known = bench.known[case.id]
    return label in known if label else bool(known)
