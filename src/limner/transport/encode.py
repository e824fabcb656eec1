"""The body of a call as the bytes that leave, and the type that describes them."""

import io
import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import pybase64

from limner.core.errors import UserError
from limner.core.http import Body, FormBody, Inline, JsonBody, MultipartBody, Part, RawBody
from limner.core.ids import new_id

_STEP: Final = 96 * 1024
"""Bytes encoded at a time; a multiple of three, so that base64 pads only at the end."""
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(; ?[\w-]+=[\w.+-]+)*", re.ASCII)
# What would break out of the quotes of a part's header, as RFC 7578 section 2 and browsers write it.
_QUOTED: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A", "\0": "%00"})


def encode(body: Body, *, boundary: str | None = None) -> tuple[bytes, str]:
    """Write a body.

    Args:
        body: as the adapter described it.
        boundary: what separates the parts of a multipart body. Absent: a new one, which no
            part has in it.

    Returns:
        The bytes, and their content type.

    Raises:
        UserError: a text is not Unicode, such as half of a surrogate pair.
        ValueError: a part is not described properly.

    Example:
        >>> encode(JsonBody({"image": Inline(b"abc", prefix="data:image/png;base64,")}))
        (b'{"image":"data:image/png;base64,YWJj"}', 'application/json')
    """
    try:
        match body:
            case JsonBody(value):
                return _json(value), "application/json"
            case FormBody(fields):
                return urlencode(fields).encode(), "application/x-www-form-urlencoded"
            case MultipartBody(parts):
                boundary = boundary or new_id("limner").replace("_", "-")
                return _multipart(parts, boundary), f"multipart/form-data; boundary={boundary}"
            case RawBody(data, media_type):
                return data, _checked(media_type)
    except UnicodeEncodeError:
        raise UserError(
            "A text has characters in it that are not Unicode.",
            code="bad_text",
            remedy="Remove what does not show as a proper character.",
        ) from None


def _json(value: Mapping[str, object]) -> bytes:
    """JSON with the pictures' base64 written in between, so that it never exists as text."""
    pictures: list[Inline] = []
    mark = new_id("picture")  # nobody who writes a prompt can know it

    def default(item: object) -> object:
        if isinstance(item, Inline):
            pictures.append(item)
            return mark
        if isinstance(item, Mapping):
            return dict(item)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        raise TypeError(f"{type(item).__name__} has no form in JSON")

    text = json.dumps(value, default=default, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if not pictures:
        return text.encode()
    first, *rest = text.encode().split(f'"{mark}"'.encode())
    pieces: list[bytes | Inline] = [first]
    for picture, after in zip(pictures, rest, strict=True):
        prefix = json.dumps(picture.prefix).encode()[:-1]
        pieces += [prefix, picture, b'"' + after]
    return _written(pieces)


def _written(pieces: list[bytes | Inline]) -> bytes:
    """The pieces in one buffer of the right size from the start, the pictures in base64.

    A picture's base64 beside the whole document would be two large buffers at a time, and having
    the system map and unmap them costs twenty times what the encoding does.
    """
    size = sum(len(x) if isinstance(x, bytes) else (len(x.data) + 2) // 3 * 4 for x in pieces)
    out = io.BytesIO()
    out.seek(size - 1)
    out.write(b"\0")
    out.seek(0)
    for piece in pieces:
        if isinstance(piece, bytes):
            out.write(piece)
            continue
        data = memoryview(piece.data)
        for start in range(0, len(data), _STEP):
            out.write(pybase64.b64encode(data[start : start + _STEP]))
    return out.getvalue()


def _multipart(parts: tuple[Part, ...], boundary: str) -> bytes:
    pieces: list[bytes] = []
    for part in parts:
        pieces += [f"--{boundary}\r\n{_head(part)}\r\n\r\n".encode(), part.data, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _head(part: Part) -> str:
    head = f'Content-Disposition: form-data; name="{part.name.translate(_QUOTED)}"'
    if part.filename is not None:
        if part.media_type is None:
            raise ValueError(f"the file {part.name!r} has no media type")
        head += f'; filename="{part.filename.translate(_QUOTED)}"'
    if part.media_type is not None:
        head += f"\r\nContent-Type: {_checked(part.media_type)}"
    return head


def _checked(media_type: str) -> str:
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise ValueError(f"{media_type!r} is not a media type")
    return media_type
