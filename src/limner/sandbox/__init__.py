"""An emulator of every provider, with faults on demand and a bill: for tests, demos and development.

Written from the providers' published documents alone. It shares no table with the catalog and no code
with the adapters, so that their agreement proves something.
"""
