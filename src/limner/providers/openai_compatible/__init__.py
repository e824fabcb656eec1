"""Servers of one's own that speak OpenAI's Images API, each in its way."""
