"""Calls from vendors: what every scheme of signing them has in common."""

from datetime import UTC, datetime
from typing import Final

from limner.core.adapter import Profile
from limner.core.errors import Refused, Stage

TOLERANCE: Final = 300.0
"""Seconds by which a vendor's clock and ours may differ."""


def fresh(stamp: str, now: datetime) -> bool:
    """Whether a call was signed just now.

    Args:
        stamp: Unix seconds, as the call has them.
        now: the time.

    Example:
        >>> fresh("1795258500", datetime(2026, 11, 21, 12, tzinfo=UTC)), fresh("soon", datetime.now(UTC))
        (False, False)
    """
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < len("99999999999")):
        return False
    return abs((now - datetime.fromtimestamp(int(stamp), UTC)).total_seconds()) <= TOLERANCE


def stranger(profile: Profile, why: str) -> Refused:
    """The error for somebody who calls in a vendor's name.

    Args:
        profile: the vendor.
        why: what gives them away.
    """
    return Refused(
        f"Somebody called in {profile.title}'s name, but {why}.",
        stage=Stage.PERMISSION,
        code="hook_refused",
        provider=profile.slug,
        remedy="Nothing was done. Work under way is still asked for.",
    )
