"""Whether what a judge answered can be used at all."""

from collections.abc import Sequence

from komainu.domain import Abstention, Clause, Content, Opinion, Reason, Span, Verdict


def usable(answer: object, *, judge: str, content: Content, clauses: Sequence[Clause]) -> tuple[Opinion, ...]:
    """The opinions of `judge` on `clauses`, each either as given or an abstention that says why it cannot be used.

    An answer that is not one opinion per clause says nothing about which opinion belongs to which clause: all abstain.
    """
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes):
        return abstentions(judge, clauses, Reason.GARBLED, f"expected a list of opinions; got {type(answer).__name__}")
    if len(answer) != len(clauses):
        problem = f"expected {len(clauses)} opinions, one per clause; got {len(answer)}"
        return abstentions(judge, clauses, Reason.GARBLED, problem)
    opinions: list[Opinion] = []
    for opinion, clause in zip(answer, clauses, strict=True):
        problem = _problem(opinion, judge, len(content.text), clause.key)
        opinions.append(
            Abstention(clause=clause.key, judge=judge, reason=Reason.GARBLED, detail=problem) if problem else opinion
        )
    return tuple(opinions)


def abstentions(judge: str, clauses: Sequence[Clause], reason: Reason, detail: str) -> tuple[Abstention, ...]:
    """The same abstention on each of the clauses."""
    return tuple(Abstention(clause=clause.key, judge=judge, reason=reason, detail=detail) for clause in clauses)


_FIELDS: dict[type[Verdict | Abstention], dict[type | tuple[type, ...], tuple[str, ...]]] = {
    Verdict: {
        (int, float): ("probability", "cost_usd"),
        str: ("rationale", "effort", "confidence", "remedy"),
        int: ("severity",),
        tuple: ("evidence",),
    },
    Abstention: {Reason: ("reason",), str: ("detail",)},
}


def _misshapen(opinion: Verdict | Abstention) -> str:
    """What is of another type than it must be: types are not enforced, and what cannot be kept must not get far."""
    for wanted, names in _FIELDS[Verdict if isinstance(opinion, Verdict) else Abstention].items():
        for name in names:
            if not isinstance(getattr(opinion, name), wanted):
                return f"expected another {name}; got {getattr(opinion, name)!r:.60}"
    evidence = opinion.evidence if isinstance(opinion, Verdict) else ()
    if not all(isinstance(one, Span) and type(one.start) is type(one.end) is int for one in evidence):
        return f"expected spans as evidence; got {evidence!r:.60}"
    return ""


def _problem(opinion: object, judge: str, length: int, key: str) -> str:
    """What is wrong with an opinion on a text of that length, or nothing."""
    if not isinstance(opinion, Verdict | Abstention):
        return f"expected an opinion; got {type(opinion).__name__}"
    if opinion.clause != key:
        return f"expected an opinion on {key}; got one on {opinion.clause}"
    if opinion.judge != judge:
        return f"expected an opinion of {judge}; got one of {opinion.judge}"
    if shape := _misshapen(opinion):
        return shape
    if isinstance(opinion, Abstention):
        return ""
    if not 0.0 <= opinion.probability <= 1.0:  # NaN is neither
        return f"expected a probability from 0 to 1; got {opinion.probability}"
    for span in opinion.evidence:
        if not 0 <= span.start < span.end <= length:
            return "the evidence lies outside the content"
    return ""
