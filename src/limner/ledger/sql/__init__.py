"""The ledger in SQL: its tables, and plain functions over a connection."""
