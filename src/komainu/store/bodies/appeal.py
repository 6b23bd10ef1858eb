"""An appeal <-> its body."""

from collections.abc import Mapping

from komainu.domain import Appeal, Decision
from komainu.store.bodies.text import Body, pack, pack_name, read_moment, unpack, write_moment


def write_appeal(appeal: Appeal, *, decision: Decision, entry: int) -> Body:
    """The body, without the reasons given; `entry` is that of the decision in the ledger."""
    return {
        "appealed_at": write_moment(appeal.appealed_at),
        "by": pack_name(appeal.by, "the name of who appeals"),
        "clauses": [pack(key) for key in appeal.clauses],
        "content": pack(decision.content),
        "decision": pack(appeal.decision),
        "entry": entry,
    }


def read_appeal(appeal_id: str, body: Body, words: Mapping[int, str]) -> Appeal:
    """The appeal that was written; why is empty where it has been forgotten."""
    return Appeal(
        id=unpack(appeal_id),
        decision=unpack(body["decision"]),
        by=unpack(body["by"]),
        clauses=tuple(unpack(key) for key in body["clauses"]),
        why=words.get(0, ""),
        appealed_at=read_moment(body["appealed_at"]),
    )
