"""Venice's image API, its keys and its balance, emulated."""
