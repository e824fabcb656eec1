"""Who makes the picture: a provider's adapter with its key, or a painter of this process."""

import dataclasses
import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from limner.core.adapter import Adapter, Order, Profile
from limner.core.errors import UserError
from limner.core.painter import Hires, Keys, Painter
from limner.core.secret import Secret
from limner.transport.auth import Credential


@dataclass(frozen=True, slots=True)
class Vendor:
    """A provider reached over HTTP."""

    adapter: Adapter
    credential: Credential

    def credential_for(self, order: Order) -> Credential:
        """The key, at the address that keeps an order's pixels in the regions its request allows.

        Args:
            order: as it was routed; routing has seen to it that there is such an address.
        """
        url = order.model.address(order.request.regions)
        return self.credential if url is None else dataclasses.replace(self.credential, base_url=url)


@dataclass(frozen=True, slots=True)
class Access:
    """How far an operator has set a provider up."""

    key: Secret | None
    """Absent: no key is set."""
    enabled: bool = True
    base_url: str | None = None
    """Absent: where the profile says."""


Maker = Vendor | Painter


class Makers:
    """Finds who serves a model, and says what is missing when nobody can."""

    def __init__(
        self,
        adapters: Callable[[str], Adapter | None],
        painters: Callable[[str], Painter | None],
        access: Callable[[Profile], Access],
        keys: Keys = lambda _: None,
    ) -> None:
        """Keep the two registries and the operator's settings.

        Args:
            adapters: the adapter of a provider's slug. `None`: there is none.
            painters: the painter of a slug. `None`: there is none.
            access: keys, flags and addresses.
            keys: single keys by name, for painters that have others do the work. Absent: there are none.
        """
        self._adapters = adapters
        self._painters = painters
        self._access = access
        self._keys = keys

    def usable(self, slug: str) -> bool:
        """Whether a provider could be called now: it is switched on, and has its key."""
        try:
            self.of(slug)
        except UserError:
            return False
        return True

    def is_enabled(self, slug: str) -> bool:
        """Whether a provider is switched on. What itself paints here cannot be switched off."""
        served = self._painters(slug) or self._adapters(slug)
        profile = getattr(served, "profile", None)
        return profile is None or self._access(profile).enabled

    def has_key(self, slug: str) -> bool:
        """Whether the key and the address of a provider are set, where it needs them.

        Of what paints here: whether its libraries are installed.
        """
        painter = self._painters(slug)
        if painter is not None:
            return _lacks(painter) is None
        adapter = self._adapters(slug)
        if adapter is None:
            return False
        profile, access = adapter.profile, self._access(adapter.profile)
        keyed = access.key is not None or not profile.key_names or profile.key_optional
        return keyed and bool(profile.base_url or access.base_url)

    def of(self, slug: str) -> Maker:
        """Who serves the models of a provider.

        Raises:
            UserError: it is switched off, its key or address is not set, or it is not installed; what to do
                is named.
        """
        painter = self._painters(slug)
        if painter is not None:
            return self._painter(painter)
        adapter = self._adapters(slug)
        if adapter is None:
            raise UserError(
                f"Nothing here speaks to {slug}.",
                code="unknown_provider",
                field="provider",
                remedy="`limner providers` lists those there are.",
            )
        profile = adapter.profile
        access = self._access(profile)
        if not access.enabled:
            raise _switched_off(profile)
        if profile.key_names and access.key is None and not profile.key_optional:
            where = f" Get one at {profile.homepage}." if profile.homepage else ""
            raise UserError(
                f"{profile.title} needs a key, and none is set.",
                code="missing_key",
                field="provider",
                remedy=f"Set {profile.key_names[0]} in the environment.{where}",
            )
        if not (profile.base_url or access.base_url):
            raise UserError(
                f"The address of {profile.title} is not set.",
                code="missing_base_url",
                field="provider",
                remedy=f"Set {profile.base_url_name} in the environment.",
            )
        return Vendor(adapter, Credential(access.key, base_url=access.base_url))

    def _painter(self, painter: Painter) -> Painter:
        """A painter that can be asked, with the keys of whoever asks."""
        if isinstance(painter, Hires) and not self._access(painter.profile).enabled:
            raise _switched_off(painter.profile)
        lacking = _lacks(painter)
        if lacking is not None:
            raise UserError(
                f"{painter.title} is not installed: there is no {lacking}.",
                code="extra_missing",
                field="provider",
                remedy=f"Run `pip install 'limner[{painter.slug}]'`.",
            )
        return painter.with_keys(self._keys) if isinstance(painter, Hires) else painter


def _lacks(painter: Painter) -> str | None:
    """The first module that a painter needs and that is not installed. Nothing is imported."""
    return next((module for module in painter.needs if not _is_installed(module)), None)


@cache
def _is_installed(module: str) -> bool:
    return find_spec(module) is not None


def _switched_off(profile: Profile) -> UserError:
    flag = f"ENABLE_IMAGE_GENERATION_{profile.slug.upper().replace('-', '_')}"
    return UserError(
        f"{profile.title} is switched off.",
        code="provider_disabled",
        field="provider",
        remedy=f"Remove {flag}=false, or choose another.",
    )


def options_of(maker: Maker, slug: str) -> Callable[[Mapping[str, object]], object]:
    """How a maker's options are built; see `build_options`."""
    kind = maker.adapter.options if isinstance(maker, Vendor) else maker.options
    return lambda values: build_options(kind, values, slug)


def build_options(kind: type[object], values: Mapping[str, object], slug: str) -> object:
    """Build a vendor's options from what the caller gave by the vendor's own names.

    Args:
        kind: the vendor's frozen dataclass, which may check values and raise `UserError`; or a model
            that also checks the names.
        values: names and values.
        slug: the provider, for messages.

    Raises:
        UserError: it has no such option, or not with such a value.
    """
    if not dataclasses.is_dataclass(kind):
        return kind(**values)
    known = [field.name for field in dataclasses.fields(kind)]
    for name in values:
        if name not in known:
            near = tuple(difflib.get_close_matches(name, known, n=3))
            raise UserError(
                f"{slug} has no option {name!r}.",
                code="unknown_option",
                field=f"options.{name}",
                remedy=f"Did you mean {' or '.join(near)}?"
                if near
                else f"It has: {', '.join(known) or 'none'}.",
                suggestions=near,
            )
    return kind(**values)
