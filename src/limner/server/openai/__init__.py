"""OpenAI's dialect under `/v1`, so that programs written for OpenAI need only another address."""
