"""Webhooks, really delivered: to addresses of this machine, and to no other."""

import asyncio
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from limner.core.clock import Clock

_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """One call of a webhook."""

    body: bytes
    """JSON."""
    headers: Mapping[str, str]
    """The vendor's own, its signature among them."""


class Hooks:
    """The webhooks of one emulator."""

    def __init__(self, clock: Clock, again_after: Sequence[float] = (), *, first_after: float = 0) -> None:
        """Start with none on their way.

        Args:
            clock: the sandbox's time.
            again_after: how long it waits before each further try, in seconds.
            first_after: how long before the first.
        """
        self._clock = clock
        self._pauses = (first_after, *again_after)
        self._on_their_way: set[asyncio.Task[None]] = set()

    def send(self, url: str, *messages: Message) -> None:
        """Deliver in the background, in order, each until the receiver says 2xx or the tries are used up.

        Args:
            url: where to; nothing is sent to another machine.
            messages: what to deliver.
        """
        if not is_here(url):
            return
        task = asyncio.get_running_loop().create_task(self._deliver(url, messages))
        self._on_their_way.add(task)
        task.add_done_callback(self._on_their_way.discard)

    async def _deliver(self, url: str, messages: Sequence[Message]) -> None:
        async with httpx2.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            for message in messages:
                await self._try(client, url, message)

    async def _try(self, client: httpx2.AsyncClient, url: str, message: Message) -> None:
        headers = {"content-type": "application/json", **message.headers}
        for pause in self._pauses:
            if pause:
                await self._clock.sleep(pause)
            try:
                reply = await client.post(url, content=message.body, headers=headers)
            except (httpx2.HTTPError, httpx2.InvalidURL):
                continue
            if reply.is_success:
                return


def is_here(url: str) -> bool:
    """Whether an address is on this machine.

    Example:
        >>> is_here("http://127.0.0.1:9/hook"), is_here("https://example.com/hook"), is_here("http://[")
        (True, False, False)
    """
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_welcome(url: str) -> bool:
    """Whether vendors would take an address: HTTPS, or on this machine."""
    return is_here(url) or url.startswith("https://")
