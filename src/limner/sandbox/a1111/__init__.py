"""AUTOMATIC1111's web API, emulated."""
