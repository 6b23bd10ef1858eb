"""What each review says on each clause, appeals and their outcomes, golden items, and claims."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AT_ONCE = 500  # reviews in memory at a time


def upgrade() -> None:
    """Create the tables; what older reviews say is taken from their entries."""
    ruled = _create_ruled_clauses()
    _create_appeals()
    op.create_table("golden", _entry())
    op.create_table(
        "claims",
        sa.Column("decision", sa.Text, primary_key=True),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("claimed_at", WIDE, nullable=False),
        sa.Column("expires_at", WIDE, nullable=False),
    )
    op.create_index("claims_by_time", "claims", ["expires_at"])
    for rows in _ruled_before():
        op.bulk_insert(ruled, rows)
    op.drop_table("settled_clauses")  # said less: only which clauses a review settled, not how


def downgrade() -> None:
    """Refuse: appeals could not be verified any more."""
    raise NotImplementedError("a record is never taken back to an older schema; restore a backup made before")


def _entry() -> sa.Column[int]:
    return sa.Column("seq", WIDE, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False)


def _place() -> sa.Column[int]:
    return sa.Column("place", sa.Integer, primary_key=True, autoincrement=False)


def _create_ruled_clauses() -> sa.Table:
    table = op.create_table(
        "ruled_clauses",
        _entry(),
        _place(),
        sa.Column("decision", WIDE, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
        sa.Column("reviewer", sa.Text, nullable=False),
        sa.Column("violated", sa.SmallInteger, nullable=False),
        sa.Column("holds", sa.SmallInteger, nullable=False),
        sa.Column("second", sa.SmallInteger, nullable=False),
        sa.Column("reviewed_at", WIDE, nullable=False),
    )
    op.create_index("ruled_clauses_by_decision", "ruled_clauses", ["decision", "clause"])
    op.create_index("ruled_clauses_by_reviewer", "ruled_clauses", ["reviewer", "reviewed_at"])
    return table


def _create_appeals() -> None:
    op.create_table("appeals", _entry(), sa.Column("decision", WIDE, nullable=False))
    op.create_index("appeals_by_decision", "appeals", ["decision"])
    op.create_table(
        "appealed_clauses",
        _entry(),
        _place(),
        sa.Column("decision", WIDE, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
    )
    op.create_index("appealed_clauses_by_decision", "appealed_clauses", ["decision", "clause"])
    op.create_table(
        "outcomes",
        _entry(),
        sa.Column("appeal", WIDE, nullable=False, unique=True),
        sa.Column("overturned", sa.SmallInteger, nullable=False),
    )


def _ruled_before() -> Iterator[list[dict[str, Any]]]:
    connection, last = op.get_bind(), 0
    query = sa.text(
        "SELECT ledger.seq, ledger.entry FROM reviews JOIN ledger ON ledger.seq = reviews.seq "
        "WHERE reviews.seq > :last ORDER BY reviews.seq LIMIT :most"
    )
    while found := connection.execute(query, {"last": last, "most": AT_ONCE}).all():
        yield [row for seq, entry in found for row in _readable(seq, entry)]
        last = found[-1][0]


def _readable(seq: int, entry: str) -> list[dict[str, Any]]:
    try:
        return list(_rows(seq, json.loads(entry)["body"]))
    except (ValueError, LookupError, TypeError):  # it was changed, as `verify` will say
        return []


def _rows(seq: int, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    reviewed_at = (datetime.fromisoformat(body["reviewed_at"]) - EPOCH) // timedelta(microseconds=1)
    for place, (clause, letter) in enumerate(zip(body["clauses"], body["rulings"], strict=True)):
        yield {
            "seq": seq,
            "place": place,
            "decision": body["entry"],
            "clause": clause,
            "reviewer": body["reviewer"],
            "violated": int(letter in "vV"),
            "holds": int(letter.isupper()),
            "second": 0,
            "reviewed_at": reviewed_at,
        }
