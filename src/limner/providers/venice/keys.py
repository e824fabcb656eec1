"""Keys at Venice: what is sent and said (its OpenAPI document, 20260821.193530)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from limner.core.accounts import KeyPeriod, KeyWish, MadeKey, RateLimit, Signed, VendorKey
from limner.core.http import HttpReply
from limner.core.secret import Secret
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers.venice.account import amount

KEYS: Final = "/api_keys"
LIMITS: Final = "/api_keys/rate_limits"
WALLET: Final = "/api_keys/generate_web3_key"
_PERIODS: Final[Mapping[KeyPeriod, str]] = {"day": "EPOCH", "month": "MONTH", "ever": "LIFETIME"}


def wished(wish: KeyWish) -> dict[str, object]:
    """The body that asks for a key."""
    body: dict[str, object] = {"apiKeyType": wish.kind.upper(), "description": wish.description}
    if wish.expires is not None:
        body["expiresAt"] = wish.expires
    if wish.usd is not None:
        body |= {"consumptionLimit": {"usd": float(wish.usd)}, "limitPeriod": _PERIODS[wish.period]}
    return body


def signed(proof: Signed, wish: KeyWish) -> dict[str, object]:
    """The body that asks for a key for a wallet."""
    return {
        "address": proof.address,
        "signature": proof.signature,
        "token": proof.token,
        **wished(wish),
    }


def listed(reply: HttpReply) -> tuple[VendorKey, ...] | None:
    """Read the keys. `None`: it is no list of them."""
    document = mapping(_data(reply))
    if not isinstance(document.get("data"), list):
        return None
    return tuple(key for one in items(document.get("data")) if (key := _key(mapping(one))) is not None)


def _key(one: Mapping[str, object]) -> VendorKey | None:
    id_, kind = text(one.get("id")), text(one.get("apiKeyType"))
    if id_ is None or kind is None:
        return None
    week = mapping(mapping(one.get("usage")).get("trailingSevenDays"))
    return VendorKey(
        id_,
        kind.lower(),
        text(one.get("description")) or "",
        text(one.get("last6Chars")) or "",
        text(one.get("createdAt")),
        text(one.get("expiresAt")),
        text(one.get("lastUsedAt")),
        amount(mapping(one.get("consumptionLimits")).get("usd")),
        _written(week.get("usd")),
    )


def _written(value: object) -> Decimal | None:
    """An amount that stands there as text."""
    told = text(value)
    return Decimal(told) if told is not None and told.replace(".", "", 1).isdecimal() else None


def made(reply: HttpReply) -> MadeKey | None:
    """Read a key that was made. `None`: there is none in it."""
    data = mapping(mapping(_data(reply)).get("data"))
    id_, secret = text(data.get("id")), text(data.get("apiKey"))
    return (
        None if id_ is None or secret is None else MadeKey(id_, Secret(secret), text(data.get("expiresAt")))
    )


def limits(reply: HttpReply) -> tuple[RateLimit, ...] | None:
    """Read how often the key may ask. `None`: it does not say."""
    data = mapping(mapping(_data(reply)).get("data"))
    if not isinstance(data.get("rateLimits"), list):
        return None
    found = [
        (text(mapping(entry).get("apiModelId")), mapping(one))
        for entry in items(data.get("rateLimits"))
        for one in items(mapping(entry).get("rateLimits"))
    ]
    return tuple(
        RateLimit(model, number, text(one.get("type")) or "")
        for model, one in found
        if model is not None and (number := amount(one.get("amount"))) is not None
    )


def token(reply: HttpReply) -> str | None:
    """Read the text for a wallet to sign. `None`: there is none."""
    return text(mapping(mapping(_data(reply)).get("data")).get("token"))


def _data(reply: HttpReply) -> object:
    try:
        return parse(reply.body)
    except ValueError:
        return None
