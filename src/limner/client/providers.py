"""Providers as a program looks at them: who can be asked, and an operator's keys there."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from limner.client.books import Amount, Caller, amount
from limner.core.accounts import KeyKind, KeyPeriod, KeyWish, MadeKey, RateLimit, Signed, VendorKey
from limner.core.errors import UserError
from limner.providers.registry import slugs

if TYPE_CHECKING:
    from limner.assembly import Assembly
    from limner.engine.accounts import Keys as Desk
    from limner.engine.health.health import ProviderHealth

Opened = Callable[[], "Awaitable[Assembly]"]
_T = TypeVar("_T")


class AsyncKeys:
    """An operator's keys at one provider; the key that is set must be one that may look after others."""

    def __init__(self, provider: str, opened: Opened) -> None:
        """Look at the keys of one Limner's provider."""
        self._provider = provider
        self._opened = opened

    async def list(self) -> tuple[VendorKey, ...]:
        """The keys there are.

        Raises:
            UserError: the provider is not set up, or has no such calls.
            ProviderError: it refused, or could not be reached.
        """
        return await (await self._desk()).list()

    async def create(
        self,
        description: str,
        *,
        kind: KeyKind = "inference",
        expires: str | None = None,
        usd: Amount | None = None,
        period: KeyPeriod = "month",
    ) -> MadeKey:
        """Make a key. Its secret is shown this once.

        Args:
            description: for people.
            kind: whether it may only use models, or look after keys too.
            expires: an ISO date. Absent: never.
            usd: the most it may spend in a period. Absent: no limit.
            period: over which time that counts.

        Raises:
            Error: as `list`.
        """
        return await (await self._desk()).create(_wish(description, kind, expires, usd, period))

    async def delete(self, key: str) -> None:
        """Delete the key of an id; see `list`."""
        await (await self._desk()).delete(key)

    async def limits(self) -> tuple[RateLimit, ...]:
        """How often the key in use may ask for what; see `list`."""
        return await (await self._desk()).limits()

    async def wallet_token(self) -> str:
        """A text that a wallet signs to get a key; see `list`."""
        return await (await self._desk()).wallet_token()

    async def of_wallet(
        self, proof: Signed, description: str = "", *, kind: KeyKind = "inference"
    ) -> MadeKey:
        """Make a key for the wallet that signed the text; see `list`."""
        return await (await self._desk()).of_wallet(proof, KeyWish(description, kind))

    async def _desk(self) -> "Desk":
        return (await self._opened()).keys_at(self._provider)


class AsyncProvider:
    """One provider."""

    def __init__(self, slug: str, opened: Opened) -> None:
        """Look at it through one Limner."""
        self._slug = slug
        self._opened = opened

    @property
    def keys(self) -> AsyncKeys:
        """An operator's keys there."""
        return AsyncKeys(self._slug, self._opened)


class AsyncProviders:
    """All providers: called, it says who can be asked; `.venice` is one of them."""

    def __init__(self, opened: Opened) -> None:
        """Look at them through one Limner."""
        self._opened = opened

    async def __call__(self, *names: str, probe: bool = False) -> "list[ProviderHealth]":
        """Say who can be asked now, and why others cannot.

        Args:
            *names: of providers. None: all that have models here.
            probe: ask those that offer something free to ask, such as a list of models, whether they are
                there and take the key; at most once in five minutes.

        Raises:
            UserError: there is no such provider.
        """
        assembly = await self._opened()
        known = assembly.catalog.providers()
        for name in names:
            if name not in known:
                raise UserError(
                    f"There is no provider {name!r}.",
                    code="unknown_provider",
                    field="names",
                    remedy="`limner providers` lists those there are.",
                )
        return list(await assembly.health.report(names or tuple(known), probe=probe))

    def of(self, slug: str) -> AsyncProvider:
        """One provider, by its slug."""
        return AsyncProvider(slug, self._opened)

    def __getattr__(self, name: str) -> AsyncProvider:
        """One provider; a hyphen of its name is an underscore here."""
        return self.of(_slug(name))


class Keys:
    """The same as `AsyncKeys`, without awaiting."""

    def __init__(self, provider: str, call: Caller) -> None:
        """Look at the keys of one Limner's provider."""
        self._provider = provider
        self._caller = call

    def list(self) -> tuple[VendorKey, ...]:
        """The keys there are; see `AsyncKeys.list`."""
        return self._call(lambda keys: keys.list())

    def create(
        self,
        description: str,
        *,
        kind: KeyKind = "inference",
        expires: str | None = None,
        usd: Amount | None = None,
        period: KeyPeriod = "month",
    ) -> MadeKey:
        """Make a key; see `AsyncKeys.create`."""
        return self._call(
            lambda keys: keys.create(description, kind=kind, expires=expires, usd=usd, period=period)
        )

    def delete(self, key: str) -> None:
        """Delete the key of an id; see `AsyncKeys.delete`."""
        self._call(lambda keys: keys.delete(key))

    def limits(self) -> tuple[RateLimit, ...]:
        """How often the key in use may ask for what; see `AsyncKeys.limits`."""
        return self._call(lambda keys: keys.limits())

    def wallet_token(self) -> str:
        """A text that a wallet signs to get a key; see `AsyncKeys.wallet_token`."""
        return self._call(lambda keys: keys.wallet_token())

    def of_wallet(self, proof: Signed, description: str = "", *, kind: KeyKind = "inference") -> MadeKey:
        """Make a key for the wallet that signed the text; see `AsyncKeys.of_wallet`."""
        return self._call(lambda keys: keys.of_wallet(proof, description, kind=kind))

    def _call(self, work: Callable[[AsyncKeys], Coroutine[Any, Any, _T]]) -> _T:
        return self._caller(lambda later: work(later.providers.of(self._provider).keys))


class Provider:
    """One provider."""

    def __init__(self, slug: str, call: Caller) -> None:
        """Look at it through one Limner."""
        self._slug = slug
        self._call = call

    @property
    def keys(self) -> Keys:
        """An operator's keys there."""
        return Keys(self._slug, self._call)


class Providers:
    """The same as `AsyncProviders`, without awaiting."""

    def __init__(self, call: Caller) -> None:
        """Look at them through one Limner."""
        self._call = call

    def __call__(self, *names: str, probe: bool = False) -> "list[ProviderHealth]":
        """Say who can be asked now, and why others cannot; see `AsyncProviders.__call__`."""
        return self._call(lambda later: later.providers(*names, probe=probe))

    def of(self, slug: str) -> Provider:
        """One provider, by its slug."""
        return Provider(slug, self._call)

    def __getattr__(self, name: str) -> Provider:
        """One provider; a hyphen of its name is an underscore here."""
        return self.of(_slug(name))


def _slug(name: str) -> str:
    slug = name.replace("_", "-")
    if slug not in slugs():
        raise AttributeError(f"There is no provider {slug!r}; there are {', '.join(slugs())}.")
    return slug


def _wish(
    description: str, kind: KeyKind, expires: str | None, usd: Amount | None, period: KeyPeriod
) -> KeyWish:
    return KeyWish(description, kind, expires, None if usd is None else amount(usd, "usd"), period)
