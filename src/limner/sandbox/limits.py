"""Rate limits by fixed windows."""

from dataclasses import dataclass

from limner.core.clock import Clock


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after one more request."""

    limit: int
    remaining: int
    """Never below zero."""
    resets_in: float
    """Seconds until the window is fresh."""
    exceeded: bool
    """Whether this request was one too many; it is not counted then."""


class Windows:
    """Requests in the current window, by caller."""

    def __init__(self, clock: Clock, seconds: float = 60, lockout: float | None = None) -> None:
        """Start with nothing counted.

        Args:
            clock: the sandbox's time.
            seconds: how long a window is.
            lockout: how long a caller is shut out who asks for too much. Absent: until the window ends.
        """
        self._clock = clock
        self._seconds = seconds
        self._lockout = lockout
        self._windows: dict[str, tuple[float, int]] = {}

    def take(self, caller: str, limit: int, cost: int = 1) -> Standing:
        """Count a request of a caller.

        Args:
            caller: whose window: a key, or a key and a model.
            limit: how many in a window.
            cost: how many this one counts for.
        """
        now = self._clock.monotonic()
        since, used = self._windows.get(caller, (now, 0))
        if now - since >= self._seconds:
            since, used = now, 0
        exceeded = used + cost > limit
        if not exceeded:
            used += cost
        elif self._lockout is not None and used <= limit:
            since, used = now + self._lockout - self._seconds, limit + 1
        self._windows[caller] = (since, used)
        return Standing(limit, max(0, limit - used), self._seconds - (now - since), exceeded)
