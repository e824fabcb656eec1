"""Polls that wait for a provider, so that its call can end the wait."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Waking:
    """Who waits for which task, in this process."""

    def __init__(self) -> None:
        """Nobody waits yet."""
        self._waiting: dict[tuple[str, str], asyncio.Event] = {}

    @contextmanager
    def of(self, provider: str, task: str) -> Generator[asyncio.Event, None, None]:
        """What is set when the provider calls about a task, while the block lasts.

        Args:
            provider: its slug.
            task: the provider's id of the work.
        """
        event = self._waiting.setdefault((provider, task), asyncio.Event())
        try:
            yield event
        finally:
            self._waiting.pop((provider, task), None)

    def wake(self, provider: str, task: str) -> bool:
        """End the wait for a task.

        Returns:
            Whether somebody here was waiting.
        """
        event = self._waiting.get((provider, task))
        if event is None:
            return False
        event.set()
        return True
