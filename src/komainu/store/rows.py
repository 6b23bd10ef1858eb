"""The rows that repeat an entry in the tables that are searched; made the same way for writing and for verifying."""

from sqlalchemy import Connection, Table, select

from komainu.domain import Action
from komainu.domain.decision import is_drawn
from komainu.store.bodies.text import Body, microseconds, read_moment, unpack
from komainu.store.tables import (
    APPEALED_CLAUSES,
    APPEALS,
    CERTIFICATES,
    DECISIONS,
    DRAWN,
    GOLDEN,
    LABELS,
    LAPSES,
    OUTCOMES,
    REVIEWS,
    RULED_CLAUSES,
    SEARCHED,
    STEPS,
    SUCCESSIONS,
)

Row = dict[str, int | str | None]
Rows = dict[Table, list[Row]]


def rows_of(kind: str, seq: int, entry_id: str, body: Body) -> Rows:
    """All rows that the entry brings with it, in the order of their keys."""
    match kind:
        case "decision":
            return _decision_rows(seq, entry_id, body)
        case "review":
            return _review_rows(seq, body)
        case "appeal":
            return _appeal_rows(seq, body)
        case "label":
            return {LABELS: [{"seq": seq, "content": body["content"], "clause": body["clause"]}]}
        case "certificate":
            return {CERTIFICATES: [{"seq": seq, "clause": body["clause"]}]}
        case "lapse":
            return {LAPSES: [{"seq": seq, "certificate": body["entry"]}]}
        case "step":
            return {STEPS: [{"seq": seq, "subject": body["subject"]}]}
        case _:
            return {}


def stored_rows(connection: Connection, low: int, high: int) -> dict[int, Rows]:
    """The rows that are there, by the number of their entry, for entries behind `low` up to `high`."""
    found: dict[int, Rows] = {}
    for table in SEARCHED:
        query = select(table).where(table.c.seq > low, table.c.seq <= high).order_by(*table.primary_key)
        for row in connection.execute(query).mappings():
            found.setdefault(row["seq"], {}).setdefault(table, []).append(dict(row))
    return found


def _decision_rows(seq: int, entry_id: str, body: Body) -> Rows:
    action = Action.of(body["action"])
    decision: Row = {
        "seq": seq,
        "id": entry_id,
        "action": action.value,
        "content": body["content"],
        "rulebook": body["rulebook"],
        "holding": sum(letter.isupper() for letter in body["rulings"]),
        "decided_at": microseconds(read_moment(body["decided_at"])),
    }
    rows: Rows = {DECISIONS: [decision]}
    if is_drawn(unpack(body.get("drawn_as", entry_id)), float(body.get("audit_share", 0.0))):
        rows[DRAWN] = [{"seq": seq, "clauses": len(body["rulings"])}]
    if "golden" in body:
        rows[GOLDEN] = [{"seq": seq}]
    if "supersedes" in body:
        rows[SUCCESSIONS] = [{"seq": seq, "decision": body["supersedes"]["entry"]}]
    return rows


def _review_rows(seq: int, body: Body) -> Rows:
    decision, second = body["entry"], body.get("second", ())
    said: Row = {"seq": seq, "decision": decision, "reviewer": body["reviewer"]}
    said["reviewed_at"] = microseconds(read_moment(body["reviewed_at"]))
    ruled: list[Row] = [
        said
        | {"place": place, "clause": clause, "second": int(clause in second)}
        | {"violated": int(letter in "vV"), "holds": int(letter.isupper())}
        for place, (clause, letter) in enumerate(zip(body["clauses"], body["rulings"], strict=True))
    ]
    rows: Rows = {REVIEWS: [{"seq": seq, "decision": decision}], RULED_CLAUSES: ruled}
    appeal = body.get("appeal", {})
    if "outcome" in appeal:
        overturned = int(appeal["outcome"] == "overturned")
        rows[OUTCOMES] = [{"seq": seq, "appeal": appeal["entry"], "overturned": overturned}]
    return rows


def _appeal_rows(seq: int, body: Body) -> Rows:
    decision = body["entry"]
    clauses: list[Row] = [
        {"seq": seq, "place": place, "decision": decision, "clause": clause}
        for place, clause in enumerate(body["clauses"])
    ]
    return {APPEALS: [{"seq": seq, "decision": decision}], APPEALED_CLAUSES: clauses}
