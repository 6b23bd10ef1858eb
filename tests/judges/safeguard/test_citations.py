"""The audit on many citations: altered ones are refused, untouched ones in other typography pass."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from komainu.domain import Content, Policy
from komainu.judges.safeguard.audit import Check, audit
from komainu.judges.safeguard.quotes import find_quote
from komainu.judges.safeguard.said import Quote, Said
from komainu.policies import load, load_cases, policy_files, starter_path

POLICIES = [(load(file), load_cases(file, load(file))) for file in policy_files(starter_path())]


def texts() -> list[str]:
    return [case.text for _, cases in POLICIES for case in cases]


def excerpt(text: str, chance: random.Random) -> str:
    """A stretch of whole words, or of characters in Japanese; at least twelve characters where there are so many."""
    words = [found.span() for found in re.finditer(r"\S+", text)]
    if len(words) < 5:
        start = chance.randrange(max(1, len(text) - 16))
        return text[start : start + chance.randint(12, 30)].strip()
    first = chance.randrange(len(words) - 4)
    last = min(len(words) - 1, first + chance.randint(3, 10))
    return text[words[first][0] : words[last][1]]


def retyped(quote: str, chance: random.Random) -> str:
    """The same words in other typography."""
    changes = [
        lambda text: text.replace("'", "’").replace('"', "“"),
        str.upper,
        lambda text: text.replace(" ", "  "),
        lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
        lambda text: text.replace("-", "–"),
        lambda text: text,
    ]
    return chance.choice(changes)(quote)


def altered(text: str, quote: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Quotes that say something else, with what was done."""
    if number := re.search(r"\d+", quote):
        yield "number", quote.replace(number[0], str(int(number[0]) + 7), 1)
    words = quote.split(" ")
    if len(words) > 4:
        place = chance.randrange(1, len(words) - 1)
        yield "denied", " ".join([*words[:place], "not", *words[place:]])
    if denial := re.search(r"\b(?:not|never|no|without)\b ", quote):
        yield "denial dropped", quote.replace(denial[0], "", 1)
    if "ません" in quote:
        yield "denial dropped", quote.replace("ません", "ます", 1)
    other = chance.choice([one for one in texts() if one != text])
    yield "of another text", excerpt(other, chance)


def test_altered_quotes_are_refused_and_retyped_ones_pass() -> None:
    chance = random.Random(20261127)
    passed, refused, missed, untouched, lost = 0, 0, [], 0, []
    for text in texts():
        quote = excerpt(text, chance)
        if len(quote) < 8:
            continue
        untouched += 1
        shown = retyped(quote, chance)
        if find_quote(shown, text) is None:
            lost.append(shown)
        else:
            passed += 1
        for what, other in altered(text, quote, chance):
            if other in text:
                continue
            if find_quote(other, text) is None:
                refused += 1
            else:
                missed.append((what, other))
    assert untouched >= 200
    assert refused >= 200
    assert passed >= 0.98 * untouched, f"{passed} of {untouched} untouched quotes pass; lost: {lost[:5]}"
    assert not missed, f"{len(missed)} of {len(missed) + refused} altered quotes pass: {missed[:5]}"


def ids_altered(policy: Policy) -> Iterator[str]:
    """Ids like this policy's that it does not have."""
    known = {clause.id for clause in policy.every_clause}
    for clause in policy.clauses:
        head, number = re.fullmatch(r"(.*?)(\d+)", clause.id).groups()  # type: ignore[union-attr]
        yield from (
            f"{head}{int(number) + step}" for step in (1, 10, 100) if f"{head}{int(number) + step}" not in known
        )


def test_ids_that_do_not_exist_are_found_in_verdict_and_rationale() -> None:
    tried = 0
    for policy, _ in POLICIES:
        labels = {clause.id: clause.key for clause in policy.clauses}
        first, *others = [clause.id for clause in policy.clauses]
        right = Said(
            violated={first: True, **dict.fromkeys(others, False)},
            quotes=(Quote(clause=first, text="some words"),),
            rationale=f"{first} applies.",
            severity=2,
        )
        content = Content(text="these are some words")
        assert audit(right, content=content, policies=[policy], labels=labels).passed
        for stranger in ids_altered(policy):
            for said in (
                replace(right, unknown=(stranger,)),
                replace(right, rationale=f"It violates {stranger}."),
                replace(right, rationale=f"{first} applies, and so does {stranger}."),
            ):
                found = audit(said, content=content, policies=[policy], labels=labels)
                assert Check.UNKNOWN_CLAUSE in {one.check for one in found.findings}, f"{policy.id}: {stranger} passed"
                assert not found.passed
                tried += 1
    assert tried >= 100


def test_right_ids_and_allowed_ones_may_be_named() -> None:
    for policy, _ in POLICIES:
        labels = {clause.id: clause.key for clause in policy.clauses}
        first, *others = [clause.id for clause in policy.clauses]
        allowed = policy.allowed[0].id if policy.allowed else first
        said = Said(
            violated={first: True, **dict.fromkeys(others, False)},
            quotes=(Quote(clause=first, text="some words"),),
            rationale=f"{first} applies; {', '.join(others)} do not, and {allowed} is no excuse for GPT4 or 5 of them.",
            severity=2,
        )
        found = audit(said, content=Content(text="these are some words"), policies=[policy], labels=labels)
        assert found.passed, f"{policy.id}: {found.findings}"
