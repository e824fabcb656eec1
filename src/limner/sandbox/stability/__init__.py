"""Stability AI's v2beta Stable Image API, emulated."""
