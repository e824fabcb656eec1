"""Threads of their own for what paints in this process: who waits long must not hold up codecs."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from limner.core.adapter import Profile
from limner.core.errors import OutcomeUnknown
from limner.core.painter import Hires, Painter

T = TypeVar("T")


class Lanes:
    """So many orders at once for each painter; the others wait for their turn without a thread."""

    def __init__(self) -> None:
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}

    @asynccontextmanager
    async def turn(self, painter: Painter) -> AsyncGenerator[None]:
        """Wait until the painter can take another order, and hold its place."""
        turns = self._turns.setdefault(painter.slug, asyncio.Semaphore(painter.at_once))
        async with turns:
            yield

    async def run(self, painter: Painter, work: Callable[[], T]) -> T:
        """Do work in a thread of the painter's."""
        threads = self._threads.get(painter.slug)
        if threads is None:
            threads = ThreadPoolExecutor(painter.at_once, thread_name_prefix=painter.slug)
            self._threads[painter.slug] = threads
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(threads, partial(context.run, work))

    def close(self) -> None:
        """Let the threads go when they are done. What is under way goes on."""
        for threads in self._threads.values():
            threads.shutdown(wait=False)
        self._threads.clear()


def profile_of(painter: Painter) -> Profile:
    """Whose pictures they are that a painter says lie elsewhere: it reaches public addresses only."""
    return painter.profile if isinstance(painter, Hires) else Profile(painter.slug, painter.title, "")


def unfinished(painter: Painter, model: str) -> OutcomeUnknown:
    """What became of a call that somebody charges for, when the process that made it is gone."""
    return OutcomeUnknown(
        f"Whether {painter.title} had the work done is not known: "
        "the process that sent it ended before the answer was kept.",
        provider=painter.slug,
        model=model,
    )
