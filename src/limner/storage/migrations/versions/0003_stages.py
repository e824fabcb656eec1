"""Paid calls that come before a call."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Say of each attempt which stage it is."""
    op.add_column("attempts", sa.Column("stage", sa.String(64), nullable=False, server_default=""))


def downgrade() -> None:
    """Forget it."""
    with op.batch_alter_table("attempts") as table:
        table.drop_column("stage")
