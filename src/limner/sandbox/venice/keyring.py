"""Keys that were made at Venice, and what each may do and has spent."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from limner.core.clock import Clock
from limner.sandbox.ids import hex_id, uuid_id

_WEEK: Final = timedelta(days=7)
_LAST: Final = 6


@dataclass(slots=True)
class Key:
    """One key."""

    id: str
    secret: str
    owner: str
    """The account it belongs to: the key or the wallet that made it."""
    kind: str
    """`INFERENCE` or `ADMIN`."""
    description: str
    limits: dict[str, Any]
    period: str
    privacy: str
    created: datetime
    expires: datetime | None
    last_used: datetime | None = None
    spent: list[tuple[datetime, Decimal]] = field(default_factory=list[tuple[datetime, Decimal]])

    def spent_since(self, time: datetime | None) -> Decimal:
        """What it has spent since a time. Absent: ever."""
        return sum((amount for when, amount in self.spent if time is None or when >= time), Decimal(0))


class Keyring:
    """All keys of one emulator. A key that was not made here is an account's first one, and may do all."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._dead: set[str] = set()

    def make(self, owner: str, body: dict[str, Any]) -> Key:
        """Make a key.

        Args:
            owner: whose it is.
            body: as it was asked for; it fits its schema.
        """
        secret = f"VENICE_{body['apiKeyType']}_KEY_{hex_id(43)}"
        key = Key(
            uuid_id(),
            secret,
            owner,
            body["apiKeyType"],
            body.get("description", "Web3 API Key"),
            dict(body.get("consumptionLimit") or {}),
            body.get("limitPeriod", "EPOCH"),
            body.get("modelPrivacy", "ALL"),
            self._clock.now(),
            read_time(body.get("expiresAt")),
        )
        self._keys[key.id] = key
        return key

    def of(self, owner: str) -> list[Key]:
        """The keys of an account."""
        return [key for key in self._keys.values() if key.owner == owner]

    def find(self, owner: str, id_: str) -> Key | None:
        """A key of an account."""
        key = self._keys.get(id_)
        return key if key is not None and key.owner == owner else None

    def drop(self, key: Key) -> None:
        """Delete a key; its secret is not taken any more."""
        self._dead.add(self._keys.pop(key.id).secret)

    def held(self, secret: str) -> Key | None:
        """The key of a secret; None where it was not made here."""
        return next((key for key in self._keys.values() if key.secret == secret), None)

    def is_dead(self, secret: str) -> bool:
        """Whether a secret was one of a key that was deleted, or has expired."""
        key = self.held(secret)
        expired = key is not None and key.expires is not None and self._clock.now() >= key.expires
        return secret in self._dead or expired

    def exhausted(self, key: Key, amount: Decimal) -> bool:
        """Whether an amount would lead a key over its limit."""
        limit = key.limits.get("usd")
        if limit is None:
            return False
        return key.spent_since(self.window(key)) + amount > Decimal(str(limit))

    def window(self, key: Key) -> datetime | None:
        """When the window of a key's limit began; None where it never ends."""
        today = midnight(self._clock.now())
        return {"EPOCH": today, "MONTH": today.replace(day=1)}.get(key.period)

    def spend(self, key: Key, amount: Decimal) -> None:
        """Note what a key has spent."""
        key.last_used = self._clock.now()
        key.spent.append((key.last_used, amount))

    def shown(self, key: Key) -> dict[str, Any]:
        """A key as it is listed: without its secret."""
        week = key.spent_since(self._clock.now() - _WEEK)
        body: dict[str, Any] = {
            "apiKeyType": key.kind,
            "consumptionLimits": key.limits,
            "limitPeriod": key.period,
            "modelPrivacy": key.privacy,
            "createdAt": stamp(key.created),
            "description": key.description,
            "expiresAt": stamp(key.expires),
            "id": key.id,
            "last6Chars": key.secret[-_LAST:],
            "lastUsedAt": stamp(key.last_used),
            "usage": {"trailingSevenDays": {"usd": f"{week:f}", "vcu": "0", "diem": "0"}},
        }
        if key.limits:
            spent = key.spent_since(self.window(key))
            body["currentPeriodUsage"] = {"usd": f"{spent:f}", "diem": "0"}
        return body


def made(key: Key) -> dict[str, Any]:
    """A key as it is shown once: with its secret."""
    return {
        "apiKey": key.secret,
        "apiKeyType": key.kind,
        "consumptionLimit": key.limits,
        "limitPeriod": key.period,
        "modelPrivacy": key.privacy,
        "description": key.description,
        "expiresAt": stamp(key.expires),
        "id": key.id,
    }


def midnight(time: datetime) -> datetime:
    """When the day of a time began; epochs are days of UTC."""
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def read_time(text: str | None) -> datetime | None:
    """A day or a moment as people write it; None for nothing.

    Raises:
        ValueError: there is no such day.

    Example:
        >>> read_time("2026-12-01"), read_time("")
        (datetime.datetime(2026, 12, 1, 0, 0, tzinfo=datetime.timezone.utc), None)
    """
    if not text:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def stamp(time: datetime | None) -> str | None:
    """A time as this service writes it."""
    return None if time is None else time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
