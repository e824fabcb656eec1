"""Calls from providers: whoever rings has to prove who it is, and only wakes the poll."""

from datetime import datetime, timedelta
from typing import Final

from limner.core.clock import Clock
from limner.core.errors import Refused, Unavailable, UserError
from limner.core.http import HttpReply
from limner.core.optional import Hook, Hooks
from limner.engine.drive import Driver
from limner.engine.makers import Makers, Vendor
from limner.transport.client import Transport
from limner.transport.faults import Fault

FRESH: Final = timedelta(days=1)
"""How long a provider's public keys are kept (fal docs, webhooks, 2026: "cache up to a day")."""


class Bell:
    """Hears providers' webhooks. Their bodies are never taken for results."""

    def __init__(self, makers: Makers, driver: Driver, transport: Transport, clock: Clock) -> None:
        """Keep what every call needs.

        Args:
            makers: finds the adapter that knows how a provider signs.
            driver: polls.
            transport: fetches public keys.
            clock: a call that was signed long ago is somebody's copy.
        """
        self._makers = makers
        self._driver = driver
        self._transport = transport
        self._clock = clock
        self._keys: dict[str, tuple[datetime, HttpReply]] = {}

    async def ring(self, provider: str, hook: Hook) -> bool:
        """Take a call.

        Args:
            provider: who is said to call.
            hook: what came.

        Returns:
            Whether somebody in this process was waiting. Others go on polling.

        Raises:
            UserError: the provider never calls.
            Refused: it is not the provider.
            Unavailable: its public keys could not be fetched.
        """
        vendor = self._makers.of(provider)
        if not isinstance(vendor, Vendor) or not isinstance(vendor.adapter, Hooks):
            raise UserError(
                f"{provider} never calls.",
                code="unknown_hook",
                field="provider",
                remedy="Nothing has to be done: its work is polled.",
            )
        now, known = self._clock.now(), self._keys.get(provider)
        if known is not None and now - known[0] < FRESH:
            try:
                return self._driver.wake(provider, vendor.adapter.verify(hook, known[1], now))
            except Refused:  # perhaps signed with a newer key
                pass
        keys = await self._fetch(vendor, vendor.adapter)
        task = vendor.adapter.verify(hook, keys, now)
        self._keys[provider] = (now, keys)
        return self._driver.wake(provider, task)

    async def _fetch(self, vendor: Vendor, adapter: Hooks) -> HttpReply:
        profile = vendor.adapter.profile
        try:
            reply = await self._transport.send(adapter.hook_keys(), profile, vendor.credential)
        except Fault as fault:
            raise Unavailable(
                f"The public keys of {profile.title} could not be fetched: {fault}.", provider=profile.slug
            ) from fault
        if not reply.ok:
            raise vendor.adapter.diagnose(reply, None)
        return reply
