"""The ledger, the tables to search it by, and what stands apart from it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")

SQLITE_GUARDS = (
    """
    CREATE TRIGGER ledger_keeps_entries BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never deleted'); END
    """,
    """
    CREATE TRIGGER ledger_keeps_texts BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never changed'); END
    """,
    # INSERT OR REPLACE deletes without asking the trigger above.
    """
    CREATE TRIGGER ledger_keeps_places BEFORE INSERT ON ledger
    WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq OR id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are never replaced'); END
    """,
)
POSTGRES_GUARDS = (
    """
    CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the ledger is append-only: entries are never changed or deleted'; END $$
    """,
    """
    CREATE TRIGGER ledger_keeps_entries BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
    """,
)


def upgrade() -> None:
    """Create everything."""
    _create_ledger()
    _create_decisions()
    _create_reviews_and_labels()
    _create_texts()
    postgres = op.get_bind().dialect.name == "postgresql"
    for guard in POSTGRES_GUARDS if postgres else SQLITE_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    """Refuse: it would delete the record."""
    raise NotImplementedError("the first migration creates the record; there is nothing before it to go back to")


def _entry() -> sa.Column[int]:
    return sa.Column("seq", WIDE, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False)


def _create_ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", WIDE, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("entry", sa.Text, nullable=False),
        sa.Column("hash", sa.CHAR(64), nullable=False),
    )
    head = op.create_table(
        "ledger_head",
        sa.Column("one", sa.SmallInteger, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("entries", WIDE, nullable=False),
        sa.Column("hash", sa.CHAR(64), nullable=False),
    )
    op.bulk_insert(head, [{"one": 1, "entries": 0, "hash": "0" * 64}])


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        _entry(),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("action", sa.SmallInteger, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("rulebook", sa.Text, nullable=False),
        sa.Column("holding", sa.Integer, nullable=False),
        sa.Column("decided_at", WIDE, nullable=False),
    )
    op.create_index("decisions_by_action", "decisions", ["action", "seq"])
    op.create_index("decisions_by_time", "decisions", ["decided_at"])


def _create_reviews_and_labels() -> None:
    op.create_table("reviews", _entry(), sa.Column("decision", WIDE, nullable=False))
    op.create_index("reviews_by_decision", "reviews", ["decision"])
    op.create_table(
        "settled_clauses",
        _entry(),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("decision", WIDE, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
    )
    op.create_index("settled_clauses_by_decision", "settled_clauses", ["decision", "clause"])
    op.create_table(
        "labels",
        _entry(),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("clause", sa.Text, nullable=False),
    )
    op.create_index("labels_by_content", "labels", ["content", "seq"])
    op.create_index("labels_by_clause", "labels", ["clause", "seq"])


def _create_texts() -> None:
    op.create_table(
        "contents",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("stored_at", WIDE, nullable=False),
        sa.Column("expires_at", WIDE),
    )
    op.create_table(
        "words",
        _entry(),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("words_by_content", "words", ["content"])
