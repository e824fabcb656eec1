"""Stability AI: the Stable Image services."""
