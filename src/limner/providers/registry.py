"""Every provider, one line each. An adapter is imported when it is first asked for."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from limner.core.adapter import Adapter

_ADAPTERS: Final[Mapping[str, str]] = {
    # slug: the class in providers/<slug>/adapter.py, a hyphen there being an underscore
    "a1111": "A1111",
    "azure": "Azure",
    "bfl": "Bfl",
    "comfyui": "ComfyUI",
    "fal": "Fal",
    "gemini": "Gemini",
    "novelai": "NovelAI",
    "openai": "OpenAI",
    "openai-compatible": "OpenAICompatible",
    "openrouter": "OpenRouter",
    "replicate": "Replicate",
    "stability": "Stability",
    "together": "Together",
    "venice": "Venice",
    "wavespeed": "WaveSpeed",
}


def slugs() -> tuple[str, ...]:
    """The names of all providers, sorted."""
    return tuple(_ADAPTERS)


@cache
def get(slug: str) -> Adapter | None:
    """Find a provider's adapter. It holds no state, so one serves everybody.

    Args:
        slug: the provider's name.

    Returns:
        The adapter. `None`: there is no provider of that name.

    Example:
        >>> adapter = get("openai")
        >>> adapter and adapter.profile.title
        'OpenAI'
    """
    if slug not in _ADAPTERS:
        return None
    return getattr(import_module(f"limner.providers.{slug.replace('-', '_')}.adapter"), _ADAPTERS[slug])()


def load_all() -> dict[str, Adapter]:
    """Every adapter by its name. This imports them all: for lists and tests, not for one request."""
    return {slug: adapter for slug in slugs() if (adapter := get(slug))}
