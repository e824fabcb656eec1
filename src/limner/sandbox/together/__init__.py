"""Together AI's image endpoint, emulated."""
