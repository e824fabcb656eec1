"""The port through which bytes leave: what a sender is given, what it gives back, how it fails.

Two implementations pass one suite of faults: `pyreqwest_sender.py` and `httpx_sender.py`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Final

from limner.core.clock import Clock
from limner.core.http import Headers, HttpReply
from limner.transport.faults import Lost, TooLarge
from limner.transport.timeouts import Seconds
from limner.transport.urls import Url

AGENT: Final = f"limner/{version('limner')}"
"""How Limner names itself, where a call does not say otherwise."""
IDLE: Final = 4.0
"""Seconds after which a connection that nothing goes over is not used again.

Servers close such connections themselves, uvicorn's and Node's after five seconds: a request that crosses
with that is lost, and nobody knows whether it was read.
"""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request, ready to leave. Its headers may hold a key, so they are never shown."""

    method: str
    url: Url
    seconds: Seconds
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    most_bytes: int = 256 * 1024 * 1024
    """The longest answer, in bytes after decompression."""
    pin: str | None = None
    """The IP address to connect to instead of looking the host up. Absent: the sender looks it up."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """An answer whose head has come."""

    status: int
    headers: Headers
    """Names in lower case; the values of a name that came twice are joined by `, `."""
    chunks: AsyncIterator[bytes | memoryview] = field(repr=False)
    """The body as it comes, decompressed. To be read once."""


class Sender(ABC):
    """Sends each request once at most: it follows no redirect, keeps no cookie and tries nothing again."""

    def __init__(self, clock: Clock) -> None:
        """Remember the clock by which answers are timed."""
        self._clock = clock

    async def send(self, request: WireRequest) -> HttpReply:
        """Send a request and read the whole answer.

        Raises:
            NotSent: the server never saw it.
            Lost: the server may have seen it.
            TooLarge: the answer is longer than `most_bytes`.
        """
        start = self._clock.monotonic()
        async with self.stream(request) as incoming:
            body = b"".join([chunk async for chunk in incoming.chunks])
        elapsed = self._clock.monotonic() - start
        return HttpReply(incoming.status, incoming.headers, body, str(request.url), elapsed)

    @asynccontextmanager
    async def stream(self, request: WireRequest) -> AsyncGenerator[Incoming, None]:
        """Send a request and give its answer as soon as the head has come.

        Leaving the context ends the exchange, also when the body was not read to its end.

        Raises:
            NotSent: the server never saw it.
            Lost: the server may have seen it; also raised while the chunks are read.
            TooLarge: the answer is longer than `most_bytes`; also raised while the chunks are read.
        """
        patience = _Patience(request)
        async with AsyncExitStack() as stack:
            incoming = await patience.head(stack.enter_async_context(self._exchange(request)))
            chunks = await stack.enter_async_context(aclosing(_bounded(incoming, request, patience)))
            yield Incoming(incoming.status, incoming.headers, chunks)

    @abstractmethod
    def _exchange(self, request: WireRequest) -> AbstractAsyncContextManager[Incoming]:
        """Exchange a request for an answer, translating the library's failures into faults."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close all connections. The sender is not used again."""


class _Patience:
    """Waits for one answer as long as its request allows, and no longer."""

    def __init__(self, request: WireRequest) -> None:
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._seconds = request.seconds
        self._host = request.url.authority

    async def head(self, coming: Awaitable[Incoming]) -> Incoming:
        """Wait until the answer's head has come."""
        seconds = min(self._seconds.head, self._seconds.total)
        try:
            async with asyncio.timeout_at(self._start + seconds):
                return await coming
        except TimeoutError:
            raise Lost("waiting", host=self._host, detail=f"no answer within {seconds:g} s") from None

    async def chunk(self, incoming: Incoming) -> bytes | memoryview | None:
        """Give the next piece of the body; `None` at its end."""
        end = min(self._start + self._seconds.total, self._loop.time() + self._seconds.silence)
        try:
            async with asyncio.timeout_at(end):
                return await anext(incoming.chunks, None)
        except TimeoutError:
            raise Lost("reading", host=self._host, status=incoming.status, detail="it fell silent") from None


async def _bounded(
    incoming: Incoming, request: WireRequest, patience: _Patience
) -> AsyncGenerator[bytes | memoryview, None]:
    """The chunks of an answer, as long as they keep coming and are not too many."""
    left = request.most_bytes
    announced = incoming.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > left:
        raise TooLarge(host=request.url.authority, status=incoming.status, most_bytes=left)
    while (chunk := await patience.chunk(incoming)) is not None:
        left -= len(chunk)
        if left < 0:
            raise TooLarge(host=request.url.authority, status=incoming.status, most_bytes=request.most_bytes)
        yield chunk
