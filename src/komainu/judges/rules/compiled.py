"""A rulebook's exact rules, made ready to be searched."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ahocorasick_rs import AhoCorasick

from komainu.domain import AllowedClause, Clause, Rulebook
from komainu.errors import JudgeError
from komainu.judges.rules.disguise import LONGEST, SHORTEST
from komainu.judges.rules.loose import bones, joined
from komainu.judges.rules.patterns import Pattern, Patterns, pattern
from komainu.judges.rules.views import exact_views, legible

MAX_EVIDENCE = 20  # spans that one verdict quotes


class Kind(StrEnum):
    """What sort of exact rule."""

    PHRASE = "phrase"
    WORD = "word"
    PATTERN = "pattern"
    HASH = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One exact rule, as written in the policy."""

    owner: str  # key of its clause, violating or allowed
    kind: Kind
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the loose view shows a phrase."""

    text: str  # the phrase as joined text
    spaced: bool  # whether its words are apart
    rule: int


class Automaton:
    """Finds any of many strings in one pass."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._automaton = AhoCorasick(list(strings), store_patterns=False) if strings else None

    def find(self, text: str) -> list[tuple[int, int, int]]:
        """Number of the string, start and end of every occurrence, overlapping ones included."""
        if self._automaton is None:
            return []
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """All exact rules of one rulebook."""

    rules: tuple[Rule, ...]
    exact: Automaton
    exact_rules: tuple[tuple[int, ...], ...]  # numbers of the rules behind each string of `exact`
    loose: Automaton
    loose_forms: tuple[tuple[Form, ...], ...]
    patterns: Patterns
    hashes: Mapping[str, tuple[int, ...]]
    exceptions: Mapping[str, tuple[str, ...]]  # for each clause, the keys of the allowed clauses that limit it
    ruled: frozenset[str]  # keys of the clauses that have exact rules


@dataclass(slots=True, kw_only=True)
class _Draft:
    rules: list[Rule] = field(default_factory=list)
    exact: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    loose: defaultdict[str, list[Form]] = field(default_factory=lambda: defaultdict(list))
    patterns: list[Pattern] = field(default_factory=list)
    hashes: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))


def compile_rules(rulebook: Rulebook) -> Compiled:
    """The exact rules of every clause, violating and allowed; JudgeError names a rule that cannot be searched."""
    exceptions = dict(_exceptions(rulebook))
    draft = _Draft()
    for policy in rulebook:
        ruling: tuple[Clause | AllowedClause, ...] = (*policy.clauses, *policy.allowed)
        for clause in ruling:
            _add(clause, draft, limit=MAX_EVIDENCE if exceptions.get(clause.key) == () else None)
    return Compiled(
        rules=tuple(draft.rules),
        exact=Automaton(tuple(draft.exact)),
        exact_rules=tuple(map(tuple, draft.exact.values())),
        loose=Automaton(tuple(draft.loose)),
        loose_forms=tuple(map(tuple, draft.loose.values())),
        patterns=Patterns(draft.patterns),
        hashes={name: tuple(numbers) for name, numbers in draft.hashes.items()},
        exceptions=exceptions,
        ruled=frozenset(clause.key for clause in rulebook.clauses if clause.rules),
    )


def _exceptions(rulebook: Rulebook) -> Iterator[tuple[str, tuple[str, ...]]]:
    for policy in rulebook:
        for clause in policy.clauses:
            yield clause.key, tuple(allowed.key for allowed in policy.exceptions_to(clause) if allowed.rules)


def _add(clause: Clause | AllowedClause, draft: _Draft, *, limit: int | None) -> None:
    for kind, phrases in ((Kind.PHRASE, clause.rules.phrases), (Kind.WORD, clause.rules.words)):
        for written in phrases:
            _add_phrase(written, _number(draft, clause.key, kind, written), clause.key, draft)
    for written in clause.rules.patterns:
        number = _number(draft, clause.key, Kind.PATTERN, written)
        draft.patterns.append(pattern(written, rule=number, owner=clause.key, limit=limit))
    for written in clause.rules.hashes:
        draft.hashes[written.lower()].append(_number(draft, clause.key, Kind.HASH, written))


def _number(draft: _Draft, owner: str, kind: Kind, written: str) -> int:
    draft.rules.append(Rule(owner=owner, kind=kind, written=written))
    return len(draft.rules) - 1


def _add_phrase(written: str, number: int, owner: str, draft: _Draft) -> None:
    form, latin = (view.text.strip() for view in exact_views(legible(written)))
    if not form:
        raise JudgeError(f"{owner}: expected a phrase with something visible in it; got {written!r}")
    draft.exact[form].append(number)
    if latin != form and latin:
        draft.exact[latin].append(number)
    apart = joined(latin).text
    letters = apart.replace(" ", "")
    if not SHORTEST <= len(letters) <= LONGEST:
        return
    _add_form(Form(text=apart, spaced=True, rule=number), apart, draft)
    if letters != apart:
        _add_form(Form(text=apart, spaced=False, rule=number), letters, draft)


def _add_form(form: Form, shown: str, draft: _Draft) -> None:
    if key := bones(shown):
        draft.loose[key].append(form)
