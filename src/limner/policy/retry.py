"""Whether the same work may be sent once more, decided by facts alone and never by texts."""

from dataclasses import dataclass
from typing import Final

from limner.core.errors import Again, Billed, ProviderError

MOST_RETRIES: Final = 2
"""Calls after the first, to the same provider."""
FIRST_PAUSE: Final = 0.5
"""Seconds before the first retry when the provider names none; doubled for each one after."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Send it again after a pause."""

    pause: float
    """Seconds."""


def retry(error: ProviderError, *, retried: int, left: float) -> Retry | None:
    """Decide whether a failed submit goes to the same provider again.

    Only what was surely not billed, and what the provider itself says may come again, does.

    Args:
        error: what the last call ended with.
        retried: how many times it was sent again already.
        left: seconds until the deadline.

    Returns:
        The pause, or `None`: give up here.

    Example:
        >>> from limner.core.errors import RateLimited
        >>> busy = RateLimited(
        ...     "Slow down.", provider="x", again=Again.SAME, billed=Billed.NO, retry_after=2.0
        ... )
        >>> retry(busy, retried=0, left=60)
        Retry(pause=2.0)
        >>> retry(RateLimited("Slow down.", provider="x"), retried=0, left=60) is None
        True
    """
    if error.billed is not Billed.NO or error.again is not Again.SAME or retried >= MOST_RETRIES:
        return None
    pause = FIRST_PAUSE * 2**retried if error.retry_after is None else error.retry_after
    return Retry(pause) if pause < left else None
