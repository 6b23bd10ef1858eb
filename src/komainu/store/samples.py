"""Small nouns to try a store with."""

from datetime import UTC, datetime, timedelta

from komainu.domain import (
    Abstention,
    Action,
    Certificate,
    Content,
    Decision,
    Label,
    Opinion,
    Reason,
    Review,
    Role,
    Ruling,
    Span,
    StageRun,
    Verdict,
)

CLAUSES = ("spam/SP1", "spam/SP2", "言葉/ES1")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sample(number: int, *, opened: tuple[str, ...] = (), action: Action | None = None) -> tuple[Decision, Content]:
    """Decision `number`, made that many minutes past noon, and its content; it holds where clauses are `opened`."""
    content = Content(text=f"Sample {number}: buy now \ud800\x00 狛犬", role=Role.COMMENT, context=("an earlier turn",))
    decision = Decision(
        id=f"decision-{number}",
        content=content.digest,
        action=action or (Action.HOLD if opened else Action.ALLOW),
        rulings={key: Ruling.OPEN if key in opened else Ruling.CLEAR for key in CLAUSES},
        opinions=tuple(_opinion(key, key in opened) for key in CLAUSES),
        stages=(StageRun(judge="sample@1", asked=len(CLAUSES), seconds=0.25),),
        rulebook="rulebook-1",
        policies=("spam@1.0.0", "言葉@2.0.0"),
        decided_at=NOON + timedelta(minutes=number),
    )
    return decision, content


def _opinion(clause: str, opened: bool) -> Opinion:
    if opened:
        return Abstention(clause=clause, judge="sample@1", reason=Reason.TIMED_OUT, detail="slow on 'buy now'")
    return Verdict(
        clause=clause,
        judge="sample@1",
        probability=0.0625,
        rationale="it only says 'buy now'",
        evidence=(Span(start=10, end=17),),
        effort="low",
        cost_usd=1e-7,
    )


def sample_review(name: str, decision: Decision, *clauses: str) -> Review:
    """A review that clears those clauses."""
    return Review(
        id=name,
        decision=decision.id,
        reviewer="山田",
        rulings=dict.fromkeys(clauses, Ruling.CLEAR),
        note="'buy now' is what shops say",
        reviewed_at=NOON,
    )


def sample_label(name: str, content: str, clause: str = CLAUSES[0]) -> Label:
    """A label on the content of that digest."""
    return Label(
        id=name,
        content=content,
        clause=clause,
        policy="spam@1.0.0",
        violates=False,
        source="review:山田",
        labelled_at=NOON,
    )


def sample_certificate(name: str, clause: str = CLAUSES[0]) -> Certificate:
    """A certificate of the sample judge that counts for thirty days."""
    return Certificate(
        id=name,
        clause=clause,
        policy="spam@1.0.0",
        policy_digest="d" * 64,
        judge="sample@1",
        clear_below=0.0625,
        violated_from=0.9375,
        alpha=0.05,
        beta=0.01,
        delta=0.05,
        violating=120,
        missed=1,
        needed=0,
        fine=900,
        wrongly=2,
        needed_fine=0,
        data="a" * 64,
        certified_at=NOON,
        expires_at=NOON + timedelta(days=30),
    )
