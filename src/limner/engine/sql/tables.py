"""The journal's tables."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

from limner.storage.types import Moment

METADATA: Final = MetaData()

EXECUTORS: Final = Table(
    "executors",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("lease_until", Moment, nullable=False),
)
"""One row a process that carries runs on. When its lease runs out, others may take them over."""

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("caller", Text, nullable=False),  # JSON: user, and others that budgets are kept for
    Column("request", Text, nullable=False),  # JSON; pictures by digest
    Column("at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("held", Text),  # JSON: model, seed, price
    Column("settled", Text),  # JSON
    Column("outcome", Text),  # JSON: the result, or the error
    Column("executor", String(40), nullable=False),  # who carries it on
    Column("key", String(64), unique=True),  # digest of caller and idempotency key; absent: it has none
    Column("fingerprint", String(64)),
    Index("runs_of_tenant", "tenant", "at"),
    Index("runs_by_state", "state", "executor"),
)

ATTEMPTS: Final = Table(
    "attempts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("run", String(40), ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # within the run, in the order they were made
    Column("position", Integer, nullable=False),
    Column("provider", String(64), nullable=False),
    Column("model", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("sent", Text, nullable=False),  # JSON
    Column("ticket", Text),  # JSON
    Column("request_id", Text),
    Column("done", Text),  # JSON; bytes by digest
    Column("error", Text),  # JSON
    Column("stage", String(64), nullable=False, server_default=""),  # of a paid call before the call
    Index("attempts_of_run", "run"),
    Index("attempts_by_state", "state"),
)

BLOBS: Final = Table(
    "run_blobs",
    METADATA,
    Column("run", String(40), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Index("run_blobs_by_digest", "digest"),
)
"""Which bytes a run's rows name, so that nothing else is swept away."""

BREAKERS: Final = Table(
    "breakers",
    METADATA,
    Column("provider", String(64), primary_key=True),
    Column("operation", String(32), primary_key=True),  # empty: of the provider as a whole
    Column("failures", Text, nullable=False),  # JSON: their times
    Column("opened_at", Moment),  # absent: it is closed
    Column("trial", String(40)),
    Column("trial_until", Moment),
)
"""One row a breaker that was ever touched: a few hundred at most."""
