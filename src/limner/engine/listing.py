"""Which models a provider has now, by its own free list."""

import asyncio
from typing import Final

from limner.core.errors import Unavailable, UserError
from limner.core.optional import Listed, Lists
from limner.engine.makers import Makers, Vendor
from limner.transport.client import Transport
from limner.transport.faults import Fault

_PATIENCE: Final = 30.0
"""Seconds to wait for a list."""


async def listed_by(provider: str, makers: Makers, transport: Transport) -> tuple[Listed, ...] | None:
    """Ask a provider for the models it has now.

    Args:
        provider: its slug.
        makers: find its adapter and key.
        transport: to it.

    Returns:
        The list. `None`: it is not set up, or has none.

    Raises:
        ProviderError: it could not be reached, refused, or sent no list.
    """
    try:
        maker = makers.of(provider)
    except UserError:
        return None
    if not isinstance(maker, Vendor) or not isinstance(maker.adapter, Lists):
        return None
    profile = maker.adapter.profile
    try:
        async with asyncio.timeout(_PATIENCE):
            reply = await transport.send(maker.adapter.list_models(), profile, maker.credential)
    except (Fault, TimeoutError) as fault:
        why = str(fault) or "it did not answer in time"
        raise Unavailable(f"{profile.title} could not be reached: {why}.", provider=provider) from fault
    if not reply.ok:
        raise maker.adapter.diagnose(reply, None)
    return maker.adapter.read_models(reply)
