"""Identifiers in the forms that vendors write them."""

import hashlib

from limner.core.ids import new_id


def hex_id(length: int = 32) -> str:
    """Hexadecimal digits.

    Args:
        length: how many, 64 at most.

    Example:
        >>> len(hex_id(64)), hex_id() != hex_id()
        (64, True)
    """
    return hashlib.sha256(new_id("sandbox").encode()).hexdigest()[:length]


def uuid_id() -> str:
    """The form of a UUID.

    Example:
        >>> [len(part) for part in uuid_id().split("-")]
        [8, 4, 4, 4, 12]
    """
    digits = hex_id()
    return "-".join(digits[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
