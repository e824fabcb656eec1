"""Azure OpenAI: OpenAI's image models behind a resource of the operator's own."""
