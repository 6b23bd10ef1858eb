"""A review <-> its body."""

from collections.abc import Mapping

from komainu.domain import Decision, Outcome, Review
from komainu.store.bodies.rulings import read_rulings, write_rulings
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, write_moment


def write_review(review: Review, *, decision: Decision, entry: int, appeal: int = 0) -> Body:
    """The body, without the note; `entry` is that of the decision in the ledger, `appeal` that of the open appeal."""
    body: Body = {
        "clauses": [pack(key) for key in review.rulings],
        "content": pack(decision.content),
        "decision": pack(review.decision),
        "entry": entry,
        "reviewed_at": write_moment(review.reviewed_at),
        "reviewer": pack_name(review.reviewer, "the name of a reviewer"),
        "rulings": write_rulings(review.rulings, decision.holding),
    }
    if review.second:
        body["second"] = [pack(key) for key in review.second]
    if review.appeal:
        body["appeal"] = {"entry": appeal, "id": pack(review.appeal)}
    if review.outcome is not None:
        body["appeal"]["outcome"] = review.outcome.value
    return body


def read_review(review_id: str, body: Body, words: Mapping[int, str]) -> Review:
    """The review that was written; its note is empty where it has been forgotten."""
    appeal = body.get("appeal", {})
    return Review(
        id=unpack(review_id),
        decision=unpack(body["decision"]),
        reviewer=unpack(body["reviewer"]),
        rulings=read_rulings([unpack(key) for key in body["clauses"]], body["rulings"]),
        note=words.get(0, ""),
        reviewed_at=read_moment(body["reviewed_at"]),
        second=tuple(unpack(key) for key in body.get("second", ())),
        appeal=unpack(appeal.get("id", "")),
        outcome=Outcome(appeal["outcome"]) if "outcome" in appeal else None,
    )
