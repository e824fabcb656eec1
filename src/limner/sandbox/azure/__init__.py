"""Azure OpenAI image deployments, emulated: OpenAI's models behind another door."""
