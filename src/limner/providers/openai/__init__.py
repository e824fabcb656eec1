"""OpenAI: the Images API, its model list and its free moderation."""
