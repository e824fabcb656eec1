"""Replicate's HTTP API, emulated."""
