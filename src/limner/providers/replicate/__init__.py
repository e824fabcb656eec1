"""Replicate: official models by name, everybody else's by version."""
