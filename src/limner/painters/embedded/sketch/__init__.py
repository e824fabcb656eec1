"""Scenes from words."""
