"""A clock whose waits take no time."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SkippingClock:
    """The machine's clock, but for sleeping: that moves the hands instead of waiting."""

    def __init__(self, now: datetime | None = None, *, patient: bool = False) -> None:
        """Start. A patient clock really waits, a little: for loops that go on while others work."""
        self._patient = patient
        self._skipped = 0.0
        self._start = now
        self._origin = time.monotonic()
        self.slept: list[float] = []

    def now(self) -> datetime:
        passed = timedelta(seconds=self._skipped)
        return (self._start or datetime.now(UTC)) + passed

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        """Move the hands."""
        self._skipped += seconds

    async def sleep(self, seconds: float) -> None:
        if self._patient:
            await asyncio.sleep(0.01)
            return
        self.slept.append(seconds)
        self._skipped += seconds
        await asyncio.sleep(0)
