"""The provider to copy: an invented vendor whose work is queued, polled, and fetched by a second call.

It is not in the registry, but passes the same tests as every other. CONTRIBUTING.md, "Add a provider", says
step by step what to do with it.
"""
