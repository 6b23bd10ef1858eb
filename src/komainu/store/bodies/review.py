"""A review <-> its body."""

from collections.abc import Mapping

from komainu.domain import Decision, Review
from komainu.store.bodies.rulings import read_rulings, write_rulings
from komainu.store.bodies.text import Body, pack, read_moment, unpack, write_moment


def write_review(review: Review, *, decision: Decision, entry: int) -> Body:
    """The body, without the note; `entry` is that of the decision in the ledger."""
    return {
        "clauses": [pack(key) for key in review.rulings],
        "content": pack(decision.content),
        "decision": pack(review.decision),
        "entry": entry,
        "reviewed_at": write_moment(review.reviewed_at),
        "reviewer": pack(review.reviewer),
        "rulings": write_rulings(review.rulings, decision.holding),
    }


def read_review(review_id: str, body: Body, words: Mapping[int, str]) -> Review:
    """The review that was written; its note is empty where it has been forgotten."""
    return Review(
        id=unpack(review_id),
        decision=unpack(body["decision"]),
        reviewer=unpack(body["reviewer"]),
        rulings=read_rulings([unpack(key) for key in body["clauses"]], body["rulings"]),
        note=words.get(0, ""),
        reviewed_at=read_moment(body["reviewed_at"]),
    )
