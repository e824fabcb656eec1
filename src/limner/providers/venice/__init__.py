"""Venice: open models that keep nothing, and other vendors' models under no name."""
