"""The same cases under words that say nothing, or something else: what is left there was not read in the policy.

- blank: every clause says "." and has no examples, so only the content is left to go by;
- shuffled: every clause says what a clause of another policy in the same language says (a policy and its twin never
  swap); a set of one policy takes the words of clauses of other sets, about other matters;
- swapped: the clauses of a policy change places among themselves, so only the subject of the policy is left;
- tf-idf: cosine similarity of character 2- to 4-grams between content and clause; ranks, and rules on nothing.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

from sklearn.feature_extraction.text import TfidfVectorizer

from judgebench.choices import NOTHING, SEED, SHUFFLES
from judgebench.rows import Label
from judgebench.sets import BenchSet
from komainu.domain import AllowedClause, Clause, Policy, Ruling
from komainu.evals import Score, Suite

BLANK, SHUFFLED, SWAPPED, TF_IDF = "blank", "shuffled", "swapped", "tf-idf"
Kind = TypeVar("Kind", Clause, AllowedClause)


def controls_of(bench: BenchSet, labels: Sequence[Label]) -> dict[str, list[BenchSet]]:
    """The controls that the set allows, by name: its cases under other policies, once or several times."""
    controls = {BLANK: [bench.under(blanked(suite) for suite in bench.suites)]}
    if bench.has_many_policies:
        controls[SHUFFLED] = [bench.under(shuffled(bench.suites))]
    elif others := foreign(bench.suites[0].policy, labels):
        controls[SHUFFLED] = [bench.under(reworded(suite, words) for suite in bench.suites) for words in others]
    if any(len(suite.policy.clauses) > 1 for suite in bench.suites):
        controls[SWAPPED] = [bench.under(swapped(suite) for suite in bench.suites)]
    return controls


def blanked(suite: Suite) -> Suite:
    """The suite with nothing left of what its policy says."""
    policy = suite.policy
    clauses = tuple(replace(clause, title=NOTHING, text=NOTHING, examples=()) for clause in policy.clauses)
    allowed = tuple(replace(clause, title=NOTHING, text=NOTHING, examples=()) for clause in policy.allowed)
    return replace(suite, policy=_only_clauses(replace(policy, title=NOTHING, clauses=clauses, allowed=allowed)))


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
    return [reworded(suite, words) for suite in suites]


def foreign(policy: Policy, labels: Sequence[Label]) -> list[dict[str, Clause | AllowedClause]]:
    """Several times, for each clause of a public set the words of one from another set that is about other matters."""
    own = {label.domain for label in labels if label.dataset == policy.id}
    decks: dict[str, list[Label]] = {}
    for label in labels:
        if label.dataset != policy.id and label.domain not in own:
            decks.setdefault(label.dataset, []).append(label)
    return [_dealt(policy, decks, random.Random(SEED + draw)) for draw in range(SHUFFLES)] if decks else []


def swapped(suite: Suite) -> Suite:
    """The suite with each violating clause in the words of the next one of its policy."""
    clauses = suite.policy.clauses
    moved = zip(clauses, (*clauses[1:], clauses[0]), strict=True)
    return replace(
        suite, policy=replace(suite.policy, clauses=tuple(_with_words(clause, other) for clause, other in moved))
    )


def reworded(suite: Suite, words: Mapping[str, Clause | AllowedClause]) -> Suite:
    """The suite with each clause in the words given under its key."""
    clauses = tuple(_with_words(clause, words[clause.key]) for clause in suite.policy.clauses)
    allowed = tuple(_with_words(clause, words[clause.key]) for clause in suite.policy.allowed)
    return replace(suite, policy=_only_clauses(replace(suite.policy, clauses=clauses, allowed=allowed)))


def by_tf_idf(suites: Sequence[Suite], scores: Sequence[Score]) -> list[Score]:
    """The scores with the similarity of the characters instead of the judge's probability, on the pairs it judged."""
    contents = [case.text for suite in suites for case in suite.cases]
    weigh = TfidfVectorizer(analyzer="char", ngram_range=(2, 4), sublinear_tf=True)
    weigh.fit([*contents, *(words for suite in suites for words in _said(suite))])
    similar = [
        float(similarity)
        for suite in suites
        for similarity in (weigh.transform([case.text for case in suite.cases]) @ weigh.transform(_said(suite)).T)
        .toarray()
        .ravel()
    ]
    return [
        replace(
            score,
            probability=None if score.probability is None else min(1.0, similarity),
            ruling=Ruling.OPEN,
        )
        for score, similarity in zip(scores, similar, strict=True)
    ]


def _only_clauses(policy: Policy) -> Policy:
    """The policy without what it says beside its clauses, which would give them away."""
    return replace(policy, purpose="", definitions=(), ambiguity=(), fine=())


def _said(suite: Suite) -> list[str]:
    return [f"{clause.title}. {clause.text}" for clause in suite.policy.clauses]


def _moved(placed: Sequence[tuple[str, Clause | AllowedClause]]) -> dict[str, Clause | AllowedClause]:
    bases = [base for base, _ in placed]
    step = max((bases.count(base) for base in set(bases)), default=0)
    if 2 * step > len(placed):
        raise SystemExit("shuffling needs several policies in each language, none with most of the clauses")
    return {clause.key: placed[(place + step) % len(placed)][1] for place, (_, clause) in enumerate(placed)}


def _dealt(
    policy: Policy, decks: Mapping[str, Sequence[Label]], chance: random.Random
) -> dict[str, Clause | AllowedClause]:
    """One label to each clause, from all other sets in turn, again from the start where there are too few."""
    mixed = [chance.sample(list(deck), len(deck)) for deck in _in_any_order(decks.values(), chance)]
    dealt = [label for layer in zip_longest(*mixed) for label in layer if label is not None]
    return {
        clause.key: replace(clause, title=label.title, text=label.clause)
        for place, clause in enumerate(policy.clauses)
        for label in (dealt[place % len(dealt)],)
    }


def _in_any_order(decks: Iterable[Sequence[Label]], chance: random.Random) -> list[Sequence[Label]]:
    given = list(decks)
    return chance.sample(given, len(given))


def _with_words(clause: Kind, other: Clause | AllowedClause) -> Kind:
    return replace(clause, title=other.title, text=other.text, examples=other.examples)
