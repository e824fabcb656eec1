"""What an emulator makes of a key. There are no accounts: the key itself says how it stands."""

from enum import StrEnum


class Account(StrEnum):
    """How a key stands; a key that contains one of these words stands so."""

    GOOD = "good"
    INVALID = "invalid"
    """Unknown to the provider."""
    EMPTY = "empty"
    """Its account has no credit."""
    FORBIDDEN = "forbidden"
    """Valid, and not allowed to do this."""


def account_of(key: str) -> Account:
    """Read how a key stands.

    Args:
        key: as the caller sent it, without its scheme.

    Example:
        >>> account_of("sk-anything"), account_of("sk-empty-1"), account_of("")
        (<Account.GOOD: 'good'>, <Account.EMPTY: 'empty'>, <Account.INVALID: 'invalid'>)
    """
    if not key:
        return Account.INVALID
    bad = (Account.INVALID, Account.EMPTY, Account.FORBIDDEN)
    return next((account for account in bad if account.value in key), Account.GOOD)
