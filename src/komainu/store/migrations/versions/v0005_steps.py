"""Steps in the life of judges and policies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the table; no entry of an older version belongs in it."""
    op.create_table(
        "steps",
        sa.Column("seq", WIDE, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
        sa.Column("subject", sa.Text, nullable=False),
    )
    op.create_index("steps_by_subject", "steps", ["subject", "seq"])


def downgrade() -> None:
    """Refuse: what was retired would come back."""
    raise NotImplementedError("a record is never taken back to an older schema; restore a backup made before")
