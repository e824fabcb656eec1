"""Runs and attempts."""

import sqlalchemy as sa
from alembic import op

from limner.storage.types import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the journal's tables."""
    op.create_table(
        "executors",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("lease_until", Moment, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("held", sa.Text),
        sa.Column("settled", sa.Text),
        sa.Column("outcome", sa.Text),
        sa.Column("executor", sa.String(40), nullable=False),
        sa.Column("key", sa.String(64), unique=True),
        sa.Column("fingerprint", sa.String(64)),
    )
    op.create_index("runs_of_tenant", "runs", ["tenant", "at"])
    op.create_index("runs_by_state", "runs", ["state", "executor"])
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("provider", sa.String(64), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("ticket", sa.Text),
        sa.Column("request_id", sa.Text),
        sa.Column("done", sa.Text),
        sa.Column("error", sa.Text),
    )
    op.create_index("attempts_of_run", "attempts", ["run"])
    op.create_index("attempts_by_state", "attempts", ["state"])
    op.create_table(
        "run_blobs",
        sa.Column("run", sa.String(40), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
    )
    op.create_index("run_blobs_by_digest", "run_blobs", ["digest"])


def downgrade() -> None:
    """Drop them."""
    for table in ("run_blobs", "attempts", "runs", "executors"):
        op.drop_table(table)
