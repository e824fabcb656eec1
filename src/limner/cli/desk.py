"""Limner as one command uses it: opened, asked for prices, asked for pictures, closed."""

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from limner.assembly import Assembly
from limner.cli import given
from limner.cli.asks import Ask, Task
from limner.cli.home import opened, settled
from limner.core.errors import Error
from limner.core.requests import Request
from limner.engine.admit import admit
from limner.engine.run import Quote
from limner.settings import Settings

_T = TypeVar("_T")


class Desk:
    """One Limner and one event loop for the length of a command."""

    def __init__(self, ask: Ask, settings: Settings | None = None) -> None:
        """Open for a command. Nothing is connected before the first call.

        Args:
            ask: the command.
            settings: absent: those of a command that only looks.

        Raises:
            UserError: a setting or the user's `limner.toml` is wrong.
            StoreFailed: the store cannot be used.
        """
        self.ask = ask
        self.limner: Assembly = opened(settings or settled(new=False))
        self._runner = asyncio.Runner()
        self._fetched: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring home what is under way, and close."""
        self._runner.run(self.limner.aclose())
        self._runner.close()

    def wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something asynchronous."""
        return self._runner.run(work)

    async def request(self, task: Task) -> Request:
        """Build a request. A URL is fetched once for the whole command.

        Raises:
            UserError: a value is wrong, or a file cannot be read.
        """
        return await given.request(self.ask, task, self._fetch)

    async def quote(self, task: Task) -> Quote:
        """The price of one request, and what is wrong with it.

        Raises:
            UserError: it cannot be carried out.
        """
        admitted = await admit(await self.request(task))
        return await self.limner.engine.quote(admitted.request)

    async def quotes(self, tasks: list[Task]) -> list[Quote | Error]:
        """The price of each request, or what is wrong with it."""
        return [await self._quote_or_error(task) for task in tasks]

    async def _quote_or_error(self, task: Task) -> Quote | Error:
        try:
            return await self.quote(task)
        except Error as error:
            return error

    async def _fetch(self, url: str) -> bytes:
        if url not in self._fetched:
            self._fetched[url] = await self.limner.engine.fetch(url)
        return self._fetched[url]
