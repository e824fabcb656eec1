"""The room's door: calls of adapters go out, replies come back.

Each call is sent once. Trying again is the engine's to decide, from the fault it is given.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from typing import Final

from limner.core.adapter import Profile
from limner.core.clock import Clock, SystemClock
from limner.core.errors import UserError
from limner.core.http import HttpCall, HttpReply, no_headers
from limner.transport.auth import Credential, authorize, base, is_trusted, resolve
from limner.transport.faults import Lost
from limner.transport.frames import Frames, Framing, answer
from limner.transport.gates import Gates
from limner.transport.guard import Guard, Resolver, system_resolver
from limner.transport.port import Sender, WireRequest
from limner.transport.senders import make_sender
from limner.transport.timeouts import SECONDS

Before = Callable[[], Awaitable[None]]
"""Awaited when it is a call's turn, just before it leaves. When it fails, nothing is sent."""

MOST_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOBODY: Final = Profile(slug="", title="Nobody", base_url="")


class Transport:
    """Sends calls to providers, and fetches what lies at a URL. One for the whole process."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        allow: frozenset[str] = frozenset(),
        roots: bytes = b"",
        resolver: Resolver = system_resolver,
        sender: Sender | None = None,
    ) -> None:
        """Prepare to send; nothing is loaded or connected before the first call.

        Args:
            clock: times the answers. Absent: the machine's.
            allow: hosts (`name` or `name:port`) that may be private and may see a key over plain
                http. The operator's to set.
            roots: certificates in PEM to trust besides the system's.
            resolver: looks up the hosts of strangers' URLs.
            sender: absent: the fastest this machine has.
        """
        self._clock = clock or SystemClock()
        self._allow = allow
        self._roots = roots
        self._guard = Guard(resolver, allow=allow)
        self._gates = Gates()
        self._made = sender

    async def send(
        self,
        call: HttpCall,
        profile: Profile,
        credential: Credential | None,
        *,
        before: Before | None = None,
        beside: bool = False,
    ) -> HttpReply:
        """Send a call to a provider and read the whole answer, whatever its status.

        Redirects are not followed: the answer is the redirect.

        Args:
            call: as the adapter described it.
            profile: the provider.
            credential: the key. Absent: none is sent.
            before: the place to write down that it is being sent. Absent: nothing is done.
            beside: whether it belongs to a call that has its turn and blocks, so that it needs none.

        Raises:
            NotSent: it never reached the provider, or no turn came in time.
            Lost: it may have.
            TooLarge: the answer is longer than the call allows.
            UserError: the address or key cannot be used.
            Malformed: the key would go where it must not.
        """
        async with nullcontext() if beside else self._turn(call, profile, credential):
            request = await self._ready(call, profile, credential)
            if before:
                await before()
            return await self._sender.send(request)

    @asynccontextmanager
    async def stream(
        self,
        call: HttpCall,
        profile: Profile,
        credential: Credential | None,
        *,
        framing: Framing,
        before: Before | None = None,
    ) -> AsyncGenerator[Frames | HttpReply, None]:
        """Send a call and read its answer as it comes.

        Args:
            call: as the adapter described it.
            profile: the provider.
            credential: the key. Absent: none is sent.
            framing: what divides the stream.
            before: the place to write down that it is being sent. Absent: nothing is done.

        Returns:
            The frames, to be iterated once; or the whole answer, where it is not a success or not a
            stream.

        Raises:
            NotSent: it never reached the provider, or no turn came in time.
            Lost: it may have; also raised while the frames are read.
            TooLarge: the answer is longer than the call allows; also raised while the frames are read.
            UserError: the address or key cannot be used.
            Malformed: the key would go where it must not.
        """
        async with self._turn(call, profile, credential):
            request = await self._ready(call, profile, credential)
            if before:
                await before()
            start = self._clock.monotonic()
            async with self._sender.stream(request) as incoming:
                reply = await answer(incoming, framing, request.url)
                if isinstance(reply, HttpReply):
                    reply = replace(reply, elapsed=self._clock.monotonic() - start)
                yield reply

    async def fetch(
        self, call: HttpCall, profile: Profile | None = None, credential: Credential | None = None
    ) -> HttpReply:
        """Fetch what lies at a URL that a vendor or a user named, following five redirects at most.

        Only public addresses are reached, except the provider's own server and what the operator
        allows. The key goes to trusted hosts only; elsewhere the call goes without it.

        Args:
            call: a `GET`, with the longest answer it takes.
            profile: whose picture it is. Absent: a stranger's.
            credential: the key. Absent: none is sent.

        Returns:
            The last answer, whatever its status.

        Raises:
            NotSent: the server was not reached.
            Lost: the connection failed, or it took too long.
            TooLarge: the answer is longer than the call allows.
            UserError: the URL or one it redirects to is private or cannot be read.
        """
        total = SECONDS[call.timeout].total
        profile = profile or _NOBODY
        try:
            async with asyncio.timeout(total):
                return await self._follow(call, profile, credential)
        except TimeoutError:
            host = resolve(call, profile, credential).authority
            raise Lost("waiting", host=host, detail=f"not fetched within {total:g} s") from None

    async def aclose(self) -> None:
        """Close all connections. What is under way fails."""
        if self._made:
            await self._made.aclose()

    async def _follow(self, call: HttpCall, profile: Profile, credential: Credential | None) -> HttpReply:
        call = _keyed(call, profile, credential)
        for _ in range(MOST_REDIRECTS + 1):
            request = await self._ready(call, profile, credential)
            reply = await self._sender.send(request)
            location = reply.headers.get("location")
            if call.method != "GET" or reply.status not in _REDIRECTS or not location:
                return reply
            url = request.url.join(location)
            headers = call.headers if url.origin == request.url.origin else no_headers()
            call = _keyed(replace(call, url=str(url), query=(), headers=headers), profile, credential)
        raise UserError(
            f"The URL is redirected more than {MOST_REDIRECTS} times.",
            code="too_many_redirects",
            remedy="Give the address where the picture lies itself.",
        )

    async def _ready(self, call: HttpCall, profile: Profile, credential: Credential | None) -> WireRequest:
        """The request as it leaves; one to a stranger is fixed to an address that was checked."""
        request = authorize(call, profile, credential, allow=self._allow)
        if is_trusted(request.url, profile, credential):
            return request
        return await self._guard.pin(request)

    def _turn(
        self, call: HttpCall, profile: Profile, credential: Credential | None
    ) -> AbstractAsyncContextManager[None]:
        """A turn among the calls of one credential. Bodies are written only then: many may wait."""
        root = base(profile, credential)
        return self._gates.turn(
            (profile.slug, root, credential.secret if credential else None),
            width=profile.concurrency,
            patience=SECONDS[call.timeout].total,
            host=root.authority,
        )

    @property
    def _sender(self) -> Sender:
        if self._made is None:
            self._made = make_sender(self._clock, self._roots)
        return self._made


def _keyed(call: HttpCall, profile: Profile, credential: Credential | None) -> HttpCall:
    """The call, with the key only where its host may see it."""
    if call.auth == "none" or is_trusted(resolve(call, profile, credential), profile, credential):
        return call
    return replace(call, auth="none")
