"""Looks after an operator's keys at a vendor, by the vendor's own calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from limner.core.accounts import Accounts, KeyWish, MadeKey, RateLimit, Signed, VendorKey
from limner.core.errors import Unavailable, UserError
from limner.core.http import HttpCall, HttpReply
from limner.engine.makers import Makers, Vendor
from limner.transport.client import Transport
from limner.transport.faults import Fault

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys at one provider. Each call is sent once."""

    provider: str
    makers: Makers
    transport: Transport

    async def list(self) -> tuple[VendorKey, ...]:
        """The keys there are.

        Raises:
            UserError: the provider is not set up, or its keys are looked after on its page only.
            ProviderError: it refused, could not be reached, or sent what cannot be read.
        """
        return await self._ask(lambda desk: desk.keys(), lambda desk, reply: desk.read_keys(reply))

    async def create(self, wish: KeyWish) -> MadeKey:
        """Make a key. Raises as `list`."""
        return await self._ask(lambda desk: desk.make_key(wish), lambda desk, reply: desk.read_made(reply))

    async def delete(self, key: str) -> None:
        """Delete the key of an id. Raises as `list`."""
        await self._ask(lambda desk: desk.drop_key(key), lambda _desk, _reply: None)

    async def limits(self) -> tuple[RateLimit, ...]:
        """How often the key in use may ask. Raises as `list`."""
        return await self._ask(lambda desk: desk.limits(), lambda desk, reply: desk.read_limits(reply))

    async def wallet_token(self) -> str:
        """A text for a wallet to sign. Raises as `list`."""
        return await self._ask(lambda desk: desk.wallet_token(), lambda desk, reply: desk.read_token(reply))

    async def of_wallet(self, proof: Signed, wish: KeyWish) -> MadeKey:
        """Make a key for the wallet that signed. Raises as `list`."""
        return await self._ask(
            lambda desk: desk.wallet_key(proof, wish), lambda desk, reply: desk.read_made(reply)
        )

    async def _ask(
        self, call: Callable[[Accounts], HttpCall], read: Callable[[Accounts, HttpReply], _T]
    ) -> _T:
        maker = self.makers.of(self.provider)
        adapter = maker.adapter if isinstance(maker, Vendor) else None
        if not isinstance(maker, Vendor) or not isinstance(adapter, Accounts):
            raise UserError(
                f"{self.provider} has no calls for keys.",
                code="no_accounts",
                field="provider",
                remedy="Look after them on its own page.",
            )
        profile = maker.adapter.profile
        try:
            reply = await self.transport.send(call(adapter), profile, maker.credential)
        except Fault as fault:
            raise Unavailable(
                f"{profile.title} could not be reached: {fault}.", provider=profile.slug
            ) from fault
        if not reply.ok:
            raise maker.adapter.diagnose(reply, None)
        return read(adapter, reply)
