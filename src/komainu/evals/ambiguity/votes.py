"""What was said about the clauses of one policy on one content."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from komainu.domain import Decision, Verdict
from komainu.domain.call import REPEAT
from komainu.evals.ambiguity.score import Between, Example, Tally

Said = Mapping[str, bool]  # who -> whether the content violates the clause


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """On one content, by clause key."""

    content: str  # digest, or of a case policy:id
    judges: Mapping[str, Mapping[str, float]]  # judge -> its last probability
    people: Mapping[str, Said]
    repeats: Mapping[str, bool]  # clauses that a reasoner was asked about again -> whether it said something else
    kind: Between = Between.PERSON_AND_JUDGE  # what people's word against a judge's counts as

    def count(self, tallies: Mapping[str, Tally]) -> None:
        """Add all of it to the tallies of the clauses."""
        for key, tally in tallies.items():
            judges, people = self.judges.get(key, {}), self.people.get(key, {})
            leans = {judge: probability >= 0.5 for judge, probability in judges.items()}
            pairs = {
                Between.PEOPLE: _within(people),
                self.kind: _across(people, leans),
                Between.JUDGES: _within(leans),
            }
            if key in self.repeats:
                pairs[Between.REPEAT] = (int(self.repeats[key]), 1)
            tally.add(pairs, tuple(self._examples(key, pairs)))
            if judges:
                tally.add_verdict(list(judges.values())[-1])
        for meant, found in self._confused(list(tallies)):
            tallies[meant].add_confusion(found)

    def _examples(self, key: str, pairs: Mapping[Between, tuple[int, int]]) -> Iterator[Example]:
        worst = next((kind for kind in Between if pairs.get(kind, (0, 0))[0]), None)
        if worst is None:
            return
        people = [f"{who}: {'violates' if says else 'clear'}" for who, says in self.people.get(key, {}).items()]
        judges = [f"{who.partition('@')[0]} {p:.2f}" for who, p in self.judges.get(key, {}).items()]
        repeat = ["asked again, it said something else"] if self.repeats.get(key) else []
        yield Example(between=worst, content=self.content, said=", ".join((*people, *judges, *repeat)))

    def _confused(self, keys: Sequence[str]) -> Iterator[tuple[str, str]]:
        """(meant, found): people say one clause and not the other, the last judge or another person the reverse."""
        views = [self._view(who) for who in sorted({who for said in self.people.values() for who in said})]
        seen: set[tuple[str, str]] = set()
        for view in views:
            others = [self._leaning(), *(other for other in views if other is not view)]
            meant = [key for key in keys if view.get(key) is True]
            for other in others:
                found = [key for key in keys if view.get(key) is False and other.get(key) is True]
                seen.update((one, another) for one in meant if other.get(one) is False for another in found)
        yield from sorted(seen)

    def _view(self, who: str) -> dict[str, bool]:
        return {key: said[who] for key, said in self.people.items() if who in said}

    def _leaning(self) -> dict[str, bool]:
        return {key: list(said.values())[-1] >= 0.5 for key, said in self.judges.items() if said}


def votes_of(decision: Decision, people: Mapping[str, Said]) -> Votes:
    """What is on record about a decision; `people` says what people ruled on its content, by clause key."""
    judges: dict[str, dict[str, float]] = defaultdict(dict)
    for opinion in decision.opinions:
        if isinstance(opinion, Verdict):
            judges[opinion.clause][opinion.judge] = opinion.probability
    return Votes(content=decision.content, judges=judges, people=people, repeats=_repeats(decision))


def _repeats(decision: Decision) -> dict[str, bool]:
    """Clauses asked about again, and whether something else was said; those without a second answer are left out."""
    asked: dict[str, bool] = {}
    for call in decision.calls:
        if call.purpose != REPEAT:
            continue
        about = [one.clause for one in decision.opinions if one.judge == call.judge]
        for key in (key for key in about if key.partition("/")[0] in call.policies):
            asked.setdefault(key, False)
        for finding in call.findings:
            what, _, clause = finding.partition(":")
            named = [key for key in list(asked) if key.partition("/")[2] == clause or key == clause]
            for key in named if what.startswith(f"{REPEAT}_") else ():
                if what.endswith("_unanswered"):
                    del asked[key]
                else:
                    asked[key] = True
    return asked


def _within(said: Said) -> tuple[int, int]:
    pairs = list(combinations(said.values(), 2))
    return sum(one is not other for one, other in pairs), len(pairs)


def _across(some: Said, others: Said) -> tuple[int, int]:
    pairs = [(one, other) for one in some.values() for other in others.values()]
    return sum(one is not other for one, other in pairs), len(pairs)
