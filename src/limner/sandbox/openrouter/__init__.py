"""OpenRouter's image API, its discovery and its account, emulated."""
