"""The words that make an emulator refuse, since it cannot judge pictures and prompts."""

import re
from typing import Final

_BEFORE: Final = re.compile(r"\bforbidden-([a-z][a-z-]*)")
_BROKEN: Final = "broken-run"
_AFTER: Final = re.compile(r"\bforbidden-output-([a-z][a-z-]*)")


def refused_before(text: str) -> tuple[str, ...]:
    """Categories for which a prompt is refused before any work: `forbidden-violence`.

    Example:
        >>> refused_before("a forbidden-violence scene, forbidden-output-hate")
        ('violence',)
    """
    return tuple(
        dict.fromkeys(word for word in _BEFORE.findall(text.lower()) if not word.startswith("output-"))
    )


def refused_after(text: str) -> tuple[str, ...]:
    """Categories for which the finished picture is refused: `forbidden-output-violence`.

    Example:
        >>> refused_after("forbidden-output-self-harm")
        ('self-harm',)
    """
    return tuple(dict.fromkeys(_AFTER.findall(text.lower())))


def breaks(text: str) -> bool:
    """Whether a prompt asks for a run that is accepted, and fails at the provider: `broken-run`.

    Example:
        >>> breaks("a broken-run"), breaks("a broken runway")
        (True, False)
    """
    return _BROKEN in text.lower()
