"""Limner's own interface under `/api/v1`, and the probes: one file a noun."""
