"""OpenAI's Images API, emulated. Azure deploys the same models, and shares their rules."""
