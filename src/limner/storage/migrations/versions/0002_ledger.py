"""Budgets and entries."""

import sqlalchemy as sa
from alembic import op

from limner.storage.types import Amount, Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the ledger's tables."""
    op.create_table(
        "budgets",
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("period", sa.String(8), primary_key=True),
        sa.Column("usd", Amount),
        sa.Column("images", sa.Integer),
        sa.Column("ceiling", Amount),
        sa.Column("since", Moment),
        sa.Column("used_usd", Amount, nullable=False),
        sa.Column("used_images", sa.Integer, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("operation", sa.String(32), nullable=False),
        sa.Column("images", sa.Integer, nullable=False),
        sa.Column("usd", Amount),
        sa.Column("possible", Amount),
        sa.Column("native", sa.String(64)),
        sa.Column("unit", sa.String(32)),
        sa.Column("certainty", sa.String(10), nullable=False),
        sa.Column("arithmetic", sa.Text, nullable=False),
    )
    op.create_index("entries_of_run", "entries", ["run"])
    op.create_index("entries_by_time", "entries", ["at"])
    op.create_index("entries_by_state", "entries", ["state"])
    op.create_table(
        "entry_owners",
        sa.Column("entry", sa.String(40), sa.ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("owner", sa.String(200), primary_key=True),
    )
    op.create_index("entries_of_owner", "entry_owners", ["owner", "entry"])


def downgrade() -> None:
    """Drop them."""
    for table in ("entry_owners", "entries", "budgets"):
        op.drop_table(table)
