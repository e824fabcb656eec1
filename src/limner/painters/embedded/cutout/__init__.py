"""Telling a subject from its background."""
