"""Breakers."""

import sqlalchemy as sa
from alembic import op

from limner.storage.types import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table of breakers."""
    op.create_table(
        "breakers",
        sa.Column("provider", sa.String(64), primary_key=True),
        sa.Column("operation", sa.String(32), primary_key=True),
        sa.Column("failures", sa.Text, nullable=False),
        sa.Column("opened_at", Moment),
        sa.Column("trial", sa.String(40)),
        sa.Column("trial_until", Moment),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("breakers")
