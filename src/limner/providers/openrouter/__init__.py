"""OpenRouter: other vendors' models behind one key."""
