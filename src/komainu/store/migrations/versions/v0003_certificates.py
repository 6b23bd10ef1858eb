"""Certificates, and what takes them back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WIDE = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create the two tables; no entry of an older version belongs in either."""
    for name, column in (("certificates", sa.Column("clause", sa.Text, nullable=False)), ("lapses", _entry())):
        op.create_table(
            name,
            sa.Column("seq", WIDE, sa.ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
            column,
        )
    op.create_index("certificates_by_clause", "certificates", ["clause", "seq"])
    op.create_index("lapses_by_certificate", "lapses", ["certificate"])


def _entry() -> "sa.Column[int]":
    return sa.Column("certificate", WIDE, nullable=False)


def downgrade() -> None:
    """Refuse: a certificate that was taken back would count again."""
    raise NotImplementedError("a record is never taken back to an older schema; restore a backup made before")
