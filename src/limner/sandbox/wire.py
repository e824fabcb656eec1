"""The emulators' hold on the connection beneath HTTP: real resets and early ends."""

import asyncio
import socket
import struct
from typing import Final, Protocol

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION: Final = "limner.sandbox.wire"
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # struct linger: on, for no seconds


class Wire(Protocol):
    """One connection."""

    @property
    def lost(self) -> bool:
        """Whether the other side has gone, or this side has let go."""
        ...

    def reset(self) -> None:
        """Send a TCP reset; what was written and not yet sent is thrown away."""
        ...

    def close(self) -> None:
        """Send what was written, then end the connection, whatever HTTP had promised."""
        ...


class TcpWire:
    """A connection of the real server."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    @property
    def lost(self) -> bool:
        """Whether the connection is closed or closing."""
        return self._transport.is_closing()

    def reset(self) -> None:
        """Reset the connection."""
        sock: socket.socket = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def close(self) -> None:
        """End the connection after what was written."""
        self._transport.close()


class NoWire:
    """Where the application is called in process: a lost connection is an exception in the caller."""

    lost = False

    def reset(self) -> None:
        """Raise what a socket would."""
        raise ConnectionResetError("the sandbox reset the connection")

    def close(self) -> None:
        """Raise what a reader would."""
        raise ConnectionAbortedError("the sandbox ended the connection")


def wire_of(scope: Scope) -> Wire:
    """The connection a request came over; in process, one that raises."""
    return scope.get("extensions", {}).get(EXTENSION) or NoWire()


class WiredProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which also hands the connection to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the application for this connection."""
        super().connection_made(transport)
        self.app = _with_wire(self.app, TcpWire(transport))  # pyright: ignore[reportAttributeAccessIssue]


def _with_wire(app: ASGIApp, wire: Wire) -> ASGIApp:
    async def wired(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), EXTENSION: wire}
        await app(scope, receive, send)

    return wired
