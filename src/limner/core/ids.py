"""The only source of identifiers and of fresh seeds."""

import secrets
import time
from typing import Final

_RANDOM_BYTES: Final = 8


def new_id(kind: str) -> str:
    """Make an identifier that sorts by the millisecond it was made in.

    Args:
        kind: what it names, in a short word: `run`, `attempt`. It becomes the prefix.

    Returns:
        `kind_` and 28 hexadecimal digits, the last 16 of them random.

    Example:
        >>> new_id("run").startswith("run_"), new_id("run") != new_id("run")
        (True, True)
    """
    return f"{kind}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(_RANDOM_BYTES)}"


def new_seed(most: int = 2**31 - 1) -> int:
    """Choose a seed nobody asked for, to be reported with the result.

    Args:
        most: the largest seed the model takes, itself included.

    Example:
        >>> 0 <= new_seed(9) <= 9
        True
    """
    return secrets.randbelow(most + 1)


def new_key() -> str:
    """Make a key that nobody guesses: 43 characters from 256 random bits.

    Example:
        >>> len(new_key())
        43
    """
    return secrets.token_urlsafe(32)
