"""A fingerprint of a request: equal requests have equal ones, in any process."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final, cast

from limner.core.http import HttpCall
from limner.core.pictures import Mask, Picture
from limner.core.requests import Request

_READ_OFF: Final = (Mask, "box")
"""What is only known once the bytes have been looked at, and says nothing that they do not."""


def fingerprint(request: Request) -> str:
    """Hash everything that decides the result: fields, and the digests of the pictures.

    The idempotency key itself and the deadline are left out.

    Args:
        request: as the caller made it.

    Returns:
        SHA-256 in hexadecimal.

    Example:
        >>> from limner.core.operations import Operation
        >>> one = Request(Operation.GENERATE, prompt="a pear")
        >>> fingerprint(one) == fingerprint(one.replace(idempotency_key="k"))
        True
        >>> fingerprint(one) == fingerprint(one.replace(n=2))
        False
    """
    fields = {
        field.name: _plain(getattr(request, field.name))
        for field in dataclasses.fields(request)
        if field.name not in {"idempotency_key", "deadline"}
    }
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, default=str)
    return sha256(text.encode("utf-8", "surrogatepass"))


def fingerprint_of(call: HttpCall) -> str:
    """Hash everything a call says, its pictures too.

    Args:
        call: as the adapter described it.

    Example:
        >>> fingerprint_of(HttpCall("GET", "/x")) == fingerprint_of(HttpCall("GET", "/y"))
        False
    """
    return sha256(json.dumps(_plain(call), sort_keys=True, ensure_ascii=False, default=str).encode())


def sha256(data: bytes) -> str:
    """The name of bytes in rows and stores: SHA-256 in hexadecimal.

    Example:
        >>> sha256(b"")[:8]
        'e3b0c442'
    """
    return hashlib.sha256(data).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, Picture):
        return value.digest
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: _plain(getattr(value, name)) for name in names if (type(value), name) != _READ_OFF}
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {str(key): _plain(item) for key, item in items}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in cast("Iterable[object]", value)]
    if isinstance(value, bytes):
        return sha256(value)
    return value
