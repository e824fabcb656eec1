"""The ledger's tables."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

from limner.storage.types import Amount, Moment

METADATA: Final = MetaData()

BUDGETS: Final = Table(
    "budgets",
    METADATA,
    Column("owner", String(200), primary_key=True),
    Column("period", String(8), primary_key=True),
    Column("usd", Amount),
    Column("images", Integer),
    Column("ceiling", Amount),
    Column("since", Moment),  # when the period began that is counted; absent: of all time
    Column("used_usd", Amount, nullable=False),
    Column("used_images", Integer, nullable=False),
)

ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("id", String(40), primary_key=True),  # the run while it is held, then the attempt
    Column("run", String(40), nullable=False),
    Column("state", String(8), nullable=False),
    Column("at", Moment, nullable=False),
    Column("provider", String(64), nullable=False),
    Column("model", String(200), nullable=False),
    Column("operation", String(32), nullable=False),
    Column("images", Integer, nullable=False),
    Column("usd", Amount),  # held or charged; absent: nobody knows
    Column("possible", Amount),  # what counts while nobody knows
    Column("native", String(64)),
    Column("unit", String(32)),
    Column("certainty", String(10), nullable=False),
    Column("arithmetic", Text, nullable=False),
    Index("entries_of_run", "run"),
    Index("entries_by_time", "at"),
    Index("entries_by_state", "state"),
)

OWNERS: Final = Table(
    "entry_owners",
    METADATA,
    Column("entry", String(40), ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(200), primary_key=True),
    Index("entries_of_owner", "owner", "entry"),
)
