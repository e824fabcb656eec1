"""What comes in: limits on bytes, and a budget for all bodies in flight together."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limner.core.errors import Error, UserError
from limner.server.problems import Busy, respond

MIB: Final = 1024 * 1024
_DRAIN_SECONDS: Final = 10.0
"""How long a client that is still sending may finish, so that it reads why it was refused."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the server takes in."""

    most_body: int = 256 * MIB
    """Bytes of one request. OpenAI's dialect alone allows 16 files of 50 MB."""
    most_in_flight: int = 1024 * MIB
    """Bytes of all requests that are being read or worked on."""
    most_files: int = 40
    """Files in one form."""


class Lease:
    """The bytes that one request holds, until everybody who works on them has let go."""

    def __init__(self, budget: "Bodies") -> None:
        """Hold nothing yet, for one holder: the request itself."""
        self._budget = budget
        self._bytes = 0
        self._holders = 1

    def grow(self, size: int) -> None:
        """Hold `size` bytes in all, when that is more than now.

        Raises:
            UserError: one request may not hold so much.
            Busy: all together hold too much.
        """
        more = size - self._bytes
        if more <= 0:
            return
        self._budget.take(more, size)
        self._bytes = size

    def hold(self) -> None:
        """One more works on the bytes."""
        self._holders += 1

    def release(self) -> None:
        """One less does; the last one frees them."""
        self._holders -= 1
        if self._holders == 0:
            self._budget.give(self._bytes)


class Bodies:
    """Counts the bytes of bodies as they arrive, and refuses what is too much before it is read."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Stand before `app`."""
        self._app = app
        self._limits = limits
        self._taken = 0

    @property
    def taken(self) -> int:
        """Bytes held now."""
        return self._taken

    def take(self, more: int, size: int) -> None:
        """Count `more` bytes of a body that is then `size` long."""
        if size > self._limits.most_body:
            raise UserError(
                f"The request is larger than {self._limits.most_body // MIB} MiB.",
                code="body_too_large",
                remedy="Send fewer or smaller pictures.",
            )
        if self._taken + more > self._limits.most_in_flight:
            raise Busy("The server has too many pictures in hand.", retry_after=2)
        self._taken += more

    def give(self, size: int) -> None:
        """Uncount bytes that nobody holds any more."""
        self._taken -= size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request within the limits."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        lease = Lease(self)
        scope.setdefault("state", {})["lease"] = lease
        counted = _Counted(receive, lease)
        try:
            lease.grow(declared_length(scope))
            await self._app(scope, counted.receive, send)
        except (UserError, Busy) as refusal:
            await _refuse(refusal, scope, counted, send)
        finally:
            lease.release()


class _Counted:
    """The request's messages, counted as they come."""

    def __init__(self, receive: Receive, lease: Lease) -> None:
        self._receive = receive
        self._lease = lease
        self._seen = 0
        self.over = False

    async def receive(self) -> Message:
        message = await self._receive()
        self.over = message["type"] != "http.request" or not message.get("more_body", False)
        self._seen += len(message.get("body", b""))
        self._lease.grow(self._seen)
        return message

    async def drain(self) -> None:
        """Read on without keeping anything, so that the client gets to the answer."""
        while not self.over:
            message = await self._receive()
            self.over = message["type"] != "http.request" or not message.get("more_body", False)


async def _refuse(refusal: Error, scope: Scope, counted: _Counted, send: Send) -> None:
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            await counted.drain()
    except (TimeoutError, ClientDisconnect):
        pass
    await respond(refusal, scope, counted.receive, send)


def declared_length(scope: Scope) -> int:
    """Bytes the client says it will send. 0: it does not say, or says nonsense."""
    for name, value in scope["headers"]:
        if name.lower() == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
