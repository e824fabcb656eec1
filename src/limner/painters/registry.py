"""Which painters there are, one line each. A painter is imported when it is first asked for."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Final

from limner.core.painter import Painter

_PAINTERS: Final[Mapping[str, str]] = {
    # slug: the class in painters/<folder>/painter.py
    "diffusers": "diffusers.painter.Diffusers",
    "limner": "embedded.painter.Embedded",
    "litellm": "litellm.painter.LiteLLM",
}


def slugs() -> tuple[str, ...]:
    """The names of all painters."""
    return tuple(_PAINTERS)


@cache
def get(slug: str) -> Painter | None:
    """Find a painter. One serves everybody, from several threads at once.

    Args:
        slug: the painter's name.

    Returns:
        The painter, whether what it needs is installed or not. `None`: there is none of that name.

    Example:
        >>> painter = get("limner")
        >>> painter and painter.title
        'Limner (embedded)'
    """
    if slug not in _PAINTERS:
        return None
    module, _, name = f"limner.painters.{_PAINTERS[slug]}".rpartition(".")
    return getattr(import_module(module), name)()
