"""A policy and its clauses: rules as people wrote them."""

from dataclasses import dataclass, field

from komainu.domain.action import Action
from komainu.domain.content import Role
from komainu.domain.digest import digest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactRules:
    """What violates a clause (or is excused by an allowed one) wherever it occurs, without a judgement."""

    phrases: tuple[str, ...] = ()  # matched as whole words, through disguises
    words: tuple[str, ...] = ()  # one word each, matched like phrases
    patterns: tuple[str, ...] = ()  # RE2 syntax, matched on the text as it is and on its normal form
    hashes: tuple[str, ...] = ()  # SHA-256 in hex of the whole text, UTF-8

    def __bool__(self) -> bool:
        return bool(self.phrases or self.words or self.patterns or self.hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A term and what it means in one policy."""

    term: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One rule: the smallest thing a judge can be asked about."""

    policy: str  # id of the policy it belongs to
    id: str  # unique in its policy, e.g. SP1
    title: str
    text: str
    severity: int  # 1 minor, 2 medium, 3 high, 4 critical
    action: Action  # what is done with content that violates it; never ALLOW
    examples: tuple[str, ...] = ()  # texts that violate it
    rules: ExactRules = ExactRules()
    key: str = field(init=False, compare=False)  # names the clause among all policies: policy/clause

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.policy}/{self.id}")
        if not 1 <= self.severity <= 4:
            raise ValueError(f"clause {self.id}: severity is 1 to 4; got {self.severity}")
        if self.action is Action.ALLOW:
            raise ValueError(f"clause {self.id}: a violation is limited, held or blocked, never allowed")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedClause:
    """An exception: what is allowed although it looks like a violation."""

    policy: str
    id: str  # e.g. SP-A1
    title: str
    text: str
    limits: tuple[str, ...] = ()  # ids of the violating clauses it is an exception to; empty: all of the policy
    examples: tuple[str, ...] = ()  # texts that it allows
    rules: ExactRules = ExactRules()  # what they match is excused from the exact rules of the clauses it limits
    key: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", f"{self.policy}/{self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a policy demands of its own test suite, as shares of the case-clause pairs (0 to 1)."""

    max_wrong: float | None = None  # settled, and not as labelled
    max_held: float | None = None  # left to a person
    min_recall: float | None = None  # of the violating pairs, the share ruled violated


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A named, versioned set of clauses, read from one Markdown file."""

    id: str
    title: str
    version: str
    language: str  # ISO 639-1 code of the language it is written in
    domain: str = ""
    applies_to: tuple[Role, ...] = ()  # where it is meant to be used; a rulebook chooses, this informs
    purpose: str = ""
    definitions: tuple[Definition, ...] = ()
    clauses: tuple[Clause, ...]
    allowed: tuple[AllowedClause, ...] = ()
    ambiguity: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()  # example texts that no clause touches
    dominates: tuple[str, ...] = ()  # ids of policies whose rulings yield where this one is violated
    yields_to: tuple[str, ...] = ()  # ids of policies that dominate this one
    targets: Targets = Targets()
    digest: str = field(init=False, compare=False)  # names what the policy says; targets do not count

    def __post_init__(self) -> None:
        if not self.clauses:
            raise ValueError(f"policy {self.id} has no clause; a policy without clauses would clear everything")
        ids = [clause.id for clause in self.every_clause]
        if twice := {clause_id for clause_id in ids if ids.count(clause_id) > 1}:
            raise ValueError(f"policy {self.id} uses a clause id twice: {', '.join(sorted(twice))}")
        if strangers := {clause.policy for clause in self.every_clause} - {self.id}:
            raise ValueError(f"policy {self.id} holds clauses of another policy: {', '.join(sorted(strangers))}")
        object.__setattr__(self, "digest", digest_of(*self._said()))

    @property
    def name(self) -> str:
        """Id and version: `spam@1.0.0`."""
        return f"{self.id}@{self.version}"

    @property
    def every_clause(self) -> tuple[Clause | AllowedClause, ...]:
        """The violating clauses, then the allowed ones."""
        return (*self.clauses, *self.allowed)

    def exceptions_to(self, clause: Clause) -> tuple[AllowedClause, ...]:
        """The allowed clauses that limit `clause`, in the order written."""
        return tuple(allowed for allowed in self.allowed if not allowed.limits or clause.id in allowed.limits)

    def _said(self) -> tuple[object, ...]:
        return (
            (self.id, self.title, self.version, self.language, self.domain, self.purpose),
            [role.value for role in self.applies_to],
            [(definition.term, definition.meaning) for definition in self.definitions],
            [(*_clause_said(clause), clause.severity, clause.action.label) for clause in self.clauses],
            [(*_clause_said(allowed), allowed.limits) for allowed in self.allowed],
            (self.ambiguity, self.fine, self.dominates, self.yields_to),
        )


def _clause_said(clause: Clause | AllowedClause) -> tuple[object, ...]:
    rules = (clause.rules.phrases, clause.rules.words, clause.rules.patterns, clause.rules.hashes)
    return (clause.id, clause.title, clause.text, clause.examples, rules)
