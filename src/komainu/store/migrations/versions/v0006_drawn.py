"""Decisions that were drawn by lot for people to look at."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table; no entry of an older version belongs in it."""
    op.create_table(
        "drawn",
        sa.Column("seq", WIDE, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
        sa.Column("clauses", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Refuse: what waits for people to look at it would wait no more."""
    raise NotImplementedError("a record is never taken back to an older schema; restore a backup made before")
