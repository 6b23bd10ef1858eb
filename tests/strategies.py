"""Hypothesis strategies for every domain noun, shared by all tests.

Texts of contents are as hostile as Python allows: lone surrogates, NUL, right-to-left marks, emoji sequences. Texts
inside policies are what a policy file can hold: no control characters and no lone surrogates.
"""

import re
from datetime import UTC, datetime
from functools import cache
from string import ascii_lowercase, ascii_uppercase

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from komainu.domain import (
    Abstention,
    Action,
    AllowedClause,
    Call,
    Clause,
    Content,
    Decision,
    Definition,
    ExactRules,
    Label,
    Opinion,
    Policy,
    Reason,
    Review,
    Role,
    Rulebook,
    Ruling,
    Span,
    StageRun,
    Targets,
    Verdict,
)
from tests.domain.words import lines, paragraphs, texts

# For properties of whole policies and records, which take long to make on a busy machine.
PATIENT = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def contents() -> st.SearchStrategy[Content]:
    """Contents of every role, with and without context."""
    return st.builds(
        Content,
        text=texts(),
        role=st.sampled_from(Role),
        context=st.lists(texts(20), max_size=3).map(tuple),
    )


@st.composite
def spans(draw: st.DrawFn, length: int = 60) -> Span:
    """A span inside a text of `length` code points; `length` is at least 1."""
    start = draw(st.integers(0, length - 1))
    return Span(start=start, end=draw(st.integers(start + 1, length)))


@cache
def slugs() -> st.SearchStrategy[str]:
    """Ids of policies."""
    return st.lists(st.text(ascii_lowercase, min_size=1, max_size=6), min_size=1, max_size=3).map("-".join)


def versions() -> st.SearchStrategy[str]:
    """Versions of policies."""
    return st.builds("{}.{}.{}".format, *[st.integers(0, 20)] * 3)


@cache
def clause_ids() -> st.SearchStrategy[str]:
    """Ids of violating clauses: SP1."""
    return st.builds("{}{}".format, st.text(ascii_uppercase, min_size=2, max_size=4), st.integers(1, 99))


@cache
def exact_rules() -> st.SearchStrategy[ExactRules]:
    """Exact rules of every kind, or none."""
    word = st.text(st.sampled_from(ascii_lowercase + "éжばか字"), min_size=1, max_size=8)
    phrase = st.lists(word, min_size=1, max_size=4).map(" ".join)
    piece = st.sampled_from((r"\bfree\b", r"\d{3}", "(?i)abc", "[a-z]+", "無料", "x*", r"\\", "'\""))
    some = st.builds(
        ExactRules,
        phrases=st.lists(phrase, max_size=3).map(tuple),
        words=st.lists(word, max_size=2).map(tuple),
        patterns=st.lists(piece, min_size=1, max_size=3).map("".join).map(lambda one: (one,)) | st.just(()),
        hashes=st.lists(st.integers(0, 2**256 - 1).map("{:064x}".format), max_size=1).map(tuple),
    )
    return st.just(ExactRules()) | some


def clauses(policy: str = "spam", clause_id: str | None = None) -> st.SearchStrategy[Clause]:
    """Violating clauses of one policy."""
    return st.builds(
        Clause,
        policy=st.just(policy),
        id=clause_ids() if clause_id is None else st.just(clause_id),
        title=lines(20),
        text=paragraphs() | st.just(""),
        severity=st.integers(1, 4),
        action=st.sampled_from((Action.LIMIT, Action.HOLD, Action.BLOCK)),
        examples=st.lists(lines(), max_size=3).map(tuple),
        rules=exact_rules(),
    )


@st.composite
def allowed_clauses(draw: st.DrawFn, policy: str = "spam", limits: tuple[str, ...] = ()) -> AllowedClause:
    """An allowed clause of one policy that limits some of the violating clauses in `limits`, or none."""
    return AllowedClause(
        policy=policy,
        id=draw(clause_ids().map(lambda one: re.sub(r"(\d)", r"-A\1", one, count=1))),
        title=draw(lines(20)),
        text=draw(paragraphs() | st.just("")),
        limits=tuple(draw(st.lists(st.sampled_from(limits), max_size=3, unique=True))) if limits else (),
        examples=tuple(draw(st.lists(lines(), max_size=2))),
        rules=draw(exact_rules()),
    )


def targets() -> st.SearchStrategy[Targets]:
    """Targets, each set or not."""
    share = st.none() | st.floats(0, 1)
    return st.builds(Targets, max_wrong=share, max_held=share, min_recall=share)


@st.composite
def policies(draw: st.DrawFn, policy_id: str | None = None) -> Policy:
    """A policy that a file can hold."""
    own_id = draw(slugs()) if policy_id is None else policy_id
    ids = draw(st.lists(clause_ids(), min_size=1, max_size=3, unique=True))
    allowed = st.lists(allowed_clauses(own_id, tuple(ids)), max_size=2, unique_by=lambda clause: clause.id)
    definition = st.builds(Definition, term=lines(15), meaning=lines())
    others = st.lists(slugs().filter(lambda other: other != own_id), max_size=2, unique=True).map(tuple)
    dominates = draw(others)
    return Policy(
        id=own_id,
        title=draw(lines()),
        version=draw(versions()),
        language=draw(st.sampled_from(("en", "ja", "de"))),
        domain=draw(lines() | st.just("")),
        applies_to=tuple(draw(st.lists(st.sampled_from(Role), max_size=4, unique=True))),
        purpose=draw(paragraphs() | st.just("")),
        definitions=tuple(draw(st.lists(definition, max_size=2, unique_by=lambda one: one.term))),
        clauses=tuple(draw(clauses(own_id, clause_id)) for clause_id in ids),
        allowed=tuple(draw(allowed)),
        ambiguity=tuple(draw(st.lists(paragraphs(), max_size=2))),
        fine=tuple(draw(st.lists(lines(), max_size=2))),
        dominates=dominates,
        yields_to=tuple(other for other in draw(others) if other not in dominates),
        targets=draw(targets()),
    )


@st.composite
def rulebooks(draw: st.DrawFn, max_policies: int = 3) -> Rulebook:
    """A rulebook of one to `max_policies` policies whose precedence has no circle."""
    ids = draw(st.lists(slugs(), min_size=1, max_size=max_policies, unique=True))
    return Rulebook(policies=tuple(_ranked(draw, ids, rank) for rank in range(len(ids))))


def _ranked(draw: st.DrawFn, ids: list[str], rank: int) -> Policy:
    """A small policy that dominates only policies behind it, so that no circle can arise."""
    clause_count = draw(st.integers(1, 3))
    behind = ids[rank + 1 :]
    return Policy(
        id=ids[rank],
        title="A policy",
        version="1.0.0",
        language="en",
        clauses=tuple(
            Clause(
                policy=ids[rank],
                id=f"{ascii_uppercase[rank] * 2}{number}",
                title=f"Rule {number}",
                text=draw(lines(8)),
                severity=draw(st.integers(1, 4)),
                action=draw(st.sampled_from((Action.LIMIT, Action.HOLD, Action.BLOCK))),
                rules=draw(st.sampled_from((ExactRules(), ExactRules(phrases=("buy followers",))))),
            )
            for number in range(1, clause_count + 1)
        ),
        dominates=tuple(draw(st.lists(st.sampled_from(behind), max_size=2, unique=True))) if behind else (),
    )


@cache
def moments() -> st.SearchStrategy[datetime]:
    """Aware moments in UTC, to the microsecond."""
    return st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@cache
def judge_names() -> st.SearchStrategy[str]:
    """Names of judges: rules@1."""
    return st.builds("{}@{}".format, st.text(ascii_lowercase, min_size=1, max_size=8), st.integers(1, 99))


def clause_keys() -> st.SearchStrategy[str]:
    """Keys of clauses: spam/SP1."""
    return st.builds("{}/{}".format, slugs(), clause_ids())


def verdicts(clause: str | None = None, judge: str | None = None, length: int = 60) -> st.SearchStrategy[Verdict]:
    """Verdicts, of one clause and judge where named, with evidence in a text of `length` code points."""
    return st.builds(
        Verdict,
        clause=clause_keys() if clause is None else st.just(clause),
        judge=judge_names() if judge is None else st.just(judge),
        probability=st.floats(0, 1),
        rationale=texts(30),
        evidence=st.lists(spans(length), max_size=2).map(tuple) if length else st.just(()),
        effort=st.sampled_from(("", "low", "medium", "high")),
        cost_usd=st.floats(0, 1),
        severity=st.integers(0, 4),
        confidence=st.sampled_from(("", "low", "medium", "high")),
        remedy=st.just("") | lines(),
    )


def abstentions(clause: str | None = None, judge: str | None = None) -> st.SearchStrategy[Abstention]:
    """Abstentions for every reason, of one clause and judge where named."""
    return st.builds(
        Abstention,
        clause=clause_keys() if clause is None else st.just(clause),
        judge=judge_names() if judge is None else st.just(judge),
        reason=st.sampled_from(Reason),
        detail=texts(20),
    )


def opinions(clause: str | None = None, judge: str | None = None, length: int = 60) -> st.SearchStrategy[Opinion]:
    """Verdicts and abstentions."""
    return verdicts(clause, judge, length) | abstentions(clause, judge)


def rulings(rulebook: Rulebook) -> st.SearchStrategy[dict[str, Ruling]]:
    """Rulings on every clause of a rulebook."""
    return st.fixed_dictionaries({clause.key: st.sampled_from(Ruling) for clause in rulebook.clauses})


def calls(judge: str) -> st.SearchStrategy[Call]:
    """Requests to a model."""
    tokens = st.integers(0, 100_000)
    return st.builds(
        Call,
        judge=st.just(judge),
        model=lines(12),
        policies=st.lists(slugs(), min_size=1, max_size=3).map(tuple),
        effort=st.sampled_from(("", "low", "medium", "high")),
        outcome=st.sampled_from(("answered", "garbled", "timed_out")),
        findings=st.lists(lines(12), max_size=2).map(tuple),
        tokens_in=tokens,
        tokens_cached=tokens,
        tokens_reasoning=tokens,
        tokens_out=tokens,
        seconds=st.floats(0, 60),
        cost_usd=st.floats(0, 1),
    )


@st.composite
def decisions(draw: st.DrawFn, content: Content | None = None, rulebook: Rulebook | None = None) -> Decision:
    """A decision whose action is what the rulebook makes of its rulings."""
    judged = draw(contents()) if content is None else content
    book = draw(rulebooks(2)) if rulebook is None else rulebook
    found = draw(rulings(book))
    judge = draw(judge_names())
    return Decision(
        id=str(draw(st.uuids(version=4))),
        content=judged.digest,
        action=book.action(found),
        rulings=found,
        opinions=tuple(_opinion(draw, clause.key, judge, judged) for clause in book.clauses),
        stages=(StageRun(judge=judge, asked=len(book.clauses), seconds=draw(st.floats(0, 60))),),
        calls=tuple(draw(st.lists(calls(judge), max_size=3))),
        rulebook=book.digest,
        policies=book.names,
        decided_at=draw(moments()),
        holding=book.holding(found),
        audit_share=draw(st.sampled_from([0.0, 0.5, 1.0])),
    )


def _opinion(draw: st.DrawFn, clause: str, judge: str, content: Content) -> Opinion:
    """An opinion of one judge on one clause of one content."""
    if draw(st.booleans()):
        return Abstention(clause=clause, judge=judge, reason=draw(st.sampled_from(Reason)), detail=draw(texts()))
    evidence = (draw(spans(len(content.text))),) if content.text and draw(st.booleans()) else ()
    probability = draw(st.floats(0, 1))
    return Verdict(clause=clause, judge=judge, probability=probability, rationale=draw(texts()), evidence=evidence)


@st.composite
def reviews(draw: st.DrawFn, decision: Decision | None = None) -> Review:
    """A review that settles at least one clause of a decision."""
    reviewed = draw(decisions()) if decision is None else decision
    keys = draw(st.lists(st.sampled_from(sorted(reviewed.rulings)), min_size=1, unique=True))
    return Review(
        id=str(draw(st.uuids(version=4))),
        decision=reviewed.id,
        reviewer=draw(lines(15)),
        rulings={key: draw(st.sampled_from((Ruling.CLEAR, Ruling.VIOLATED))) for key in keys},
        note=draw(texts(20)),
        reviewed_at=draw(moments()),
    )


def labels(content: str | None = None, clause: str | None = None) -> st.SearchStrategy[Label]:
    """Labels, of one content (digest) and clause (key) where named."""
    return st.builds(
        Label,
        id=st.uuids(version=4).map(str),
        content=contents().map(lambda one: one.digest) if content is None else st.just(content),
        clause=clause_keys() if clause is None else st.just(clause),
        policy=st.builds("{}@{}".format, slugs(), versions()),
        violates=st.booleans(),
        source=st.builds("review:{}".format, lines(10)),
        labelled_at=moments(),
    )
