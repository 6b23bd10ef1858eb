"""Nouns as the JSON that the command line prints."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from komainu.domain import Abstention, Appeal, Call, Content, Decision, Opinion, Review, Ruling, Trace
from komainu.reviews import History
from komainu.store import Verification


def decision_json(decision: Decision, content: Content | None) -> dict[str, Any]:
    """A decision as documented in docs/reference/json.md; evidence has no text where the content was forgotten."""
    seconds = {run.judge: run.seconds for run in decision.stages}
    return {
        "id": decision.id,
        "action": decision.action.label,
        "rulings": {key: ruling.value for key, ruling in decision.rulings.items()},
        "opinions": [_opinion(opinion, content, seconds.get(opinion.judge, 0.0)) for opinion in decision.opinions],
        "rulebook": decision.rulebook,
        "policies": list(decision.policies),
        "decided_at": decision.decided_at.isoformat(),
        "content": decision.content,
        "stages": [{"judge": run.judge, "asked": run.asked, "seconds": run.seconds} for run in decision.stages],
        "calls": [call_json(call) for call in decision.calls],
    } | ({"supersedes": decision.supersedes} if decision.supersedes else {})


def call_json(call: Call) -> dict[str, Any]:
    """A request to a model."""
    return {
        "judge": call.judge,
        "model": call.model,
        "policies": list(call.policies),
        "effort": call.effort,
        "outcome": call.outcome,
        "findings": list(call.findings),
        "tokens": {
            "in": call.tokens_in,
            "cached": call.tokens_cached,
            "reasoning": call.tokens_reasoning,
            "out": call.tokens_out,
        },
        "seconds": call.seconds,
        "cost_usd": call.cost_usd,
    } | ({"purpose": call.purpose} if call.purpose else {})


def trace_json(trace: Trace) -> dict[str, Any]:
    """What a model thought aloud: for those who may see it, and part of no other JSON."""
    return asdict(trace)


def record_json(decision: Decision, content: Content | None, history: History) -> dict[str, Any]:
    """A decision with the item it is about (null where that was forgotten), its reviews and appeals, oldest first."""
    return decision_json(decision, content) | {
        "item": item_json(content),
        "reviews": [review_json(each) for each in history if isinstance(each, Review)],
        "appeals": [appeal_json(each) for each in history if isinstance(each, Appeal)],
    }


def summary_json(decision: Decision, content: Content | None, rulings: Mapping[str, Ruling]) -> dict[str, Any]:
    """A decision in a list: what came of it and which clauses are not clear, as `rulings` stand now."""
    return {
        "id": decision.id,
        "action": decision.action.label,
        "decided_at": decision.decided_at.isoformat(),
        "violated": [key for key, ruling in rulings.items() if ruling is Ruling.VIOLATED],
        "open": [key for key, ruling in rulings.items() if ruling is Ruling.OPEN],
        "content": decision.content,
        "item": item_json(content),
    }


def item_json(content: Content | None) -> dict[str, Any] | None:
    """A content as it arrived; null where there is none any more."""
    if content is None:
        return None
    return {"text": content.text, "role": content.role.value, "context": list(content.context)}


def review_json(review: Review) -> dict[str, Any]:
    """A review."""
    return {
        "id": review.id,
        "decision": review.decision,
        "reviewer": review.reviewer,
        "rulings": {key: ruling.value for key, ruling in review.rulings.items()},
        "note": review.note,
        "reviewed_at": review.reviewed_at.isoformat(),
        "second": list(review.second),
        "appeal": review.appeal or None,
        "outcome": review.outcome and review.outcome.value,
    }


def appeal_json(appeal: Appeal) -> dict[str, Any]:
    """An appeal."""
    return {
        "id": appeal.id,
        "decision": appeal.decision,
        "by": appeal.by,
        "clauses": list(appeal.clauses),
        "why": appeal.why,
        "appealed_at": appeal.appealed_at.isoformat(),
    }


def verification_json(verification: Verification) -> dict[str, Any]:
    """What a walk over the ledger found; `whole` where nothing is wrong."""
    return {
        "whole": not verification.faults,
        "entries": verification.head.entries,
        "head": str(verification.head),
        "faults": [{"entry": fault.entry, "id": fault.id, "problem": fault.problem} for fault in verification.faults],
    }


def _opinion(opinion: Opinion, content: Content | None, seconds: float) -> dict[str, Any]:
    about: dict[str, Any] = {"judge": opinion.judge, "clause": opinion.clause}
    if isinstance(opinion, Abstention):
        about |= {"abstained": opinion.reason.value, "rationale": opinion.detail, "evidence": []}
    else:
        text = content.text if content is not None else None
        about |= {
            "probability": opinion.probability,
            "rationale": opinion.rationale,
            "evidence": [
                {"start": span.start, "end": span.end, "text": None if text is None else span.of(text)}
                for span in opinion.evidence
            ],
        }
        said = {
            "effort": opinion.effort,
            "severity": opinion.severity,
            "confidence": opinion.confidence,
            "remedy": opinion.remedy,
        }
        about |= {name: value for name, value in said.items() if value}
    return about | {"seconds": seconds}


def dumped(value: object, *, indent: int | None = None) -> str:
    """Any of the above as JSON text; lone surrogates are escaped so that the text is always valid UTF-8."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True, indent=indent, allow_nan=False)
    return text
