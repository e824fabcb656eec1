"""Servers on one's own machine that speak OpenAI's image calls, each in its own way, emulated."""
