"""Together AI: open weights on its own machines, and other vendors' models behind its key."""
