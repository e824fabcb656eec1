"""Models that LiteLLM reaches, for those who install the extra `litellm`."""
