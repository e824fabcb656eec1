"""A value that must not be seen."""

from typing import Final

MASKED: Final = "••••"


class Secret:
    """Wraps a key so that printing, logging or formatting it shows nothing.

    Example:
        >>> key = Secret("sk-123")
        >>> f"{key}", repr(key), key.reveal()
        ('••••', 'Secret(••••)', 'sk-123')
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        """Wrap `value`, without the white space that copying a key brings along."""
        self._value = value.strip()

    def reveal(self) -> str:
        """Give the value to the one place that needs it: the header being written."""
        return self._value

    def __repr__(self) -> str:
        """Show that there is one, and nothing of it."""
        return f"Secret({MASKED})"

    def __str__(self) -> str:
        """Show that there is one, and nothing of it."""
        return MASKED

    def __eq__(self, other: object) -> bool:
        """Two secrets are equal when their values are."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash by value, so that a secret can be part of a pool's key."""
        return hash(self._value)

    def __bool__(self) -> bool:
        """Whether anything is inside: an empty variable is no key."""
        return bool(self._value)
