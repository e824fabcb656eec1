"""The diffusers painter's own options: none. Every field it knows is one of the request's own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DiffusersOptions:
    """No options."""
