"""Groups drawn from public sets: rules worded anew each time, and rules made of others; labels follow by logic."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from komainu.judges.embedded.words import ClauseWords
from komainu.learning.examples import FINE, UNKNOWN, VIOLATES, Group, label_matrix
from komainu.learning.public import BENIGN, PublicSet, Row, Wordings

CONTENTS = 24  # of the set in one group
ORDINARY = 6  # contents of other sets that violate no rule on harm
CLAUSES = 10
INVERTED, COMPOSED = 0.2, 0.3  # shares of the clauses
JAPANESE = 0.3  # share of the wordings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A clause, and how labels decide it: violated where any of `any_of` is there and none of `none_of`."""

    words: ClauseWords
    any_of: tuple[str, ...]
    none_of: tuple[str, ...] = ()
    inverted: bool = False
    harm: bool = False

    def label(self, labels: Mapping[str, bool]) -> int:
        """What follows from what is known; UNKNOWN where it does not follow."""
        excused = _any(labels, self.none_of)
        violates = _any(labels, self.any_of)
        if excused is True or violates is False:
            answer = False
        elif excused is None or violates is None:
            return UNKNOWN
        else:
            answer = True
        return VIOLATES if answer is not self.inverted else FINE


def _any(labels: Mapping[str, bool], names: Sequence[str]) -> bool | None:
    """Whether any of the labels is there; None where that is not known."""
    known = [labels.get(name) for name in names]
    if True in known:
        return True
    return None if None in known else False


def drawn(sets: Sequence[PublicSet], *, seed: int, share: float = 1.0) -> Iterator[Group]:
    """Groups in which each row of each set comes up about `share` times, each time under other words."""
    chance = random.Random(seed)
    ordinary = [row for public in sets if public.name in BENIGN for row in public.rows]
    for public in sets:
        if not public.wordings:
            continue
        for number in range(max(1, round(share * len(public.rows) / CONTENTS))):
            yield _group(public, number, ordinary, chance)


def _group(public: PublicSet, number: int, ordinary: Sequence[Row], chance: random.Random) -> Group:
    rules = [_rule(public.wordings, chance) for _ in range(CLAUSES)]
    rows = _rows(public.rows, rules, chance)
    others = chance.sample(ordinary, ORDINARY) if public.name not in BENIGN else []
    labels = [[rule.label(row.labels) for rule in rules] for row in rows]
    labels += [[FINE if rule.harm and not rule.inverted else UNKNOWN for rule in rules] for _ in others]
    return Group(
        source=f"public-{public.name}",
        split_by=f"{public.name}/{number}",
        language="en",
        contents=tuple(row.content for row in (*rows, *others)),
        clauses=tuple(rule.words for rule in rules),
        labels=label_matrix(labels),
    )


def _rows(rows: Sequence[Row], rules: Sequence[Rule], chance: random.Random) -> list[Row]:
    """A draw in which the rules are violated: rare labels would hardly come up otherwise."""
    pool = chance.sample(rows, min(len(rows), 40 * CONTENTS))
    chosen: dict[int, Row] = {}
    for rule in rules:
        hits = [place for place, row in enumerate(pool) if rule.label(row.labels) == VIOLATES]
        for place in chance.sample(hits, min(len(hits), 2)):
            chosen[place] = pool[place]
    for place, row in enumerate(pool):
        if len(chosen) >= CONTENTS:
            break
        chosen.setdefault(place, row)
    return list(chosen.values())[:CONTENTS]


def _rule(wordings: Mapping[str, Wordings], chance: random.Random) -> Rule:
    label = chance.choice(sorted(wordings))
    language = "ja" if wordings[label].straight["ja"] and chance.random() < JAPANESE else "en"
    draw = chance.random()
    if draw < INVERTED and wordings[label].inverted[language]:
        words = ClauseWords(rule=chance.choice(wordings[label].inverted[language]))
        return Rule(words=words, any_of=(label,), inverted=True)
    rule = Rule(
        words=ClauseWords(rule=_said(wordings[label], language, chance)), any_of=(label,), harm=wordings[label].harm
    )
    others = [other for other in sorted(wordings) if other != label and wordings[other].straight[language]]
    if draw > 1 - COMPOSED and others:
        return _composed(rule, wordings, chance.choice(others), language, chance)
    return rule


def _composed(rule: Rule, wordings: Mapping[str, Wordings], other: str, language: str, chance: random.Random) -> Rule:
    """The rule or another one (a union), or the rule with the other as its exception."""
    said = _said(wordings[other], language, chance)
    if chance.random() < 0.5:
        exceptions = (*rule.words.exceptions, said if language == "ja" else f"Not a violation: {said}")
        words = ClauseWords(rule=rule.words.rule, exceptions=exceptions)
        return Rule(words=words, any_of=rule.any_of, none_of=(other,), harm=rule.harm)
    joined = f"{rule.words.rule} または、{said}" if language == "ja" else f"Either: {rule.words.rule} Or: {said}"
    words = ClauseWords(rule=joined)
    return Rule(words=words, any_of=(*rule.any_of, other), harm=rule.harm and wordings[other].harm)


def _said(wordings: Wordings, language: str, chance: random.Random) -> str:
    return chance.choice(wordings.straight[language])
