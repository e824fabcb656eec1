"""Who is calling: WaveSpeed signs its webhooks with a secret of the account (docs, verify-webhooks, 2026)."""

import hashlib
import hmac
from datetime import datetime

from limner.core.adapter import Profile
from limner.core.http import HttpReply
from limner.core.optional import Hook
from limner.providers._shared.reading import mapping, parse, text
from limner.providers._shared.webhooks import fresh, stranger


def task(hook: Hook, secret: HttpReply, now: datetime, profile: Profile) -> str:
    """The task that a genuine webhook is about.

    Args:
        hook: as it came.
        secret: the account's, as WaveSpeed tells it.
        now: the time.
        profile: WaveSpeed's.

    Raises:
        Refused: it is not WaveSpeed's, or too old.
    """
    name, stamp = (hook.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp"))
    if not fresh(stamp, now):
        raise stranger(profile, "its time is missing or too far from ours")
    key = _key(secret)
    message = f"{name}.{stamp}.".encode() + hook.body
    wanted = b"v3," + hmac.new(key, message, hashlib.sha256).hexdigest().encode()
    signed = hook.headers.get("webhook-signature", "").encode().split()
    if not key or not any(hmac.compare_digest(one, wanted) for one in signed):
        raise stranger(profile, "its signature is not WaveSpeed's")
    told = text(_document(hook.body).get("id"))
    if told is None:
        raise stranger(profile, "it names no task")
    return told


def _key(secret: HttpReply) -> bytes:
    """What stands behind `whsec_`, as it is: it is not base64. Empty: there is none."""
    document = _document(secret.body)
    told = document.get("data", document)
    named = mapping(told)
    found = text(told) or text(named.get("secret")) or text(named.get("key")) or ""
    return found.removeprefix("whsec_").encode()


def _document(body: bytes) -> dict[str, object]:
    try:
        return dict(mapping(parse(body)))
    except ValueError:
        return {}
