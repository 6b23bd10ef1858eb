"""Decisions that supersede others, and sealed traces."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the two tables; no entry of an older version belongs in either."""
    op.create_table(
        "successions",
        sa.Column("seq", WIDE, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
        sa.Column("decision", WIDE, nullable=False, unique=True),
    )
    op.create_table(
        "traces",
        sa.Column("decision", sa.Text, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("expires_at", WIDE, nullable=False),
    )
    op.create_index("traces_by_content", "traces", ["content"])
    op.create_index("traces_by_time", "traces", ["expires_at"])


def downgrade() -> None:
    """Refuse: entries that supersede others could not be verified any more."""
    raise NotImplementedError("a record is never taken back to an older schema; restore a backup made before")
