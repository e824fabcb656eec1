"""Who is calling: Replicate signs its webhooks with a secret of the account (docs, verify-webhooks)."""

import hashlib
import hmac
from datetime import datetime

import pybase64

from limner.core.adapter import Profile
from limner.core.http import HttpReply
from limner.core.optional import Hook
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.webhooks import fresh, stranger


def task(hook: Hook, secret: HttpReply, now: datetime, profile: Profile) -> str:
    """The prediction that a genuine webhook is about.

    Args:
        hook: as it came.
        secret: the account's, as Replicate tells it.
        now: the time.
        profile: Replicate's.

    Raises:
        Refused: it is not Replicate's, or too old.
    """
    name, stamp = (hook.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp"))
    if not fresh(stamp, now):
        raise stranger(profile, "its time is missing or too far from ours")
    key = _key(secret)
    message = f"{name}.{stamp}.".encode() + hook.body
    wanted = b"v1," + pybase64.b64encode(hmac.new(key, message, hashlib.sha256).digest())
    signed = hook.headers.get("webhook-signature", "").encode().split()
    if not key or not any(hmac.compare_digest(one, wanted) for one in signed):
        raise stranger(profile, "its signature is not Replicate's")
    told = _text(hook.body, "id")
    if told is None:
        raise stranger(profile, "it names no prediction")
    return told


def _key(secret: HttpReply) -> bytes:
    """What stands behind `whsec_`. Empty: nothing that can be read."""
    try:
        return pybase64.b64decode((_text(secret.body, "key") or "").removeprefix("whsec_"), validate=True)
    except ValueError:
        return b""


def _text(body: bytes, name: str) -> str | None:
    try:
        return text(mapping(parse(body)).get(name))
    except ValueError:
        return None
