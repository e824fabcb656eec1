"""Limner over HTTP: its own interface, OpenAI's dialect, and the studio."""
