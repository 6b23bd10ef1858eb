"""Whether `policy simulate` finds a clause that was weakened, in 50,000 decisions, by judging at most 2,000 again.

    python benchmarks/policy_simulate.py --data DIR [--decisions 50000] [--most 2000] [--seeds 5] [--judge reading]

The record is made by judging texts under the starter policy `spam` (train rows of sms_spam): `reading` edits them (a
number and a word of filler, so that every content is another) and plants sentences about what the clauses forbid into a
share of them; `embedded` draws decisions from the rows as they are, popular ones more often (Zipf), so that the exact
answer is within reach. Then clauses are weakened by one part each (policies/mutants), chosen before anything is judged,
and restated (a sentence that says nothing is added: the control, which must not raise an alarm). The exact share of
flips is taken by judging everything by both versions, and held against samples of several seeds. Figures go to
standard output as JSON lines.
"""

import argparse
import asyncio
import gzip
import json
import random
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from komainu.apps.settings import Settings
from komainu.cascade import Cascade, Stage, Thresholds
from komainu.domain import Clause, Content, Decision, Opinion, Policy, Role, Rulebook, Verdict
from komainu.evals.simulation import Grouping, Plan, RecordHistory, Simulation, Surface, lanes, simulate
from komainu.evals.simulation.lanes import is_flip, stands
from komainu.policies import load, starter_path
from komainu.policies.diff import PolicyDiff, compare
from komainu.policies.mutants import Operator, make
from komainu.policies.stems import stems
from komainu.store import Store, open_store

SEED = 20261125
POLICY = "spam"
PLANTED = 0.04  # of the contents get a sentence about something that a clause forbids
FILLER = ("today", "again", "please", "really", "tomorrow", "maybe", "soon", "here")


class Reading:
    """Reads a clause as its sentences' parts, and is sure where a text speaks of most of what one part says.

    Cheap, repeatable, and turned by every word of a clause: it knows no meaning, so that figures are about sampling.
    """

    name = "reading@1"

    def __init__(self) -> None:
        self._parts: dict[str, list[frozenset[str]]] = {}
        self.asked = 0

    async def judge(self, content: Content, clauses: Sequence[Clause], _: Rulebook) -> Sequence[Opinion]:
        """One verdict per clause."""
        self.asked += 1
        said = stems(content.text)
        return [
            Verdict(clause=one.key, judge=self.name, probability=round(self._sure(one, said), 4)) for one in clauses
        ]

    def _sure(self, clause: Clause, said: frozenset[str] | set[str]) -> float:
        parts = self._parts.get(clause.text)
        if parts is None:
            pieces = (frozenset(stems(piece)) for piece in re.split(r"[,;.]| or | and ", clause.text))
            parts = self._parts[clause.text] = [piece for piece in pieces if piece]
        share = max((len(part & said) / len(part) for part in parts), default=0.0)
        return min(0.99, max(0.01, share**2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """What judges, and by which thresholds."""

    cascade: Cascade
    edited: bool  # whether every content is another


def judges(name: str) -> Judges:
    """`reading`, or `embedded` with thresholds that settle about as much as after calibration."""
    if name == "reading":
        thresholds = Thresholds(clear_below=0.3, violated_from=0.6)
        return Judges(cascade=Cascade(stages=(Stage(judge=Reading(), thresholds=thresholds),)), edited=True)
    settings = Settings.model_validate({"stages": [{"judge": "embedded", "clear_below": 0.2, "violated_from": 0.7}]})
    return Judges(cascade=settings.cascade(certified=False, many_policies=True), edited=False)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--decisions", type=int, default=50_000)
    options.add_argument("--most", type=int, default=2_000)
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("--judge", choices=("reading", "embedded"), default="reading")
    options.add_argument("--texts", type=int, default=2_000, help="distinct contents, for --judge embedded")
    given = options.parse_args()
    asyncio.run(measure(given))


async def measure(given: argparse.Namespace) -> None:
    """Fill a record, then simulate every version over it."""
    policy, chosen = load(starter_path() / POLICY / "policy.md"), judges(given.judge)
    old = replace(policy, clauses=tuple(replace(one, rules=type(one.rules)()) for one in policy.clauses))
    texts = list(contents(given, old, edited=chosen.edited))
    with tempfile.TemporaryDirectory() as folder:
        async with chosen.cascade:
            store = await open_store(Path(folder) / "record.db")
            began = time.perf_counter()
            known = await filled(store, old, texts, chosen.cascade)
            say(what="record", decisions=len(texts), contents=len(known), seconds=time.perf_counter() - began)
            for name, new in versions(old):
                scene = Scene(store=store, cascade=chosen.cascade, known=known, texts=texts)
                await compared(given, compare(old, new), name, scene)
            await store.close()


def contents(given: argparse.Namespace, policy: Policy, *, edited: bool) -> Iterator[Content]:
    """As many contents as decisions."""
    chance = random.Random(SEED)
    with gzip.open(given.data / "sms_spam.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [row["text"] for line in file if (row := json.loads(line)).get("split") == "train"]
    if not edited:
        some = chance.sample(rows, min(given.texts, len(rows)))
        popular = [1 / (place + 10) for place in range(len(some))]
        yield from (Content(text=text, role=Role.MESSAGE) for text in chance.choices(some, popular, k=given.decisions))
        return
    parts = [part for clause in policy.clauses for part in re.split(r"[,;.]", clause.text) if len(part.split()) > 2]
    for number in range(given.decisions):
        text = f"{chance.choice(rows)} {chance.choice(FILLER)} {number}"
        yield Content(text=f"{text}. {chance.choice(parts)}" if chance.random() < PLANTED else text, role=Role.MESSAGE)


def versions(policy: Policy) -> Iterator[tuple[str, Policy]]:
    """Of every clause the first part that can be taken out, and the clause restated."""
    seen: set[str] = set()
    ids = {clause.id for clause in policy.clauses}
    for mutant in make(policy, controls=True).mutants:
        if mutant.clause not in ids:
            continue
        if mutant.operator is Operator.RESTATE:
            yield mutant.name, mutant.policy
        elif mutant.operator is Operator.WEAKEN and mutant.clause not in seen:
            seen.add(mutant.clause)
            yield mutant.name, mutant.policy


async def decided(policy: Policy, texts: Sequence[Content], cascade: Cascade) -> dict[str, Decision]:
    """The decision on each content, by digest."""
    book, gate = Rulebook(policies=(policy,)), asyncio.Semaphore(64)
    distinct = {one.digest: one for one in texts}

    async def one(content: Content) -> Decision:
        async with gate:
            return await cascade.decide(content, book)

    found: dict[str, Decision] = {}
    waiting = list(distinct.values())
    for start in range(0, len(waiting), 2_000):
        made = await asyncio.gather(*map(one, waiting[start : start + 2_000]))
        found.update((decision.content, decision) for decision in made)
    return found


async def filled(store: Store, policy: Policy, texts: Sequence[Content], cascade: Cascade) -> Mapping[str, Decision]:
    """Put a decision on record for every text; what the judges said of each content."""
    known = await decided(policy, texts, cascade)
    for start in range(0, len(texts), 1_000):
        made = (
            (replace(known[text.digest], id=f"decision-{start + place:07}"), text)
            for place, text in enumerate(texts[start : start + 1_000])
        )
        await asyncio.gather(*(store.record(decision, text) for decision, text in made))
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A record, and how it came about."""

    store: Store
    cascade: Cascade
    known: Mapping[str, Decision]  # by digest of the content
    texts: Sequence[Content]  # of the decisions

    async def exact(self, diff: PolicyDiff) -> float:
        """The share of decisions on which some ruling flips, by judging every content by the new version."""
        now = await decided(diff.new, self.texts, self.cascade)
        keys = [lane.keys for lane in lanes(diff)]
        flipped = {
            digest
            for digest, after in now.items()
            if any(is_flip(stands(self.known[digest].rulings, a), stands(after.rulings, b)) for a, b in keys)
        }
        return sum(text.digest in flipped for text in self.texts) / len(self.texts)


async def compared(given: argparse.Namespace, diff: PolicyDiff, name: str, scene: Scene) -> None:
    """The exact answer, and those of samples."""
    began = time.perf_counter()
    exact = await scene.exact(diff)
    say(version=name, exact=exact, contents=len(scene.known), seconds=time.perf_counter() - began)
    keys = [lane.old.key for lane in lanes(diff) if lane.old is not None and lane.is_touched]
    for seed in range(given.seeds):
        history = RecordHistory(scene.store, Grouping(keys, scene.cascade), diff.old.id, since=None)
        surface, plan = Surface(diff.old, diff.new), Plan(most=given.most, seed=seed)
        began = time.perf_counter()
        found = await simulate(diff, history, scene.cascade, surface=surface, plan=plan)
        told(name, seed, found, exact, seconds=time.perf_counter() - began)


def told(name: str, seed: int, found: Simulation, exact: float, *, seconds: float) -> None:
    """One line for one sample."""
    share = found.flipped
    if share.value is None or share.low is None or share.high is None:
        raise SystemExit(f"{name}: a judge failed, so that nothing can be said")
    say(
        version=name,
        seed=seed,
        exact=exact,
        found=share.value,
        low=share.low,
        high=share.high,
        covers=share.low - 1e-12 <= exact <= share.high + 1e-12,
        seen=share.positives,
        judged=found.judged,
        recorded=found.recorded,
        strata=len(found.strata),
        seconds=seconds,
    )


def say(**figures: object) -> None:
    """A line of JSON."""
    short = {name: round(value, 6) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps(short, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
