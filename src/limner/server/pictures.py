"""Pictures on the wire: base64 and data URIs, never paths; addresses are fetched by the guarded transport."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pybase64

from limner.core.errors import UserError
from limner.core.pictures import Picture

Fetch = Callable[[str], Awaitable[bytes]]
"""Gets what lies at an address, when every address its host resolves to is public."""

SMALL: Final = 256 * 1024
"""Bytes that are encoded or decoded on the event loop: that takes less than a tenth of a millisecond."""


def decode(text: str, field: str) -> bytes:
    """Read base64 or a data URI.

    Args:
        text: base64 of either alphabet, with or without padding and line breaks, or `data:…;base64,…`.
        field: the field of the request, for messages.

    Raises:
        UserError: it is neither.

    Example:
        >>> decode("aGk=", "image"), decode("data:image/png;base64,aGk", "image")
        (b'hi', b'hi')
    """
    if text[:5].lower() == "data:":
        head, _, text = text.partition(",")
        if not head.lower().endswith(";base64"):
            raise _unreadable(field, "is a data URI, but not in base64")
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        return _forgiving(text, field)


def _forgiving(text: str, field: str) -> bytes:
    """What other programs write: line breaks, the URL alphabet, no padding."""
    bare = "".join(text.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return pybase64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except ValueError as error:
        raise _unreadable(field, "is neither base64, a data URI nor an http address") from error


def _unreadable(field: str, why: str) -> UserError:
    return UserError(
        f"`{field}` {why}.",
        code="invalid_base64",
        field=field,
        remedy="Send the picture's bytes as base64 or as a data URI, or as a file in a form.",
    )


async def take_in(text: str, field: str, fetch: Fetch) -> Picture:
    """Make a picture of what a request says it is.

    Args:
        text: base64, a data URI, or an address.
        field: of the request, for messages.
        fetch: for addresses.

    Raises:
        UserError: it cannot be read, or may not be fetched.
    """
    if text[:8].lower().startswith(("http://", "https://")):
        return Picture(await _fetched(text, field, fetch), name=field)
    if len(text) <= SMALL:
        return Picture(decode(text, field), name=field)
    return Picture(await asyncio.to_thread(decode, text, field), name=field)


async def _fetched(url: str, field: str, fetch: Fetch) -> bytes:
    try:
        return await fetch(url)
    except UserError as error:
        error.field = error.field or field
        raise


async def encode(data: bytes) -> bytes:
    """Base64 in the standard alphabet, without blocking the event loop.

    Args:
        data: of a picture.
    """
    if len(data) <= SMALL:
        return pybase64.b64encode(data)
    return await asyncio.to_thread(pybase64.b64encode, data)
