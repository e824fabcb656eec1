"""The library's face: `sync.Limner` and `aio.AsyncLimner`, which `limner` offers by name."""
