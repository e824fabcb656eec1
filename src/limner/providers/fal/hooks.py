"""Who is calling: fal signs its webhooks with ED25519 (fal docs, webhooks, 2026)."""

import base64
import hashlib
from datetime import datetime
from typing import Final

from limner.core.adapter import Profile
from limner.core.http import HttpReply
from limner.core.optional import Hook
from limner.providers._shared.ed25519 import verified
from limner.providers._shared.reading import items, mapping, parse, text
from limner.providers._shared.webhooks import fresh, stranger

_SIGNED: Final = ("request-id", "user-id", "timestamp")


def task(hook: Hook, keys: HttpReply, now: datetime, profile: Profile) -> str:
    """The request that a genuine webhook is about.

    Args:
        hook: as it came.
        keys: fal's public keys.
        now: the time.
        profile: fal's.

    Raises:
        Refused: it is not fal's, or too old.
    """
    signed = [hook.headers.get(f"x-fal-webhook-{name}", "") for name in _SIGNED]
    if not fresh(signed[-1], now):
        raise stranger(profile, "its time is missing or too far from ours")
    message = "\n".join([*signed, hashlib.sha256(hook.body).hexdigest()]).encode()
    signature = _bytes(hook.headers.get("x-fal-webhook-signature", ""))
    if not signed[0] or not any(verified(key, signature, message) for key in _public(keys)):
        raise stranger(profile, "its signature is not fal's")
    return signed[0]


def _bytes(signature: str) -> bytes:
    try:
        return bytes.fromhex(signature)
    except ValueError:
        return b""


def _public(keys: HttpReply) -> list[bytes]:
    try:
        document = mapping(parse(keys.body))
    except ValueError:
        return []
    found = [text(mapping(key).get("x")) for key in items(document.get("keys"))]
    return [bare for key in found if (bare := _unpacked(key or ""))]


def _unpacked(key: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    except ValueError:
        return b""
