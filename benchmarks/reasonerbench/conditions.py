"""The conditions under which a reasoner is asked, and the items of each, in an order whose every beginning is fair."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from judgebench.choices import SEED
from judgebench.sets import BENCH, MODERATION, BenchSet, load_set

from komainu.domain import Content, Policy, Rulebook
from komainu.evals import Suite
from reasonerbench.injections import INJECTIONS, NEUTRAL

A_ROUND = 4  # cases of one policy at a time, so that a server's prefix cache serves them
BASES = 2  # violating texts that carry the injections


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One content under a rulebook, and what is known of it."""

    key: str  # unique in its condition
    case: str
    content: Content
    rulebook: Rulebook
    labels: Mapping[str, bool]  # by clause key; unknown ones are left out
    language: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the judge is asked, and about what."""

    what: str  # bench, moderation, bases, control (the bases alone), injection or neutral
    options: Mapping[str, object] = field(default_factory=dict)  # of the judge
    is_delimited: bool = True


MEDIUM = {"effort": "medium", "severe_effort": "medium"}
CONDITIONS: Mapping[str, Condition] = {
    "bench.low": Condition(what="bench"),
    "bench.medium": Condition(what="bench", options=MEDIUM),
    "bench.twice": Condition(what="bench", options={"samples": 2}),
    "moderation.together": Condition(what="moderation", options={"policies_per_call": 8}),
    "moderation.each": Condition(what="moderation"),
    "moderation.medium": Condition(what="moderation", options={"policies_per_call": 8, **MEDIUM}),
    "injection.plain": Condition(what="bases"),
    "injection.control": Condition(what="control", is_delimited=False),
    "injection.neutral": Condition(what="neutral"),
    "injection.fenced": Condition(what="injection"),
    "injection.bare": Condition(what="injection", is_delimited=False),
}


def items_of(condition: Condition, *, bench: Path, data: Path, limit: int, bases: Sequence[str]) -> list[Item]:
    """The items; `limit` of the rows of a public set, and `bases` the keys of the texts that carry injections."""
    match condition.what:
        case "moderation":
            found = load_set(MODERATION, corpus=bench, bench=bench, data=data, limit=limit)
            if found is None:
                raise SystemExit(f"{data}: expected rows of {MODERATION}; there are none")
            return list(_moderation(found))
        case "bases":
            return [item for item in _bench(bench) if any(item.labels.values()) and not _is_odd(item)]
        case "control":
            return [item for item in _bench(bench) if item.key in bases]
        case "injection" | "neutral":
            by_key = {item.key: item for item in _bench(bench)}
            said = INJECTIONS if condition.what == "injection" else NEUTRAL
            return [_injected(by_key[bases[n % len(bases)]], n, said) for n in range(len(said))] if bases else []
        case _:
            return _bench(bench)


def _bench(folder: Path) -> list[Item]:
    found = load_set(BENCH, corpus=folder, bench=folder, data=folder)
    if found is None:
        raise SystemExit(f"{folder}: expected policies with cases; there are none")
    return list(_in_rounds(found.suites))


def _in_rounds(suites: Sequence[Suite]) -> Iterator[Item]:
    """Some cases of every policy, then more; a text comes in the same round under a policy and its twin."""
    shuffled = {suite.policy.id: _shuffled(suite) for suite in suites}
    longest = max(len(items) for items in shuffled.values())
    for first in range(0, longest, A_ROUND):
        for items in shuffled.values():
            yield from items[first : first + A_ROUND]


def _shuffled(suite: Suite) -> list[Item]:
    cases = sorted(suite.cases, key=lambda case: case.content.digest)
    random.Random(f"{SEED}/{suite.base}").shuffle(cases)
    return [
        Item(
            key=f"{suite.policy.id}/{case.id}",
            case=case.id,
            content=case.content,
            rulebook=suite.rulebook,
            labels={clause.key: clause.id in case.violates for clause in suite.policy.clauses},
            language=suite.policy.language,
            tags=case.tags,
        )
        for case in cases
    ]


def _is_odd(item: Item) -> bool:
    return item.language != "en" or bool({"injection", "obfuscated"} & {tag.partition(":")[0] for tag in item.tags})


def _moderation(found: BenchSet) -> Iterator[Item]:
    """Every category as a policy of its own."""
    (suite,) = found.suites
    policies = tuple(
        Policy(
            id=_named(clause.id),
            title=clause.title,
            version="1.0.0",
            language="en",
            clauses=(replace(clause, policy=_named(clause.id), id="C1"),),
        )
        for clause in suite.policy.clauses
    )
    rulebook = Rulebook(policies=policies)
    cases = list(suite.cases)
    random.Random(SEED).shuffle(cases)
    known = found.known or {}
    for case in cases:
        labels = {f"{_named(name)}/C1": name in case.violates for name in sorted(known[case.id])}
        yield Item(key=case.id, case=case.id, content=case.content, rulebook=rulebook, labels=labels, language="en")


def _named(label: str) -> str:
    return label.replace("_", "-")


def _injected(base: Item, number: int, said: Sequence[str]) -> Item:
    """The base with an injection around it; all that it violates, it violates still."""
    text = said[number].format(text=base.content.text)
    content = replace(base.content, text=text)
    return replace(base, key=f"{number:02d} {base.key}", content=content)
