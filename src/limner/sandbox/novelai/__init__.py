"""NovelAI's image API, emulated."""
