"""The wire of OpenAI's Images API, which other vendors speak too, each with a `Dialect`."""
