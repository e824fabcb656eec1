"""Keys: `Authorization: Key …`, never `Bearer`, except for the token of direct uploads."""

from typing import Final

from starlette.requests import Request

from limner.sandbox.desk import Rejection
from limner.sandbox.fal.shapes import platform_error
from limner.sandbox.keys import Account, account_of

_TOKEN: Final = "upload-token-of-"  # noqa: S105 - a word in front of the key


def authenticated(request: Request) -> str:
    """The caller's key.

    Raises:
        Rejection: it is missing, wrong, without balance, or not allowed.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    account = account_of(key)
    if scheme != "Key" or account is Account.INVALID:
        raise Rejection(platform_error(401, "invalid key credentials"))
    if account is Account.EMPTY:
        raise Rejection(platform_error(403, "User is locked. Reason: Exhausted balance."))
    if account is Account.FORBIDDEN:
        raise Rejection(platform_error(403, "You do not have permission to access this endpoint."))
    return key


def token_for(key: str) -> str:
    """A token that uploads for a key."""
    return f"{_TOKEN}{key}"


def token_holder(request: Request) -> None:
    """Let a holder of such a token in.

    Raises:
        Rejection: the token is missing or wrong.
    """
    if not request.headers.get("authorization", "").startswith(f"Bearer {_TOKEN}"):
        raise Rejection(platform_error(401, "invalid token"))
