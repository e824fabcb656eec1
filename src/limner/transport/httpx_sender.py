"""The fallback sender where pyreqwest has no wheel: httpx2's transport, without its client.

The client would follow the environment's proxies, keep cookies and read `.netrc`; the transport
only exchanges a request for an answer.
"""

import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from limner.core.clock import Clock
from limner.core.http import Headers
from limner.transport.faults import Lost, NotSent, Reason
from limner.transport.inflate import gunzip
from limner.transport.port import AGENT, IDLE, Incoming, Sender, WireRequest


class HttpxSender(Sender):
    """Sends through one pool of connections, and one without memory for pinned addresses."""

    def __init__(self, clock: Clock, roots: bytes = b"", *, idle: float = IDLE) -> None:
        """Prepare to send; nothing is connected yet.

        Args:
            clock: times the answers.
            roots: certificates in PEM to trust besides the system's.
            idle: seconds after which a connection that is not used is given up.
        """
        super().__init__(clock)
        context = ssl.create_default_context()
        if roots:
            context.load_verify_locations(cadata=roots.decode())
        self._pool = _transport(context, most=None, idle=idle)
        # A connection is kept by address, so a pinned one must not be taken up by another name.
        self._pinned = _transport(context, most=0, idle=idle)

    @asynccontextmanager
    async def _exchange(self, request: WireRequest) -> AsyncGenerator[Incoming, None]:
        transport = self._pinned if request.pin else self._pool
        try:
            response = await transport.handle_async_request(_outgoing(request))
        except httpx2.InvalidURL as error:  # a name that only looks like one
            raise NotSent("dns", host=request.url.authority, detail=str(error)) from None
        except httpx2.HTTPError as error:
            raise _fault(error, request) from None
        headers = _headers(response.headers)
        chunks = _chunks(response, request)
        if headers.get("content-encoding", "").lower() in {"gzip", "x-gzip"}:
            headers = {k: v for k, v in headers.items() if k not in {"content-encoding", "content-length"}}
            chunks = gunzip(chunks, host=request.url.authority, status=response.status_code)
        try:
            yield Incoming(response.status_code, headers, chunks)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
        await self._pinned.aclose()


def _transport(context: ssl.SSLContext, *, most: int | None, idle: float) -> httpx2.AsyncHTTPTransport:
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=most, keepalive_expiry=idle)
    return httpx2.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits)


def _outgoing(request: WireRequest) -> httpx2.Request:
    url = request.url
    timeouts = {"connect": request.seconds.connect, "read": None, "write": None, "pool": None}
    extensions: dict[str, object] = {"timeout": timeouts}
    own = {"Host": url.netloc, "User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"}
    named = {name.lower() for name, _ in request.headers}
    headers = [*((name, value) for name, value in own.items() if name.lower() not in named), *request.headers]
    address = str(url)
    if request.pin:
        # The certificate is still checked against the name.
        extensions["sni_hostname"] = url.host
        host = f"[{request.pin}]" if ":" in request.pin else request.pin
        address = address.replace(f"//{url.netloc}", f"//{host}:{url.port}", 1)
    return httpx2.Request(
        request.method, address, headers=headers, content=request.body, extensions=extensions
    )


async def _chunks(response: httpx2.Response, request: WireRequest) -> AsyncIterator[bytes | memoryview]:
    host, status = request.url.authority, response.status_code
    try:
        async for chunk in response.aiter_raw():
            yield chunk
    except httpx2.HTTPError as error:
        raise Lost("reading", host=host, status=status, detail=str(error)) from None


def _headers(headers: httpx2.Headers) -> Headers:
    return dict(headers.items())


def _fault(error: httpx2.HTTPError, request: WireRequest) -> NotSent | Lost:
    """Classify a failure by its class. Whatever is not recognised was perhaps sent."""
    host, detail = request.url.authority, str(error)
    match error:
        case httpx2.PoolTimeout():
            return NotSent("pool", host=host)
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return NotSent(_reason(error), host=host, detail=detail)
        case httpx2.WriteError() | httpx2.WriteTimeout():
            return Lost("sending", host=host, detail=detail)
        case _:
            return Lost("waiting", host=host, detail=detail)


def _reason(error: BaseException | None) -> Reason:
    """Find why there was no connection, in the errors behind the error."""
    while error is not None:
        if isinstance(error, socket.gaierror):
            return "dns"
        if isinstance(error, ssl.SSLError):
            return "tls"
        error = error.__cause__ or error.__context__
    return "refused"
