"""Decides which URLs of strangers may be reached, and at which address.

A URL that a user or a vendor names must not lead to what only this machine can reach: every address
its host resolves to must be public, and the connection goes to an address that was checked, because
a second look-up may answer differently.
"""

import asyncio
import ipaddress
import socket
from dataclasses import replace
from typing import Final, Protocol

from limner.core.errors import UserError
from limner.transport.addresses import is_public
from limner.transport.faults import NotSent
from limner.transport.port import WireRequest
from limner.transport.urls import Url

USUAL_PORTS: Final = frozenset({80, 443})


class Resolver(Protocol):
    """Looks names up."""

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        """All addresses of a host, the preferred one first.

        Raises:
            OSError: it has none, or nobody could be asked.
        """
        ...


async def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Look a name up as this machine does.

    Raises:
        OSError: it has no address, or nobody could be asked.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Guard:
    """Lets requests to strangers through to public addresses only."""

    def __init__(
        self,
        resolver: Resolver = system_resolver,
        *,
        allow: frozenset[str] = frozenset(),
        ports: frozenset[int] = USUAL_PORTS,
    ) -> None:
        """Set the rules.

        Args:
            resolver: looks names up.
            allow: hosts (`name` or `name:port`) that may be private. The operator's to set.
            ports: what a stranger's URL may name.
        """
        self._resolver = resolver
        self._allow = allow
        self._ports = ports

    async def pin(self, request: WireRequest) -> WireRequest:
        """Check where a request would go and fix it to a checked address.

        Raises:
            UserError: its host has an address that is not public, or the port is not allowed.
            NotSent: its host has no address.
        """
        url = request.url
        if url.host in self._allow or url.authority in self._allow:
            return request
        if url.port not in self._ports:
            raise UserError(
                f"The URL names port {url.port} of {url.host}.",
                code="bad_url",
                remedy=f"Ports {', '.join(map(str, sorted(self._ports)))} may be used. "
                "An operator can allow a host with its port.",
            )
        addresses = await self._look_up(url, request.seconds.connect)
        if not all(is_public(ipaddress.ip_address(address)) for address in addresses):
            raise UserError(
                f"The URL leads to {url.host}, which has an address that is not public.",
                code="private_url",
                remedy=f"Send the picture itself, or have an operator allow {url.authority}.",
            )
        return replace(request, pin=addresses[0])

    async def _look_up(self, url: Url, seconds: float) -> tuple[str, ...]:
        if url.address is not None:
            return (url.host,)
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolver(url.host, url.port)
        except OSError as error:  # TimeoutError is one
            raise NotSent("dns", host=url.authority, detail=error.strerror or "") from None
        if not addresses:
            raise NotSent("dns", host=url.authority)
        return addresses
