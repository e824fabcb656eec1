"""Free probes: a list of models or a balance, asked for with `GET`, so that no probe can buy anything."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from limner.core.adapter import Adapter
from limner.core.clock import Clock
from limner.core.errors import Error, Unavailable, UserError
from limner.core.http import HttpCall
from limner.core.optional import Account, Balances, Lists
from limner.engine.makers import Makers, Vendor
from limner.transport.client import Transport
from limner.transport.faults import Fault

GOOD: Final = 300.0
"""Seconds for which a probe that found nothing wrong counts."""
BAD: Final = 60.0
"""Seconds for which one counts that did: what is mended should serve soon."""
PATIENCE: Final = 10.0
"""Seconds to wait for an answer."""
_FREE: Final = "GET"


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe found."""

    at: datetime
    since: float
    """When it was asked, by the clock's `monotonic`."""
    until: float
    """Until when that counts."""
    problem: str | None
    """Absent: nothing is wrong."""


class Probes:
    """Asks providers whether they are there and the key works, when somebody wants to know."""

    def __init__(self, makers: Makers, transport: Transport, clock: Clock) -> None:
        """Have asked nobody yet.

        Args:
            makers: find the adapter and the key.
            transport: to the providers.
            clock: time.
        """
        self._makers = makers
        self._transport = transport
        self._clock = clock
        self._found: dict[str, Probed] = {}
        self._asking: dict[str, asyncio.Task[Probed | None]] = {}

    def known(self, provider: str) -> Probed | None:
        """What was found, while it counts. `None`: nobody asked."""
        found = self._found.get(provider)
        return found if found is not None and self._clock.monotonic() < found.until else None

    def forget(self, provider: str) -> None:
        """Ask again when somebody wants to know."""
        self._found.pop(provider, None)

    async def ask(self, provider: str) -> Probed | None:
        """Find out whether a provider is there and takes the key; what is known is not asked again.

        Returns:
            What was found. `None`: it offers nothing free to ask, or it is not set up.
        """
        known = self.known(provider)
        if known is not None:
            return known
        task = self._asking.get(provider)
        if task is None:
            task = self._asking[provider] = asyncio.create_task(self._ask(provider))
            task.add_done_callback(lambda _: self._asking.pop(provider, None))
        return await asyncio.shield(task)

    async def _ask(self, provider: str) -> Probed | None:
        try:
            maker = self._makers.of(provider)
        except UserError:
            return None
        call = probe_of(maker.adapter) if isinstance(maker, Vendor) else None
        if call is None or not isinstance(maker, Vendor):
            return None
        since = self._clock.monotonic()
        problem = await self._problem(maker, call)
        until = self._clock.monotonic() + (GOOD if problem is None else BAD)
        found = self._found[provider] = Probed(self._clock.now(), since, until, problem)
        return found

    async def _problem(self, vendor: Vendor, call: HttpCall) -> str | None:
        adapter, profile = vendor.adapter, vendor.adapter.profile
        try:
            async with asyncio.timeout(PATIENCE):
                reply = await self._transport.send(call, profile, vendor.credential)
            if not reply.ok:
                return adapter.diagnose(reply, None).message
            if isinstance(adapter, Balances):
                return _empty(adapter.read_balance(reply), profile.title)
            if isinstance(adapter, Lists):
                adapter.read_models(reply)
        except (Fault, TimeoutError) as fault:
            return Unavailable(
                f"{profile.title} could not be reached: {fault or 'it did not answer in time'}.",
                provider=profile.slug,
            ).message
        except Error as error:
            return error.message
        return None


def probe_of(adapter: Adapter) -> HttpCall | None:
    """The free call that shows whether a provider is there.

    Args:
        adapter: its.

    Returns:
        The call. `None`: it offers none that only reads.
    """
    call = None
    if isinstance(adapter, Balances):
        call = adapter.balance()
    elif isinstance(adapter, Lists):
        call = adapter.list_models()
    return call if call is not None and call.method == _FREE else None


def _empty(account: Account, title: str) -> str | None:
    if not account.active:
        return f"{title} says that the account may not be used."
    spent = account.balance is not None and account.balance <= 0
    return f"{title} says that the account is empty." if spent and not account.allowance else None
