"""The default sender: pyreqwest, whose image-sized bodies arrive on threads of its own.

Its error classes mislead: a connection dropped after the request was read is a `ConnectError`, the
same class as a refused one, and a missing answer is a `ConnectTimeoutError`. Only the second cause,
`client error (Connect)`, marks what was surely not sent (pyreqwest 0.15.1, tried case by case on
2026-11-21; `tests/transport/test_faults.py` tries them again).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import DetailedPyreqwestError, PyreqwestError
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from limner.core.clock import Clock
from limner.core.http import Headers
from limner.transport.faults import Lost, NotSent, Reason, Stage
from limner.transport.port import AGENT, IDLE, Incoming, Sender, WireRequest

_MOST_CLIENTS: Final = 64
_NEVER_SENT: Final = "client error (Connect)"
_UNWRITTEN: Final = "error writing a body to connection"


class PyreqwestSender(Sender):
    """Sends through one client, and one more for each host that is pinned to an address."""

    def __init__(self, clock: Clock, roots: bytes = b"", *, idle: float = IDLE) -> None:
        """Prepare to send; nothing is connected yet.

        Args:
            clock: times the answers.
            roots: certificates in PEM to trust besides the system's.
            idle: seconds after which a connection that is not used is given up.
        """
        super().__init__(clock)
        self._roots = roots
        self._idle = timedelta(seconds=idle)
        self._clients: OrderedDict[tuple[float, str, str | None], Client] = OrderedDict()
        self._building = asyncio.Lock()

    @asynccontextmanager
    async def _exchange(self, request: WireRequest) -> AsyncGenerator[Incoming, None]:
        client = await self._client(request)
        try:
            outgoing = _outgoing(client, request)
        except ValueError as error:  # a name that only looks like one
            raise NotSent("dns", host=request.url.authority, detail=str(error)) from None
        try:
            response = await outgoing.__aenter__()
        except PyreqwestError as error:
            raise _fault(error, request, "waiting", None) from None
        try:
            yield Incoming(response.status, _headers(response), _chunks(response, request))
        finally:
            await outgoing.__aexit__(None, None, None)

    async def _client(self, request: WireRequest) -> Client:
        """The client for a request: a time to connect and a pinned address belong to the client."""
        pinned = request.url.host if request.pin else ""
        key = (request.seconds.connect, pinned, request.pin)
        if key not in self._clients:
            async with self._building:
                if key not in self._clients:  # reading the system's certificates takes milliseconds
                    self._clients[key] = await asyncio.to_thread(self._build, request)
        self._clients.move_to_end(key)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)  # what it is sending goes on
        return self._clients[key]

    def _build(self, request: WireRequest) -> Client:
        # HTTP/1 only, and no proxy: it would look the host up for us.
        builder = (
            ClientBuilder()
            .user_agent(AGENT)
            .connect_timeout(timedelta(seconds=request.seconds.connect))
            .pool_idle_timeout(self._idle)
            .follow_redirects(False)
            .referer(False)
            .no_proxy()
            .brotli(False)
            .zstd(False)
            .deflate(False)
        )
        if self._roots:
            builder = builder.add_root_certificate_pem(self._roots)
        if request.pin:
            builder = builder.resolve(request.url.host, request.pin, 0)  # 0: the port of each URL
        return builder.build()

    async def aclose(self) -> None:
        """Close all connections."""
        while self._clients:
            await self._clients.popitem()[1].close()


def _outgoing(client: Client, request: WireRequest) -> StreamRequest:
    builder = client.request(request.method, str(request.url))
    builder = builder.headers(request.headers)
    if request.body is not None:
        builder = builder.body_bytes(request.body)
    # Cancelling does not end an exchange before its head has come: this does, at the latest.
    builder = builder.timeout(timedelta(seconds=request.seconds.total))
    # With its usual buffer the head is held back until the first 64 KiB of the body are there.
    return builder.streamed_read_buffer_limit(0).build_streamed()


async def _chunks(response: Response, request: WireRequest) -> AsyncIterator[memoryview]:
    reader = response.body_reader
    try:
        while (chunk := await reader.read_chunk()) is not None:
            yield memoryview(chunk)
    except PyreqwestError as error:
        raise _fault(error, request, "reading", response.status) from None


def _headers(response: Response) -> Headers:
    """Names in lower case. A value that is not ASCII cannot be had, and its name is left out."""
    try:
        pairs = list(response.headers.items())
    except ValueError:
        pairs = [(name, value) for name in set(response.headers) for value in _readable(response, name)]
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _readable(response: Response, name: str) -> list[str]:
    try:
        return response.get_header_all(name)
    except ValueError:
        return []


def _fault(error: PyreqwestError, request: WireRequest, stage: Stage, status: int | None) -> NotSent | Lost:
    """Classify a failure by its causes. Whatever is not recognised was perhaps sent."""
    host = request.url.authority
    causes = _causes(error)
    if stage == "waiting" and causes[1:2] == [_NEVER_SENT]:
        return NotSent(_reason(causes[2:]), host=host, detail=causes[-1])
    if _UNWRITTEN in causes:
        stage = "sending"
    # The first cause of all names the whole address, and is never shown.
    return Lost(stage, host=host, status=status, detail=causes[-1] if len(causes) > 1 else "")


def _causes(error: PyreqwestError) -> list[str]:
    if not isinstance(error, DetailedPyreqwestError):
        return []
    return [cause["message"] for cause in error.details["causes"] or ()]


def _reason(causes: list[str]) -> Reason:
    if causes[:1] == ["dns error"]:
        return "dns"
    if any("certificate" in cause or "tls" in cause.lower() for cause in causes):
        return "tls"
    return "refused"
