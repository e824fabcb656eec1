"""Black Forest Labs' direct API, emulated."""
