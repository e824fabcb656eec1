"""NovelAI: anime diffusion models, director tools and tag suggestion."""
